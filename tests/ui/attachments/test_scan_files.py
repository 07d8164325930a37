"""The files that the list after `@` offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.ui.attachments.scan_files import list_folder, scan_files

if TYPE_CHECKING:
    from pathlib import Path


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


def scanned(root: Path, *, has_hidden: bool = False) -> list[str]:
    return [path for paths in scan_files(root, has_hidden=has_hidden) for path in paths]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def test_the_top_level_comes_first(root: Path) -> None:
    make(root, "b.txt", "a/deep/er.txt", "a/c.txt", "照片/1.jpg")
    assert sorted(scanned(root)[:3]) == ["a/", "b.txt", "照片/"]
    assert set(scanned(root)[3:]) == {"a/c.txt", "a/deep/", "a/deep/er.txt", "照片/1.jpg"}


def test_hidden_files_are_listed_only_on_request(root: Path) -> None:
    make(root, ".env", ".config/x", "a", ".git/config")
    assert scanned(root) == ["a"]
    assert set(scanned(root, has_hidden=True)) == {".env", ".config/", ".config/x", "a"}


def test_gitignore_is_respected_in_every_folder(root: Path) -> None:
    make(root, "a.log", "b.txt", "build/x.txt", "sub/c.log", "sub/keep.log", "sub/d.tmp")
    (root / ".gitignore").write_text("*.log\n/build/\n")
    (root / "sub/.gitignore").write_text("!keep.log\n*.tmp\n")
    assert set(scanned(root)) == {"b.txt", "sub/", "sub/keep.log"}


def test_gitignore_of_the_repository_above_is_respected(root: Path) -> None:
    make(root, "x.log", "y.txt")
    (root.parent / ".git").mkdir()
    (root.parent / ".gitignore").write_text("root/*.log\n")
    assert scanned(root) == ["y.txt"]


def test_loops_of_links_end(root: Path) -> None:
    make(root, "a/b.txt")
    (root / "a/loop").symlink_to(root)
    (root / "gone").symlink_to(root / "nothing")
    assert sorted(scanned(root)) == ["a/", "a/b.txt", "a/loop/", "gone"]


def test_names_that_a_prompt_cannot_hold_are_skipped(root: Path) -> None:
    make(root, "a\nb", "c\x1b[31m", "good")
    assert scanned(root) == ["good"]


def test_a_folder_that_cannot_be_read_is_empty(root: Path) -> None:
    assert list_folder(root, has_hidden=True) == []
    assert scanned(root) == []
