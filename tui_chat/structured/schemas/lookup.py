"""The schemas that answers are asked for by: from a file, a class, a name or a short form."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import expand_home, shown_path
from tui_chat.config.paths import make_private_folder
from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.schemas.python_class import class_schema, looks_like_class
from tui_chat.structured.schemas.shorthand import expand, is_shorthand
from tui_chat.structured.schemas.strict_subset import is_strict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST_BYTES: Final = 2_000_000
_MOST_LOOKED_AT: Final = 2_000
"""Files in a folder, for one that was probably meant."""
_WRAPPING: Final = frozenset({"type", "name", "description", "strict", "schema"})
_FENCE: Final = re.compile(r"\A\s*```\w*[^\S\n]*\n|\n\s*```\s*\Z")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_NAME: Final = re.compile(r"[\w][\w. -]*\Z")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that can be asked for: checked, and with no reference out of itself."""

    name: str
    schema: dict[str, Any]
    source: str
    """Where it came from, for a person: a path, a class, “pasted” or “short form”."""

    @property
    def text(self) -> str:
        """The schema as it is shown."""
        return json.dumps(self.schema, indent=2, ensure_ascii=False)

    @property
    def response_format(self) -> ResponseFormat:
        """The format that asks for it."""
        return ResponseFormat("json_schema", self.schema, self.name, is_strict(self.schema))


class SchemaFolder:
    """The schemas that a person keeps: schemas/NAME.json beside the configuration's file."""

    def __init__(self, config_file: Path) -> None:
        """Name the folder; it need not be there.

        Args:
            config_file: The configuration's own file.
        """
        self.path = config_file.parent / "schemas"

    def names(self) -> list[str]:
        """Return the names that can be chosen, sorted."""
        try:
            return sorted(file.stem for file in self.path.glob("*.json") if file.is_file())
        except OSError:
            return []

    def file(self, name: str) -> Path:
        """Return the file of a name."""
        return self.path / f"{name}.json"

    def read(self, name: str) -> Schema:
        """Return the schema that is kept under a name.

        Raises:
            ConfigError: It is wrong, or is not there any more.
        """
        return _of_file(self.file(name), name)

    def keep(self, schema: Schema, name: str) -> Path:
        """Write a schema under a name and return its file; one of the same name is replaced.

        Raises:
            ConfigError: The name is none, or the file cannot be written.
        """
        if not _NAME.match(name) or name.endswith("."):
            raise ConfigError(
                f"“{sanitize_line(name, 60)}” cannot be the name of a schema.",
                "Use letters, digits, dashes and dots.",
            )
        file = self.file(name.removesuffix(".json"))
        try:
            make_private_folder(self.path)
            made = file.with_name(f"{file.name}.new")
            made.write_text(schema.text + "\n", encoding="utf-8")
            made.chmod(0o600)
            made.replace(file)
        except OSError as error:
            raise ConfigError(f"{file} cannot be written: {error.strerror}.") from error
        return file


def find_schema(given: str, folder: SchemaFolder, cwd: Path) -> Schema:
    """Return the schema that a person named.

    Args:
        given: A file, the name of a kept schema, `module:Class`, a short form, or a schema itself.
        folder: The kept schemas; a name goes before a file that is called the same.
        cwd: Where relative paths begin and modules are looked for.

    Raises:
        ConfigError: There is none, or it is wrong: in which file, where and why.
    """
    text = _FENCE.sub("", given).strip()
    if text.startswith(("{", "[")):
        return read_schema(text, "answer", "pasted", "The pasted schema")
    if _ADDRESS.match(text):
        raise ConfigError(
            f"{sanitize_line(text, 100)} is not fetched: tui-chat talks to the endpoint only.",
            "Save it in a file and name that.",
        )
    if looks_like_class(text):
        name, made = class_schema(text, cwd)
        return read_schema(made, name, text, f"What the class {text} gives")
    if text in folder.names():
        return folder.read(text)
    file = None
    if text and "\n" not in text:
        with suppress(OSError):
            file = cwd / expand_home(text)
    if file is not None and (_is_there(file) or text.endswith(".json")):
        return _of_file(file, file.stem)
    if is_shorthand(text):
        return read_schema(json.dumps(expand(text)), "answer", "short form", "The short form")
    raise _unknown(text, folder)


