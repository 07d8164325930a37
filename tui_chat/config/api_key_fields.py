"""Reads the fields of a profile that name the source of its key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import expanded
from tui_chat.config.problems import looks_like_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import KeySource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.toml_table import Table

KEY_FIELDS: Final = ("api_key_env", "api_key_file", "api_key_command", "api_key_keyring")

_LITERAL_KEYS: Final = ("api_key", "key", "openai_api_key", "token", "apikey")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def refuse_literal_keys(table: Table) -> None:
    """Report every literal key in the file; its value is never read."""
    for field in _LITERAL_KEYS:
        if field in table:
            hint = _("Name the source of the key instead: {fields}.")
            table.reject(
                field,
                _("{key} is ignored, because keys must not be stored in this file."),
                hint.format(fields=join_list(KEY_FIELDS)),
            )
            table.problems.warn_if_others_can_read((*table.path, field))


def read_key_source(table: Table, env: Mapping[str, str], folder: Path) -> KeySource:
    """Return the source of the key; an empty one if the table has no valid source."""
    refuse_literal_keys(table)
    given = [field for field in KEY_FIELDS if field in table]
    sources = {
        "api_key_env": _variable(table),
        "api_key_file": read_path(table, "api_key_file", env, folder),
        "api_key_command": _command(table),
        "api_key_keyring": _keyring_entry(table),
    }
    usable = [field for field in given if sources[field] is not None]
    if len(given) > 1:
        hint = _("Keep one. Only {field} is used.") if usable else _("Keep one. None is used.")
        table.reject(
            given[1],
            _("{key} is a second key source besides {field}."),
            hint.format(field=usable[0] if usable else ""),
            field=given[0],
        )
    used = {field: sources[field] for field in usable[:1]}
    return KeySource(
        env=used.get("api_key_env"),
        file=used.get("api_key_file"),
        command=used.get("api_key_command"),
        keyring=used.get("api_key_keyring"),
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
            _("{key} must be the name of an environment variable, not the key itself."),
            _("Example: {example}").format(example='api_key_env = "WORK_API_KEY"'),
        )
        return None
    return name


def read_path(table: Table, field: str, env: Mapping[str, str], folder: Path) -> str | None:
    """Return a file path; `~` is the home folder, relative paths refer to `folder`."""
    text = table.path_text(field)
    if text is None:
        return None
    if looks_like_key(text):
        summary = _("{key} must be a file path, not the key itself.")
        table.reject(field, summary, _("Replace it by the path."))
        return None
    try:
        return str(expanded(text, env, folder))
    except ConfigError as error:
        table.reject(field, _("{key}: {error}"), error.hint, error=error.summary)
        return None


def _keyring_entry(table: Table) -> str | None:
    name = table.name("api_key_keyring")
    if name is not None and looks_like_key(name):
        table.reject(
            "api_key_keyring",
            _("{key} must be the name of an entry in the keyring, not the key itself."),
            _("Run: {command}").format(command="tui-chat setup"),
        )
        return None
    return name


def _command(table: Table) -> str | None:
    text = table.text("api_key_command")
    if text is None:
        return None
    if not text.strip() or "\0" in text or looks_like_key(text.strip("\"' ")):
        table.reject(
            "api_key_command",
            _("{key} must be a command that prints the key, not the key itself."),
            _("Example: {example}").format(example='api_key_command = "pass show work"'),
        )
        return None
    return text
