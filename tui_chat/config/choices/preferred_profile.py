"""Stores in the state folder which endpoint the user chose on the start page.

It is used for new conversations while neither flags, the environment nor config.toml name one.
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

_FILE: Final = "preferred_profile.json"
_MAX_BYTES: Final = 10_000


def load_preferred_profile(state_dir: Path) -> str:
    """Return the name of the chosen profile; empty if none was chosen."""
    try:
        with (state_dir / _FILE).open("rb") as file:
            kept = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return ""
    name = kept.get("profile") if isinstance(kept, dict) else None
    return name if isinstance(name, str) else ""


def save_preferred_profile(state_dir: Path, name: str) -> None:
    """Save the name of the chosen profile."""
    try:
        make_private_folder(state_dir)
        descriptor = os.open(state_dir / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps({"profile": name}))
    except (OSError, ConfigError) as error:
        log.warning("the choice of the endpoint is not saved: %s", error)
