"""The language of the interface: config.toml decides, else the environment.

It is read before anything else, because the errors in config.toml are texts too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.language import language_of, languages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
