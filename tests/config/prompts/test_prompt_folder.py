"""The folder of the library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.prompts.prompt_folder import PromptFolder, usable_name
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> PromptFolder:
    (tmp_path / "conf").mkdir(mode=0o700)
    found = PromptFolder(tmp_path / "conf" / "config.toml")
    found.save("review", "Review {{text}}")
    found.save("翻译", "---\ndescription: 翻译\n---\n{{text}}")
    return found


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(ConfigError) as caught:
        work()
    return caught.value.message


def test_prompts_are_listed_read_and_private(folder: PromptFolder) -> None:
    assert folder.names() == ["review", "翻译"]
    assert [prompt.description for prompt in folder.all()] == ["", "翻译"]
    assert folder.read("review").body == "Review {{text}}"
    assert folder.file("review").stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_names_of_files_become_names_that_can_be_typed(folder: PromptFolder) -> None:
    (folder.path / "My Prompt.v2.md").write_text("x", encoding="utf-8")
    (folder.path / "--.md").write_text("x", encoding="utf-8")
    (folder.path / "a-folder.md").mkdir()
    assert folder.names() == ["my-prompt-v2", "review", "翻译"]
    assert folder.read("my-prompt-v2").body == "x"
    assert usable_name("  Ünï code!! ") == "ünï-code"


def test_an_unknown_name_is_reported_with_the_nearest(folder: PromptFolder) -> None:
    words = refused(lambda: folder.read("reviw"))
    assert words == "There is no prompt “reviw”. Did you mean “review”?"
    assert "Prompts: review" in refused(lambda: folder.read("zzzzzz"))
    empty = PromptFolder(folder.path / "none" / "config.toml")
    assert "tui-chat prompts edit NAME" in refused(lambda: empty.read("x"))
    assert (empty.names(), empty.all(), empty.state()) == ([], [], ())


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", "A", "-x", ".x", "x" * 65])
def test_a_name_that_cannot_be_typed_is_refused(folder: PromptFolder, name: str) -> None:
    assert "is not the name of a prompt" in refused(lambda: folder.save(name, "x"))


def test_a_prompt_is_not_overwritten(folder: PromptFolder) -> None:
    assert "already" in refused(lambda: folder.save("review", "other"))
    assert folder.read("review").body == "Review {{text}}"
    folder.save("review", "other", replaces=True)
    assert folder.read("review").body == "other"


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("place", ["file", "folder", "configuration"])
def test_a_prompt_that_others_may_write_is_listed_and_not_used(
    folder: PromptFolder, place: str
) -> None:
    target = {
        "file": folder.file("review"),
        "folder": folder.path,
        "configuration": folder.path.parent,
    }[place]
    target.chmod(target.stat().st_mode | 0o020)

    words = refused(lambda: folder.read("review"))

    assert "The prompt review is not used: " in words
    assert "writable by other users" in words
    assert f"chmod go-w {folder.path}" in words
    listed = next(it for it in folder.all() if it.name == "review")
    assert (listed.body, listed.problems) == ("", (words,))
    # It can be looked at.
    assert folder.load("review").body == "Review {{text}}"


def test_an_unreadable_prompt_is_listed_with_the_reason(folder: PromptFolder) -> None:
    folder.file("review").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in folder.all()[0].problems[0]


def test_every_change_of_a_file_changes_the_state(folder: PromptFolder) -> None:
    before = folder.state()
    folder.file("review").write_text("longer than before, surely", encoding="utf-8")
    assert folder.state() != before
