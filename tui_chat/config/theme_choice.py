"""The theme that was chosen in the program, kept in the state folder.

The latest decision of the user holds: a theme chosen in the program comes back at the next start,
until the theme in config.toml is changed afterwards. config.toml itself is never written.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_FILE: Final = "theme.json"
_LARGEST: Final = 10_000
"""Bytes; a larger file was not written here."""


def kept_theme(state_dir: Path, configured: str | None) -> str | None:
    """Return the theme to begin with; None for the default one.

    Args:
        state_dir: The state folder, which need not exist.
        configured: The theme of config.toml.
    """
    try:
        with (state_dir / _FILE).open("rb") as file:
            kept = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return configured
    if not isinstance(kept, dict) or kept.get("configured") != configured:
        return configured
    theme = kept.get("theme")
    return theme if isinstance(theme, str) else configured


def keep_theme(state_dir: Path, theme: str, configured: str | None) -> None:
    """Keep a theme that was chosen in the program.

    Args:
        state_dir: The state folder; it is made if it does not exist.
        theme: The theme.
        configured: The theme of config.toml, in whose place it comes.

    Raises:
        ConfigError: It cannot be written.
    """
    file = state_dir / _FILE
    new = file.with_name(f".{_FILE}.{os.getpid()}")
    text = json.dumps({"theme": theme, "configured": configured})
    try:
        make_private_folder(state_dir)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        new.replace(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"The theme is not kept: {file} cannot be written: {reason}.",
            f'`theme = "{theme}"` under [ui] in config.toml keeps it.',
        ) from error
