"""Stores in the state folder whether the side panel is shown.

The latest choice wins: F9 counts until `side_panel` in config.toml is changed. The file is as small
as its fact; without it, or if it cannot be read or written, config.toml decides.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_FILE: Final = "side_panel.json"
_MAX_BYTES: Final = 1_000


def load_side_panel(state_dir: Path, *, configured: bool) -> bool:
    """Return whether the side panel is shown at the start.

    Args:
        state_dir: The state folder, which need not exist.
        configured: The setting of config.toml.
    """
    try:
        with (state_dir / _FILE).open("rb") as file:
            kept = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return configured
    if not isinstance(kept, dict) or kept.get("configured") is not configured:
        return configured
    return kept.get("shown") is not False


def save_side_panel(state_dir: Path, *, is_shown: bool, configured: bool) -> None:
    """Save whether the side panel is shown.

    Args:
        state_dir: The state folder; it is created if it does not exist.
        is_shown: The user's choice.
        configured: The setting of config.toml, which it overrides.
    """
    text = json.dumps({"shown": is_shown, "configured": configured})
    try:
        make_private_folder(state_dir)
        descriptor = os.open(state_dir / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except (OSError, ConfigError) as error:
        log.warning("the choice of the side panel is not saved: %s", error)
