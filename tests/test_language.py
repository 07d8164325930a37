"""The idioms that once made this code hard to read stay out: in code, in texts and in the docs."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CODE = sorted(p for folder in ("tui_chat", "tests") for p in (ROOT / folder).rglob("*.py"))
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# Say "the user", "is reported / shown / logged", "search", "query", "is", "again", "fix".
IDIOMS = re.compile(
    r"\b(?:the|a|another) person\b|\bpersons?'s\b"
    r"|\b(?:is|are|was|were|be|been|being) told\b|\btells? of\b"
    r"|\blooked for\b|\bstands?\b(?! still|ard|alone|-in)|\bwhoever\b|\banew\b"
    r"|\bput(?:s|ting)? right\b|\bto the letter\b",
    re.IGNORECASE,
)
# A docstring begins with a noun phrase or a verb, not with a relative clause.
BEGINNING = re.compile(r"^(?:What|Where|Whether|Who|Whose|How|Which|Prepare\.)\b")
# Texts of models and users in tests are data; so are the idioms here.
DATA = {ROOT / "tests" / "test_language.py"}


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments, docstrings and texts for users; in tests, comments and docstrings alone."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    yield from docstrings(tree)
    for token in tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    if path.is_relative_to(ROOT / "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.lineno, node.name.replace("_", " ")
    else:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_has_no_idioms(path: Path) -> None:
    if path in DATA:
        return
    found = {
        f"line {line}: {hit[0]!r}"
        for line, text in texts(path)
        if (hit := IDIOMS.search(text)) is not None
    }
    found |= {
        f"line {line}: begins with {hit[0]!r}"
        for line, text in docstrings(ast.parse(path.read_text(encoding="utf-8")))
        if (hit := BEGINNING.search(text)) is not None
    }
    assert not found


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_docs_have_no_idioms(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [
        f"line {n}: {hit[0]!r}"
        for n, line in enumerate(lines, 1)
        if (hit := IDIOMS.search(line)) is not None
    ]
    assert not found
