"""Looks up schemas: from a file, a class, a saved name, or a shorthand."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import expand_home, read_text_file, shown_path
from tui_chat.config.paths import make_private_folder
from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.schemas.python_class import class_schema, looks_like_class
from tui_chat.structured.schemas.shorthand import expand, is_shorthand
from tui_chat.structured.schemas.strict_subset import is_strict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.structured.lossless_json import InvalidJson

LARGEST_BYTES: Final = 2_000_000
_MOST_SUGGESTED_FROM: Final = 2_000
"""Files in a folder that are considered for a suggestion."""
_WRAPPING: Final = frozenset({"type", "name", "description", "strict", "schema"})
_FENCE: Final = re.compile(r"\A\s*```\w*[^\S\n]*\n|\n\s*```\s*\Z")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_NAME: Final = re.compile(r"[\w][\w. -]*\Z")


@dataclass(frozen=True, slots=True)
class Schema:
    """A checked schema without external references."""

    name: str
    schema: dict[str, Any]
    source: str
    """Its origin, for the user: a path, a class, “pasted” or “shorthand”."""

    @property
    def text(self) -> str:
        """The schema as indented JSON."""
        return json.dumps(self.schema, indent=2, ensure_ascii=False)

    @property
    def response_format(self) -> ResponseFormat:
        """The response format that requests it."""
        return ResponseFormat("json_schema", self.schema, self.name, is_strict(self.schema))


class SchemaFolder:
    """The user's saved schemas: schemas/NAME.json next to the configuration file."""

    def __init__(self, config_file: Path) -> None:
        self.path = config_file.parent / "schemas"

    def names(self) -> list[str]:
        """Return the sorted names of the saved schemas."""
        try:
            return sorted(file.stem for file in self.path.glob("*.json") if file.is_file())
        except OSError:
            return []

    def file(self, name: str) -> Path:
        """Return the path of a saved schema."""
        return self.path / f"{name}.json"

    def read(self, name: str) -> Schema:
        """Return a saved schema.

        Raises:
            ConfigError: The file is invalid or missing.
        """
        return _read_file(self.file(name), name)

    def keep(self, schema: Schema, name: str) -> Path:
        """Save a schema under a name and return its path; replaces one of the same name.

        Raises:
            ConfigError: The name is invalid, or the file cannot be written.
        """
        if not _NAME.match(name) or name.endswith("."):
            raise ConfigError(
                _("“{name}” is not a valid schema name.").format(name=sanitize_line(name, 60)),
                _("Use letters, digits, dashes and dots."),
            )
        file = self.file(name.removesuffix(".json"))
        try:
            make_private_folder(self.path)
            made = file.with_name(f"{file.name}.new")
            made.write_text(schema.text + "\n", encoding="utf-8")
            made.chmod(0o600)
            made.replace(file)
        except OSError as error:
            message = _("{file} cannot be written: {reason}.")
            raise ConfigError(message.format(file=file, reason=error.strerror)) from error
        return file


def find_schema(given: str, folder: SchemaFolder, cwd: Path) -> Schema:
    """Return the schema that the user named.

    Args:
        given: A file, the name of a saved schema, `module:Class`, a shorthand, or a schema itself.
        folder: The saved schemas; a saved name wins over a file of the same name.
        cwd: Base of relative paths, and the first folder in which modules are searched.

    Raises:
        ConfigError: There is no such schema, or it is invalid.
    """
    text = _FENCE.sub("", given).strip()
    if text.startswith(("{", "[")):
        return read_schema(text, "answer", _("pasted"), _("The pasted schema"))
    if _ADDRESS.match(text):
        raise ConfigError(
            _("{url} is not fetched: tui-chat only connects to the endpoint.").format(
                url=sanitize_line(text, 100)
            ),
            _("Save the schema in a file and name the file."),
        )
    if looks_like_class(text):
        name, made = class_schema(text, cwd)
        return read_schema(made, name, text, _("The schema of {name}").format(name=text))
    if text in folder.names():
        return folder.read(text)
    file = None
    if text and "\n" not in text:
        with suppress(OSError):
            file = cwd / expand_home(text)
    if file is not None and (_is_readable(file) or text.endswith(".json")):
        return _read_file(file, file.stem)
    if is_shorthand(text):
        schema = json.dumps(expand(text))
        return read_schema(schema, "answer", _("shorthand"), _("The schema shorthand"))
    raise _unknown(text, folder)


