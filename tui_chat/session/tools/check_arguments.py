"""Checks edited arguments against the schema of their tool."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.core.tools.tool import Tool


def check_arguments(tool: Tool, text: str) -> list[str]:
    """Return what is wrong with arguments; an empty list if they are valid."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_("This is not JSON.")]
    return [] if isinstance(value, dict) else [_("Arguments are a JSON object.")]
