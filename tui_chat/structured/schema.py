"""The schemas that answers are asked for by: from a file, a class, a name or a short form."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.request import ResponseFormat
from tui_chat.core.visible import visible_line
from tui_chat.structured.short_form import expand, looks_short
from tui_chat.structured.strict_schema import is_strict

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_BYTES: Final = 2_000_000
_CLASS: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*:[A-Za-z_]\w*\Z")
_NAME: Final = re.compile(r"[\w][\w. -]*\Z")
_SENT_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_SENT_LIMIT: Final = 64
"""How long a schema's name may be at OpenAI."""
_CLASS_S: Final = 30.0
"""How long importing a person's module may take."""


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
        name = _SENT_NAME.sub("_", self.name).strip("_")[:_SENT_LIMIT] or "answer"
        return ResponseFormat("json_schema", self.schema, name, is_strict(self.schema))


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

    def keep(self, schema: Schema, name: str) -> Path:
        """Write a schema under a name and return its file; one of the same name is replaced.

        Raises:
            ConfigError: The name is none, or the file cannot be written.
        """
        if not _NAME.match(name) or name.endswith("."):
            raise ConfigError(
                f"“{visible_line(name, 60)}” cannot be the name of a schema.",
                "Use letters, digits, dashes and dots.",
            )
        file = self.file(name)
        try:
            make_private_folder(self.path)
            made = file.with_suffix(".new")
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
        folder: The kept schemas.
        cwd: Where relative paths begin and modules are looked for.

    Raises:
        ConfigError: There is none, or it is wrong: in which file, where and why.
    """
    text = given.strip()
    if text.startswith(("{", "[")):
        return read_schema(text, "answer", "pasted", "The pasted schema")
    if _CLASS.match(text):
        return _of_class(text, cwd)
    file = cwd / Path(text).expanduser() if text and "\n" not in text else None
    if file is not None and (_is_file(file) or text.endswith(".json")):
        return _of_file(file, file.stem)
    if text in folder.names():
        return _of_file(folder.file(text), text)
    if looks_short(text):
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
    from tui_chat.structured.exact import NotJson, loads
    from tui_chat.structured.schema_check import problem_of

    try:
        loaded = loads(text.removeprefix("\ufeff"))
    except NotJson as error:
        raise ConfigError(f"{what} is not JSON{_at(text, error.at)}: {error.words}.") from None
    if loaded.duplicates:
        key = visible_line(loaded.duplicates[0], 60)
        raise ConfigError(f"{what} has the key “{key}” twice in one object.", "Remove one.")
    if not isinstance(loaded.value, dict):
        raise ConfigError(f"{what} is not an object.", 'Such as {"type": "object", ...}.')
    problem = problem_of(loaded.value)
    if problem:
        raise ConfigError(f"{what} is not a JSON Schema: {problem}")
    return Schema(name, json.loads(text.removeprefix("\ufeff")), source)


def _of_file(file: Path, name: str) -> Schema:
    what = f"The schema {visible_line(str(file))}"
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise ConfigError(f"{what} is larger than {LARGEST_BYTES // 1_000_000} MB.")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{what} is not UTF-8, at byte {error.start + 1:,}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{what} cannot be read: {reason}.", "Check the path.") from None
    return read_schema(text, name, str(file), what)


def _of_class(given: str, cwd: Path) -> Schema:
    """Ask the class in a process of its own: what a module does at import is not ours to bear."""
    what = f"The class {given}"
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and no shell
            [sys.executable, "-P", "-c", _ASK_CLASS, str(cwd), *given.split(":")],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_CLASS_S,
            check=False,
            cwd=cwd,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{what} took longer than {_CLASS_S:g} s to import.") from None
    except OSError as error:
        raise ConfigError(f"{what} cannot be imported: {error.strerror}.") from error
    text = done.stdout.decode("utf-8", "replace").rpartition(_MARK)[2]
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it ended"]
        raise ConfigError(
            f"{what} gives no schema: {visible_line(lines[-1], 200).rstrip('.')}.",
            "Name a Pydantic model, a dataclass or a TypedDict as module:Class.",
        )
    return read_schema(text, given.rpartition(":")[2], given, what)


_MARK: Final = "\x1e"
_ASK_CLASS: Final = f"""
import importlib, json, sys
folder, module, name = sys.argv[1:]
sys.path.insert(0, folder)
found = getattr(importlib.import_module(module), name)
if not isinstance(found, type):
    raise SystemExit(f"{{name}} is not a class")
from pydantic import TypeAdapter
sys.stdout.write({_MARK!r} + json.dumps(TypeAdapter(found).json_schema()))
"""


def _unknown(text: str, folder: SchemaFolder) -> ConfigError:
    names: Sequence[str] = folder.names()
    shown = visible_line(text, 60)
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


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
