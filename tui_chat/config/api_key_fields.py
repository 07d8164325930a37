"""The fields of a profile that say where its key is, never the key itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import expanded
from tui_chat.config.problems import looks_like_key, lower_first
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import KeySource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.toml_table import Table

KEY_FIELDS: Final = ("api_key_env", "api_key_file", "api_key_command")

_LITERAL_KEYS: Final = ("api_key", "key", "openai_api_key", "token", "apikey")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def refuse_literal_keys(table: Table) -> None:
    """Note every key that stands in the file itself; its value is never looked at."""
    for field in _LITERAL_KEYS:
        if field in table:
            table.reject(
                field,
                "would keep the key itself in this file, and it is not used.",
                f"Name where the key is instead: {', '.join(KEY_FIELDS)}.",
            )
            table.problems.warn_if_others_can_read((*table.path, field))


def read_key_source(table: Table, env: Mapping[str, str], folder: Path) -> KeySource:
    """Return where the key comes from; nowhere, if the table does not say it rightly."""
    refuse_literal_keys(table)
    given = [field for field in KEY_FIELDS if field in table]
    sources = {
        "api_key_env": _variable(table),
        "api_key_file": read_path(table, "api_key_file", env, folder),
        "api_key_command": _command(table),
    }
    usable = [field for field in given if sources[field] is not None]
    if len(given) > 1:
        kept = f"Only {usable[0]} is used." if usable else "None is used."
        table.reject(given[1], f"is a second key source beside {given[0]}.", f"Keep one. {kept}")
    used = {field: sources[field] for field in usable[:1]}
    return KeySource(
        env=used.get("api_key_env"),
        file=used.get("api_key_file"),
        command=used.get("api_key_command"),
        distrust=table.problems.text.distrust if "api_key_command" in used else "",
    )


def _variable(table: Table) -> str | None:
    value = table.text("api_key_env")
    if value is None:
        return None
    name = value.strip().removeprefix("$").removeprefix("{").removesuffix("}")
    if not _VARIABLE.match(name) or looks_like_key(name):
        table.reject(
            "api_key_env",
            "must be the name of an environment variable, not the key itself.",
            'Such as api_key_env = "WORK_API_KEY".',
        )
        return None
    return name


def read_path(table: Table, field: str, env: Mapping[str, str], folder: Path) -> str | None:
    """Return the path of a file: `~` is the home folder, a relative path begins at a folder."""
    text = table.path_text(field)
    if text is None:
        return None
    if looks_like_key(text):
        table.reject(field, "must be the path of a file, not the key itself.", "Write the path.")
        return None
    try:
        return str(expanded(text, env, folder))
    except ConfigError as error:
        table.reject(field, f"cannot be used: {lower_first(error.summary)}", error.hint)
        return None


def _command(table: Table) -> str | None:
    text = table.text("api_key_command")
    if text is None:
        return None
    if not text.strip() or "\0" in text or looks_like_key(text.strip("\"' ")):
        table.reject(
            "api_key_command",
            "must be a command that prints the key, not the key itself.",
            'Such as api_key_command = "pass show work".',
        )
        return None
    return text
