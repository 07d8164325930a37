"""The sizes that keep the code readable: lines of a file, files of a folder, methods of a class."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import tui_chat

ROOT = Path(tui_chat.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 400
MOST_METHODS = 30
LARGER_CLASSES = {
    "PromptInput": 51,
    "Store": 38,
    "ChatApp": 38,
    "AsyncStore": 33,
    "ConversationPicker": 33,
    "MessageList": 32,
    "ItemBuilder": 32,
    "MessageMarkdown": 32,
    "DraftAttachments": 31,
}
"""These may only shrink."""
MOST_FILES = 25
"""About 15 are meant; `ui/markdown` is one subject and has more."""
LARGER_FOLDERS = {"ui/markdown": 28}


@cache
def classes() -> dict[tuple[Path, str], ast.ClassDef]:
    return {
        (file, node.name): node
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }


@cache
def files_of(name: str) -> list[Path]:
    return [file for file, known in classes() if known == name]


def methods(file: Path, name: str) -> set[str]:
    """Return the methods of a class and of its bases that are ours."""
    node = classes()[file, name]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = {item.name for item in node.body if isinstance(item, kinds)}
    for base in node.bases:
        # `Modal[bool]` is `Modal`; `uvicorn.Server` is not ours.
        plain = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(plain, ast.Name) and plain.id != name and files_of(plain.id):
            candidates = files_of(plain.id)
            found |= methods(file if file in candidates else candidates[0], plain.id)
    return found


def test_no_class_has_too_many_methods() -> None:
    sizes = {name: len(methods(file, name)) for file, name in classes()}
    large = {
        name: size for name, size in sizes.items() if size > LARGER_CLASSES.get(name, MOST_METHODS)
    }
    assert large == {}


def test_no_file_is_too_long() -> None:
    lines = {file: file.read_text(encoding="utf-8").count("\n") for file in FILES}
    assert {file.name: count for file, count in lines.items() if count > MOST_LINES} == {}


def test_no_folder_has_too_many_files() -> None:
    counts = Counter(
        file.parent.relative_to(ROOT).as_posix() for file in FILES if file.name != "__init__.py"
    )
    large = {
        folder: count
        for folder, count in counts.items()
        if count > LARGER_FOLDERS.get(folder, MOST_FILES)
    }
    assert large == {}
