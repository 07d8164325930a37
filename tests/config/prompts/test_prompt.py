"""The file of a prompt: front matter, text, and the mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tui_chat.config.prompts.prompt import Prompt, parse_prompt

FILE = Path("/p/review.md")
WHOLE = """\
---
description: 审查代码 — review
system: |
  You are strict.
  Be {nickname}.
profile: work
model: gpt-5
schema: "verdict good|bad"
tools: [search, "files"]
---

Review this:

{{text}}
"""


def test_every_key_is_read() -> None:
    assert parse_prompt("review", WHOLE, FILE) == Prompt(
        "review",
        "Review this:\n\n{{text}}",
        FILE,
        description="审查代码 — review",
        system="You are strict.\nBe {nickname}.\n",
        profile="work",
        model="gpt-5",
        schema="verdict good|bad",
        tools=("search", "files"),
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Just a text.\n", "Just a text."),
        ("---\n---\nBody", "Body"),
        ("\ufeff---\ndescription: x\n---\nBody", "Body"),
        ("A\n---\nB: c\n---\n", "A\n---\nB: c\n---"),
        ("--- not a head\nB", "--- not a head\nB"),
        ("", ""),
    ],
)
def test_front_matter_is_optional(text: str, body: str) -> None:
    prompt = parse_prompt("p", text, FILE)
    assert (prompt.body, prompt.problems) == (body, ())


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("descripton: x", "line 2: `descripton` is unknown. Did you mean `description`?"),
        ("system_prompt: x", "line 2: `system_prompt` is unknown. Did you mean `system`?"),
        ("temprature: 1", "line 2: `temprature` is unknown. Valid keys: description, system"),
        ("model: m\nmodel: n", "line 3: `model` is there twice. Remove one."),
        ("model: [a, b]", "line 2: `model` must be a text."),
        ("tools: {a: b}", "line 2: `tools` must be a list of names."),
        ("description: Fix: it", "line 2: This is not valid YAML: mapping values are not allowed"),
        ("just words", "line 2: The front matter has no keys."),
        ("a: &a [*a]", "line 2: "),
        ("x: " + "[" * 5_000, "line 2: "),
    ],
)
def test_a_mistake_names_file_line_and_key(head: str, problem: str) -> None:
    prompt = parse_prompt("p", f"---\n{head}\n---\nBody", FILE)
    assert problem in prompt.problems[0]
    assert prompt.problems[0].startswith("/p/review.md, line ")
    assert prompt.body == "Body"


def test_a_head_without_an_end_is_a_text() -> None:
    prompt = parse_prompt("p", "---\ndescription: x\nBody", FILE)
    assert prompt.body.startswith("---")
    assert "The front matter has no end." in prompt.problems[0]


@given(TEXTS)
def test_any_head_is_read_or_reported(head: str) -> None:
    prompt = parse_prompt("p", f"---\n{head}\n---\nBody", FILE)
    assert isinstance(prompt.body, str)
    assert "\n" not in prompt.description
