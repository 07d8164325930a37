"""Pastes that consist of nothing but paths."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest

from tui_chat.ui.attachments.pasted_paths import MOST_FILES, looks_like_paths, pasted_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("report.pdf", "a b.png", "照片 1.jpg", "it's.txt", "100%25.csv", "README"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    return tmp_path


ONE = {
    "plain": "{folder}/report.pdf",
    "final line break": "{folder}/report.pdf\n",
    "unquoted blank": "{folder}/a b.png",
    "escaped": "{folder}/a\\ b.png",
    "single quotes": "'{folder}/a b.png'",
    "double quotes": '"{folder}/a b.png"',
    "quoted quote": "{folder}/it\\'s.txt",
    "shell's quoted quote": "'{folder}/it'\\''s.txt'",
    "chinese": "'{folder}/照片 1.jpg'",
    "url": "file://{folder}/a%20b.png",
    "url with host": "file://localhost{folder}/%E7%85%A7%E7%89%87%201.jpg",
    "percent in a url": "file://{folder}/100%2525.csv",
    "percent in a path": "{folder}/100%25.csv",
    "home": "~/report.pdf",
    "here": "./report.pdf",
}


@pytest.mark.parametrize("form", ONE)
def test_one_dropped_file_is_found(form: str, folder: Path) -> None:
    [path] = pasted_files(ONE[form].format(folder=folder), folder)
    assert path.is_file()
    assert path.is_absolute()


@pytest.mark.parametrize("separator", [" ", "\n", "\r\n", "  \n "])
def test_several_files_are_found_in_their_order(separator: str, folder: Path) -> None:
    names = ["照片 1.jpg", "report.pdf", "it's.txt"]
    text = separator.join(shlex.quote(str(folder / name)) for name in names)
    assert [path.name for path in pasted_files(text, folder)] == names


@pytest.mark.parametrize(
    "text",
    [
        "README",
        "report.pdf",
        "{folder}",
        "{folder}/pipe",
        "{folder}/none.pdf",
        "/",
        "/dev/null",
        "look at {folder}/report.pdf",
        "{folder}/report.pdf please",
        "{folder}/report.pdf {folder}/none.pdf",
        "{folder}/report.pdf\nWhat is it?",
        "file://elsewhere{folder}/report.pdf",
        "file://{folder}/report%00.pdf",
        "https://example.org/report.pdf",
        "// a comment",
        "'",
        "",
        "/etc/hosts'",
        "/x" * 10_000,
    ],
)
def test_anything_else_is_text(text: str, folder: Path) -> None:
    assert pasted_files(text.format(folder=folder), folder) == []


def test_the_number_of_files_is_bounded(folder: Path) -> None:
    text = "\n".join(["./report.pdf"] * (MOST_FILES + 1))
    assert pasted_files(text, folder) == []


def test_a_sentence_is_not_looked_up_on_the_disk() -> None:
    assert not looks_like_paths("Why is the sky blue? See /etc/hosts.")
    assert looks_like_paths("  '/tmp/a b'")
