"""Schemas of Python classes named as `module:Class`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.schemas.shorthand import is_type

if TYPE_CHECKING:
    from pathlib import Path

_CLASS: Final = re.compile(
    r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*|(?:[A-Za-z_]\w*/)*[A-Za-z_]\w*\.py)"
    r":(?P<name>[A-Za-z_]\w*(?:\.\w+)*)\Z"
)
_IMPORT_S: Final = 30.0
"""Time limit for importing the module."""


def looks_like_class(text: str) -> bool:
    """Return whether a text names a class, not a field with a type such as `age:int`."""
    found = _CLASS.match(text)
    return found is not None and not is_type(found["name"])


def class_schema(given: str, cwd: Path) -> tuple[str, str]:
    """Return the name of a class and its schema as JSON text.

    The module is imported in a child process, since importing it may have side effects.

    Args:
        given: `module:Class`; the module may be a path that ends in .py.
        cwd: The first folder in which modules are searched.

    Raises:
        ConfigError: The module cannot be imported, or the class has no schema.
    """
    found = _CLASS.match(given)
    if found is None:
        raise ConfigError(_("“{text}” is not module:Class.").format(text=sanitize_line(given, 60)))
    module, name = found["module"].removesuffix(".py").replace("/", "."), found["name"]
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and no shell
            [sys.executable, "-P", "-c", _ASK_CLASS, str(cwd), module, name],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_IMPORT_S,
            check=False,
            cwd=cwd,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        message = _("Importing {name} took longer than {seconds} s.")
        raise ConfigError(message.format(name=given, seconds=f"{_IMPORT_S:g}")) from None
    except OSError as error:
        message = _("{name} cannot be imported: {reason}.")
        raise ConfigError(message.format(name=given, reason=error.strerror)) from error
    mark, text = done.stdout.decode("utf-8", "replace").rpartition(_MARK)[1:]
    if mark:
        return name.rpartition(".")[2], text
    mark, text = done.stderr.decode("utf-8", "replace").rpartition(_MARK)[1:]
    reason = sanitize_line(text, 300) if mark else _("the import ended the process")
    message = _("{name} has no schema: {reason}").format(name=given, reason=reason)
    if not reason.endswith(("?", ".")):
        message += "."
    raise ConfigError(message, _hint(reason, module, name, cwd))


def _hint(reason: str, module: str, name: str, cwd: Path) -> str:
    if f"No module named '{module}'" not in reason:
        return _("Name a Pydantic model, a dataclass or a TypedDict as module:Class.")
    meant = nearest(module, [file.stem for file in cwd.glob("*.py")])
    if meant:
        return _("Did you mean “{name}”?").format(name=f"{sanitize_line(meant, 60)}:{name}")
    return _("Modules are searched in {folder} and in Python's own path.").format(
        folder=sanitize_line(str(cwd), 200)
    )


_MARK: Final = "\x1e"
_ASK_CLASS: Final = f"""
import importlib, json, operator, sys
folder, module, name = sys.argv[1:]
sys.path.insert(0, folder)
try:
    found = operator.attrgetter(name)(importlib.import_module(module))
    if not isinstance(found, type):
        raise TypeError(f"{{name}} is not a class")
    from pydantic import TypeAdapter
    text = json.dumps(TypeAdapter(found).json_schema())
except BaseException as error:
    reason = ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])
    sys.stderr.write({_MARK!r} + reason)
    sys.exit(1)
sys.stdout.write({_MARK!r} + text)
"""
