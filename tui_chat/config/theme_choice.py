"""Stores the theme chosen in the program in the state folder.

The latest choice wins: a theme chosen in the program is used until the theme in config.toml is
changed. config.toml itself is never written.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from pathlib import Path

_FILE: Final = "theme.json"
_MAX_BYTES: Final = 10_000
"""A larger file was not written by this program."""


def load_theme(state_dir: Path, configured: str | None) -> str | None:
    """Return the theme for the start; None for the default.

    Args:
        state_dir: The state folder, which need not exist.
        configured: The theme of config.toml.
    """
    try:
        with (state_dir / _FILE).open("rb") as file:
            kept = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return configured
    if not isinstance(kept, dict) or kept.get("configured") != configured:
        return configured
    theme = kept.get("theme")
    return theme if isinstance(theme, str) else configured


def save_theme(state_dir: Path, theme: str, configured: str | None) -> None:
    """Save a theme that was chosen in the program.

    Args:
        state_dir: The state folder; it is created if it does not exist.
        theme: The theme.
        configured: The theme of config.toml, which this one overrides.

    Raises:
        ConfigError: The file cannot be written.
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
            _("Theme not saved: {file} is not writable ({reason}).").format(
                file=file, reason=reason
            ),
            _("Add {line} to [ui] in config.toml to keep it.").format(line=f'`theme = "{theme}"`'),
        ) from error
