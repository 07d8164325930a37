"""`tui-chat prompts`: list, show, edit, import."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker
from tui_chat.config.prompts.prompt_folder import PromptFolder

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asker:
    return Asker(monkeypatch, capsys)


@pytest.fixture
def folder() -> PromptFolder:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    return PromptFolder(file)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def write(script: str) -> None:
        file = tmp_path / "editor"
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("VISUAL", str(file))

    return write


def test_an_empty_library_says_how_to_begin(run: Asker, folder: PromptFolder) -> None:
    assert run("prompts") == 0
    assert (run.out, "tui-chat prompts edit NAME" in run.err) == ("", True)
    assert run("prompts", "--json") == 0
    assert json.loads(run.out) == {"folder": str(folder.path), "prompts": []}


def test_prompts_are_listed_with_their_mistakes(run: Asker, folder: PromptFolder) -> None:
    folder.save("review", "---\ndescription: 审查 code\n---\n{{text}}")
    folder.save("bad", "---\ndescrption: x\n---\nFirst line\nsecond {{a=1}}")
    assert run("prompts") == 1
    assert run.out.splitlines() == ["bad     First line second {{a=1}}", "review  审查 code"]
    assert "bad.md, line 2: `descrption` is unknown. Did you mean `description`?" in run.err
    assert run("prompts", "--json") == 1
    listed = json.loads(run.out)["prompts"]
    assert [it["fields"] for it in listed] == [["a"], ["text"]]


def test_a_prompt_is_shown_as_it_is_written(run: Asker, folder: PromptFolder) -> None:
    text = "---\nmodel: m\n---\n{{text}} \x1b[31m"
    folder.save("red", text)
    assert run("prompts", "show", "red") == 0
    assert run.out == f"{text}\n"
    assert run("prompts", "show", "rad") == 2
    assert "Did you mean “red”?" in run.err


def test_an_editor_writes_a_new_prompt(
    run: Asker, folder: PromptFolder, editor: Callable[[str], None]
) -> None:
    editor('echo "Do {{text}} now." > "$1"')
    assert run("prompts", "edit", "do-it") == 0
    assert folder.read("do-it").body == "Do {{text}} now."
    editor('printf -- "---\\nmodell: m\\n---\\nX" > "$1"')
    assert run("prompts", "edit", "do-it") == 1
    assert "Did you mean `model`?" in run.err


def test_a_new_prompt_that_is_not_written_is_not_kept(
    run: Asker, folder: PromptFolder, editor: Callable[[str], None]
) -> None:
    editor("exit 0")
    assert run("prompts", "edit", "new") == 0
    assert ("Nothing was saved." in run.err, folder.names()) == (True, [])
    editor("exit 3")
    assert run("prompts", "edit", "new") == 2
    assert "has failed: it ended with the exit status 3" in run.err
    assert run("prompts", "edit", "../new") == 2
    assert folder.names() == []


def test_a_folder_is_imported_and_nothing_is_overwritten(
    run: Asker, folder: PromptFolder, tmp_path: Path
) -> None:
    source = tmp_path / "commands"
    (source / "git").mkdir(parents=True)
    (source / "git" / "commit.md").write_text(
        "---\ndescription: Commit\nmodel: sonnet\n---\nCommit $ARGUMENTS", encoding="utf-8"
    )
    (source / "fix.md").write_text("Fix $ARGUMENTS", encoding="utf-8")
    (source / "broken.md").write_bytes(b"\xff\xfe")
    folder.save("fix", "mine")

    assert run("prompts", "import", str(source), "--dry-run") == 1
    assert folder.names() == ["fix"]
    assert run("prompts", "import", str(source)) == 1
    assert run.out == "/git-commit\n"
    assert "There already, not replaced: fix." in run.err
    assert "git-commit: left out, because it belongs to another program: model." in run.err
    assert "is not UTF-8" in run.err
    assert "1 prompt imported" in run.err
    assert folder.read("git-commit").body == "Commit {{text}}"
    assert folder.read("fix").body == "mine"
    assert run("prompts", "import", str(source / "fix.md"), "--replace") == 0
    assert folder.read("fix").body == "Fix {{text}}"


def test_the_names_are_completed(run: Asker, folder: PromptFolder) -> None:
    folder.save("review", "---\ndescription: Review\n---\n{{text}}")
    assert run("complete-names", "prompts", "--described") == 0
    assert run.out == "review\tReview\n"
