"""The schema of a class that a person names as `module:Class`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.schemas.shorthand import is_type

if TYPE_CHECKING:
    from pathlib import Path

_CLASS: Final = re.compile(
    r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*|(?:[A-Za-z_]\w*/)*[A-Za-z_]\w*\.py)"
    r":(?P<name>[A-Za-z_]\w*(?:\.\w+)*)\Z"
)
_CLASS_S: Final = 30.0
"""How long importing a person's module may take."""


def looks_like_class(text: str) -> bool:
    """Say whether a text names a class, and not a field with its type such as `age:int`."""
    found = _CLASS.match(text)
    return found is not None and not is_type(found["name"])


def class_schema(given: str, cwd: Path) -> tuple[str, str]:
    """Return the name of a class and its schema as JSON text.

    The class is asked in a process of its own: what a module does at import is not ours to bear.

    Args:
        given: `module:Class`; the module may be a path that ends in .py.
        cwd: Where modules are looked for first.

    Raises:
        ConfigError: It gives no schema, and why.
    """
    found = _CLASS.match(given)
    if found is None:
        raise ConfigError(f"“{sanitize_line(given, 60)}” is not module:Class.")
    module, name = found["module"].removesuffix(".py").replace("/", "."), found["name"]
    what = f"The class {given}"
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and no shell
            [sys.executable, "-P", "-c", _ASK_CLASS, str(cwd), module, name],
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
    mark, text = done.stdout.decode("utf-8", "replace").rpartition(_MARK)[1:]
    if mark:
        return name.rpartition(".")[2], text
    words = done.stderr.decode("utf-8", "replace").rpartition(_MARK)
    reason = sanitize_line(words[2], 300) if words[1] else "the import ended the program"
    end = "" if reason.endswith(("?", ".")) else "."
    raise ConfigError(f"{what} gives no schema: {reason}{end}", _todo(reason, module, name, cwd))


def _todo(reason: str, module: str, name: str, cwd: Path) -> str:
    if f"No module named '{module}'" not in reason:
        return "Name a Pydantic model, a dataclass or a TypedDict as module:Class."
    meant = nearest(module, [file.stem for file in cwd.glob("*.py")])
    if meant:
        return f"Did you mean “{sanitize_line(meant, 60)}:{name}”?"
    return (
        f"Modules are looked for in {sanitize_line(str(cwd), 200)}, and where Python has its own."
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
    words = (str(error).strip() or "it says nothing more").splitlines()[0]
    sys.stderr.write({_MARK!r} + f"{{type(error).__name__}}: {{words}}")
    sys.exit(1)
sys.stdout.write({_MARK!r} + text)
"""
