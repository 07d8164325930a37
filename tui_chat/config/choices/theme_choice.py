"""The theme that an earlier version of the program kept in the state folder.

Now config.toml is the one owner of the theme; a kept choice moves there once.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

THEME_PATH: Final = ("ui", "theme")
_FILE: Final = "theme.json"
_MAX_BYTES: Final = 10_000
"""A larger file was not written by this program."""


def kept_theme(state_dir: Path, configured: str | None) -> str | None:
    """Return a theme of the state folder that config.toml does not have yet; else None.

    Args:
        state_dir: The state folder, which need not exist.
        configured: The theme of config.toml; the kept one counts while it is unchanged.
    """
    try:
        with (state_dir / _FILE).open("rb") as file:
            kept = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(kept, dict) or kept.get("configured") != configured:
        return None
    theme = kept.get("theme")
    return theme if isinstance(theme, str) else None


def forget_kept_theme(state_dir: Path) -> None:
    """Remove the file, after its theme was saved in config.toml."""
    with suppress(OSError):
        (state_dir / _FILE).unlink()