def read_schema(text: str, name: str, source: str, what: str) -> Schema:
    """Parse and check a schema.

    Args:
        text: JSON.
        name: The name of the schema.
        source: Its origin.
        what: The subject of error messages.

    Raises:
        ConfigError: The text is not JSON or not a valid schema.
    """
    from tui_chat.structured.lossless_json import InvalidJson, loads
    from tui_chat.structured.schemas.check_schema import find_problem

    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ConfigError(
            _("{what} is empty.").format(what=what),
            _('A schema begins with {"type": "object".'),
        )
    try:
        loaded = loads(text)
    except InvalidJson as error:
        raise ConfigError(_not_json(what, text, error)) from None
    if loaded.duplicates:
        key = sanitize_line(loaded.duplicates[0], 60)
        raise ConfigError(
            _("{what} has the key “{key}” twice in one object.").format(what=what, key=key),
            _("Remove one."),
        )
    if not isinstance(loaded.value, dict):
        raise ConfigError(
            _("{what} is not an object.").format(what=what),
            _('A schema begins with {"type": "object".'),
        )
    schema, name = _unwrapped(_plain(text, what), name)
    problem = find_problem(schema)
    if problem:
        message = _("{what} is not a valid JSON Schema. {problem}")
        raise ConfigError(message.format(what=what, problem=problem))
    return Schema(name, schema, source)


def _plain(text: str, what: str) -> Any:
    """Return a JSON text as plain types, with which a schema is sent.

    Raises:
        ConfigError: A number exceeds their range.
    """

    def finite(number: str) -> float:
        if math.isinf(value := float(number)):
            raise ValueError(number)
        return value

    try:
        return json.loads(text, parse_float=finite)
    except ValueError:
        raise ConfigError(
            _("{what} has a number that is too large.").format(what=what),
            _("Use one that other programs can read, too."),
        ) from None


def _unwrapped(value: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Unwrap a schema from the request format of the API; return it with its name."""
    for key in ("response_format", "json_schema"):
        if isinstance(value.get(key), dict) and value.keys() <= {key, "type"}:
            value = value[key]
    schema = value.get("schema")
    if isinstance(schema, dict) and value.keys() <= _WRAPPING:
        return schema, str(value.get("name") or name)
    return value, name


def _read_file(file: Path, name: str) -> Schema:
    what = _("The schema {file}").format(file=shown_path(file))
    # What the checks cannot examine is reported by reading the file.
    with suppress(OSError, ValueError):
        if file.is_dir():
            raise ConfigError(_("{what} is a folder.").format(what=what), _("Name a file in it."))
        if file.exists() and not _is_readable(file):
            # A device, or a pipe without a writer, has no end.
            raise ConfigError(
                _("{what} is not a regular file.").format(what=what), _("Check the path.")
            )
    text = read_text_file(file, what, LARGEST_BYTES, lambda: _suggestion(file))
    return read_schema(text, name, str(file), what)


def _suggestion(file: Path) -> str:
    """Return a hint that names a similar file in the same folder, if there is one."""
    try:
        names = [
            sibling.stem for sibling in islice(file.parent.glob("*.json"), _MOST_SUGGESTED_FROM)
        ]
    except OSError:
        names = []
    # Stems are compared: the common suffix would make all names similar.
    meant = nearest(file.stem, [name for name in names if name != file.stem])
    if not meant:
        return _("Check the path.")
    return _("Did you mean “{name}”?").format(name=f"{sanitize_line(meant, 60)}.json")


def _unknown(text: str, folder: SchemaFolder) -> ConfigError:
    names: Sequence[str] = folder.names()
    shown = sanitize_line(text, 60)
    near = nearest(text, names)
    if near:
        hint = _("Did you mean “{name}”?").format(name=near)
    elif names:
        hint = _("Saved schemas: {names}.").format(names=join_list(names[:20]))
    else:
        hint = _("Name a file or fields such as “name, age int”, or save a schema in {folder}.")
        hint = hint.format(folder=folder.path)
    message = _("There is no schema file and no saved schema “{name}”.").format(name=shown)
    return ConfigError(message, hint)


def _not_json(what: str, text: str, error: InvalidJson) -> str:
    if error.at is None:
        return _("{what} is not JSON: {reason}.").format(what=what, reason=error.message)
    return _("{what} is not JSON, line {line}, column {column}: {reason}.").format(
        what=what,
        line=text.count("\n", 0, error.at) + 1,
        column=error.at - text.rfind("\n", 0, error.at),
        reason=error.message,
    )


def _is_readable(path: Path) -> bool:
    """Return whether a path has an end: a file, a folder, or process substitution `<(...)`."""
    try:
        return path.is_file() or path.is_dir() or (path.is_fifo() and path.parent.name == "fd")
    except (OSError, ValueError):
        return False