def read_schema(text: str, name: str, source: str, what: str) -> Schema:
    """Return the schema that a text holds.

    Args:
        text: JSON.
        name: What the schema is called.
        source: Where it came from.
        what: How it is called in a sentence about what is wrong with it.

    Raises:
        ConfigError: It is no JSON or no schema: where and why.
    """
    from tui_chat.structured.lossless_json import InvalidJson, loads
    from tui_chat.structured.schemas.check import find_problem

    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ConfigError(f"{what} is empty.", 'A schema begins with {"type": "object".')
    try:
        loaded = loads(text)
    except InvalidJson as error:
        raise ConfigError(f"{what} is not JSON{_at(text, error.at)}: {error.message}.") from None
    if loaded.duplicates:
        key = sanitize_line(loaded.duplicates[0], 60)
        raise ConfigError(f"{what} has the key “{key}” twice in one object.", "Remove one.")
    if not isinstance(loaded.value, dict):
        raise ConfigError(f"{what} is not an object.", 'Such as {"type": "object", ...}.')
    schema, name = _unwrapped(json.loads(text), name)
    problem = find_problem(schema)
    if problem:
        raise ConfigError(f"{what} is not a JSON Schema: {problem}")
    return Schema(name, schema, source)


def _unwrapped(value: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Return the schema and its name in what is sent to an endpoint; others stay as they are."""
    for key in ("response_format", "json_schema"):
        if isinstance(value.get(key), dict) and value.keys() <= {key, "type"}:
            value = value[key]
    schema = value.get("schema")
    if isinstance(schema, dict) and value.keys() <= _WRAPPING:
        return schema, str(value.get("name") or name)
    return value, name


def _of_file(file: Path, name: str) -> Schema:
    what = f"The schema {shown_path(file)}"
    try:
        if file.is_dir():
            raise ConfigError(f"{what} is a folder, and a file is wanted.", "Name a file in it.")
        if file.exists() and not _is_there(file):
            # Of a pipe that nobody writes to, or a device, there is no end.
            raise ConfigError(f"{what} is no file.", "Check the path.")
        with file.open("rb") as opened:
            read = opened.read(LARGEST_BYTES + 1)
        if len(read) > LARGEST_BYTES:
            raise ConfigError(f"{what} is larger than {LARGEST_BYTES // 1_000_000} MB.")
        text = read.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{what} is not UTF-8, at byte {error.start + 1:,}.", "Save it as UTF-8."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{what} cannot be read: {reason}.", _meant(file)) from None
    return read_schema(text, name, str(file), what)


def _meant(file: Path) -> str:
    """Return which file beside one that cannot be read was probably meant."""
    try:
        names = [beside.stem for beside in islice(file.parent.glob("*.json"), _MOST_LOOKED_AT)]
    except OSError:
        names = []
    # Without the ending, which would make all of them alike.
    meant = nearest(file.stem, [name for name in names if name != file.stem])
    return f"Did you mean “{sanitize_line(meant, 60)}.json”?" if meant else "Check the path."


def _unknown(text: str, folder: SchemaFolder) -> ConfigError:
    names: Sequence[str] = folder.names()
    shown = sanitize_line(text, 60)
    near = nearest(text, names)
    if near:
        todo = f"Did you mean “{near}”?"
    elif names:
        todo = f"There are: {', '.join(names[:20])}."
    else:
        todo = f"Give a file, or fields such as “name, age int”, or keep one in {folder.path}."
    return ConfigError(f"There is no schema “{shown}”, neither as a file nor as a name.", todo)


def _at(text: str, at: int | None) -> str:
    if at is None:
        return ""
    line = text.count("\n", 0, at) + 1
    return f", line {line}, column {at - text.rfind(chr(10), 0, at)}"


def _is_there(path: Path) -> bool:
    """Say whether a path can be read to its end: a file, or what the shell makes of <(...)."""
    try:
        return path.is_file() or path.is_dir() or (path.is_fifo() and path.parent.name == "fd")
    except (OSError, ValueError):
        return False
