"""The table [ui]; separate from the other settings, because the first paint needs only this.

The language is read before anything else, because the errors in config.toml are texts too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.language import language_of, languages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The table [ui]."""

    theme: str | None = None
    width: int = 88
    """The maximum width of the text column in cells."""
    cursor_blink: bool = False
    reduced_motion: bool = False
    mouse: bool = True
    titles: str = "question"
    """The source of titles: `question` (the first question) or `model` (after its first answer)."""
    notify: str = "auto"
    """The call at the end of an answer: `auto` (desktop notification and bell), `bell` or `off`."""
    side_panel: bool = True
    """True if a wide terminal shows the side panel, until F9 changes it."""
    language: str | None = None
    """The language of the interface; None for that of the locale."""


_MAX_BYTES: Final = 1_000_000
"""A larger file is reported when it is read as a whole."""


def choose_language(config_file: Path, env: Mapping[str, str]) -> str:
    """Return the code of the language to use.

    Args:
        config_file: The file with `[ui] language`; it need not exist, or be valid.
        env: The environment, with the locale of the user.
    """
    return _configured(config_file) or language_of(env)


def _configured(config_file: Path) -> str | None:
    try:
        # Anything but a file, such as a pipe, would block here.
        if not config_file.is_file():
            return None
        with config_file.open("rb") as file:
            content = file.read(_MAX_BYTES)
    except (OSError, ValueError):
        return None
    if b"language" not in content:
        return None
    import tomllib

    try:
        table = tomllib.loads(content.decode("utf-8-sig")).get("ui")
    except (ValueError, RecursionError):
        return None
    code = table.get("language") if isinstance(table, dict) else None
    return code if isinstance(code, str) and code in languages() else None
