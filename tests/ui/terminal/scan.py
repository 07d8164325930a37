"""Finds the private names of Textual that the UI uses, by its source and its classes."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import tui_chat.ui

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(tui_chat.ui.__file__).parent
FILES = sorted(ROOM.rglob("*.py"))
_PRIVATE = re.compile(r"_(?!_)\w+")


@cache
def private_names(cls: type) -> frozenset[str]:
    """Return the private names that Textual's classes above a class define or set on `self`."""
    bases = (base for base in cls.__mro__ if base.__module__.startswith("textual"))
    return frozenset().union(*map(_defined_in, bases))


@cache
def _defined_in(base: type) -> frozenset[str]:
    names = {name for name in vars(base) if _PRIVATE.fullmatch(name)}
    return frozenset(names | set(re.findall(r"self\.(_(?!_)\w+)\b.*=", inspect.getsource(base))))


@cache
def own_names() -> frozenset[str]:
    """Return the private names that this program itself defines or sets."""
    names: set[str] = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node.value, ast.Name) and node.value.id == "self":
                    names.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
    return frozenset(names)


def used_in(file: Path) -> dict[str, int]:
    """Return the private names of Textual that a file uses, with a line of each.

    Attributes of `self`, `cls` and `super()` count when a class of Textual above it has them;
    attributes of other objects count when no class of this program has them.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    module = import_module(".".join(file.relative_to(ROOM.parents[1]).with_suffix("").parts))
    used: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and re.match(r"textual\b.*\._", node.module or ""):
            used[f"import {node.module}"] = node.lineno
    for node in tree.body:
        cls = getattr(module, node.name, None) if isinstance(node, ast.ClassDef) else None
        for name, line, is_own in _attributes(node):
            if (cls is not None and is_own and name in private_names(cls)) or (
                not is_own and name not in own_names() and name not in _OTHERS
            ):
                used[name] = line
    return used


# Private names of the standard library and of named tuples.
_OTHERS = frozenset({"_replace", "_asdict", "_exit", "_value_"})


def _attributes(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if _PRIVATE.fullmatch(node.name):
                yield node.name, node.lineno, True
        elif isinstance(node, ast.Attribute) and _PRIVATE.fullmatch(node.attr):
            yield node.attr, node.lineno, _is_own(node.value)


def _is_own(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")
