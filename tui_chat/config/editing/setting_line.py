"""One setting as it appears in config.toml. Light: the settings dialog shows it."""

from __future__ import annotations

import json

from tui_chat.config.problems import dotted


def setting_line(path: tuple[str, ...], value: str | bool | int) -> str:
    """Return a setting as it appears in the file: `[ui] theme = "nord"`."""
    *table, key = path
    # A JSON string without control characters is a TOML string.
    line = f"{dotted([key])} = {json.dumps(value, ensure_ascii=False)}"
    return f"[{dotted(table)}] {line}" if table else line
