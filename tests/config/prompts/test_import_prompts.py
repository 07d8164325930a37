"""Prompts of other programs become prompts of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.config.prompts.import_prompts import Found, converted, find_prompts
from tui_chat.config.prompts.prompt import parse_prompt
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_names_come_from_files_and_folders(tmp_path: Path) -> None:
    for name in (
        "Commit Message.md", "review.prompt.md", "git/rebase.md", "summarize/system.md",
        "summarize/user.md", "skills/pdf/SKILL.md", "README.md", ".git/x.md", "notes.txt",
    ):  # fmt: skip
        put(tmp_path, name, "x")
    found = [it.name for it in find_prompts(tmp_path)]
    assert found == ["commit-message", "git-rebase", "review", "skills-pdf", "summarize"]
    assert find_prompts(tmp_path / "review.prompt.md")[0].name == "review"


@pytest.mark.parametrize("name", ["missing", "."])
def test_nothing_to_import_is_reported(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        find_prompts(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "head", "body", "left_out"),
    [
        (
            "fix.md",
            "---\ndescription: Fix: an issue\nargument-hint: [number]\nallowed-tools: Bash(git:*)\n"
            "model: sonnet\n---\nFix $1 with $ARGUMENTS for $5.\n",
            "Fix: an issue",
            "Fix {{argument-1}} with {{text}} for $5.",
            ("allowed-tools", "model"),
        ),
        (
            "new.prompt.md",
            "---\nmode: 'agent'\ntools: ['codebase']\n---\n"
            "Name ${input:component:the name} in ${selection}, twice ${input:component}.",
            "",
            "Name {{component}} in {{selection}}, twice {{component}}.",
            ("mode", "tools"),
        ),
        (
            "plain.md",
            "Costs $1. {{name=x}} __INPUT__",
            "",
            "Costs $1. {{name=x}} {{text}}",
            (),
        ),
        (
            "web.md",
            '{{CLIPBOARD}} on {{CURRENT_DATE}} for {{topic | text:placeholder="a"}}',
            "",
            "{{clipboard}} on {{date}} for {{topic}}",
            (),
        ),
        (
            "ours.md",
            "---\ndescription: D\nmodel: m\n---\n{{text}}\n",
            "D",
            "{{text}}",
            (),
        ),
    ],
)
def test_the_variables_of_other_programs_become_fields(
    tmp_path: Path, name: str, text: str, head: str, body: str, left_out: tuple[str, ...]
) -> None:
    result = converted(Found("p", put(tmp_path, name, text)))
    prompt = parse_prompt("p", result.text, tmp_path / "p.md")
    assert (prompt.problems, prompt.description, prompt.body) == ((), head, body)
    assert result.left_out == left_out


@pytest.mark.parametrize("name", ["summarize/system.md", "roles/teacher.md"])
def test_a_text_about_the_model_becomes_its_system_prompt(tmp_path: Path, name: str) -> None:
    text = '# IDENTITY\n\nYou are: "terse".\n  - indented\n'
    prompt = parse_prompt("p", converted(Found("p", put(tmp_path, name, text))).text, tmp_path)
    assert prompt.system is not None
    assert prompt.system.strip() == text.strip()
    assert (prompt.body, prompt.problems) == ("{{text}}", ())
