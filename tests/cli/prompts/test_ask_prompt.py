"""`ask --prompt NAME -v FIELD=TEXT`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.asker import Asker, answers, streamed
from tui_chat.config.prompts.prompt_folder import PromptFolder

if TYPE_CHECKING:
    from tests.pty.serving import Serving

CLIPBOARD = '#!/bin/sh\necho "from $*"\n'


@pytest.fixture
def folder() -> PromptFolder:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(exist_ok=True, mode=0o700)
    found = PromptFolder(file)
    found.save("translate", "---\nsystem: Be brief.\n---\nTo {{language=English}}: {{text}}")
    found.save("plain", "Explain this. {{tone}}")
    return found


def sent(serving: Serving) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(serving.server.requests[-1].body)
    return body


def contents(serving: Serving) -> list[str]:
    return [message["content"] for message in sent(serving)["messages"]]


@answers(streamed("A."), streamed("B."), streamed("C."))
def test_the_fields_are_filled_and_flags_win(
    ask: Asker, serving: Serving, folder: PromptFolder
) -> None:
    assert ask("ask", "--prompt", "translate", "-v", "language=zh=中文 {{x}}", "{{language}}") == 0
    assert contents(serving) == ["Be brief.", "To zh=中文 {{x}}: {{language}}"]
    assert ask("ask", "--prompt", "translate", "--system", "", stdin="Guten Tag\n") == 0
    assert contents(serving) == ["To English: Guten Tag"]
    assert ask("ask", "--prompt", "plain", "-v", "tone=kind", "What?", stdin="More") == 0
    assert contents(serving) == ["Explain this. kind\n\nWhat?\n\nMore"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prompt", "translat"], "There is no prompt “translat”. Did you mean “translate”?"),
        (["--prompt", "translate"], "The prompt translate needs: text. Give it as an argument"),
        (["--prompt", "plain", "x"], "The prompt plain needs: tone. Add -v tone=…."),
        (
            ["--prompt", "plain", "-v", "tne=x"],
            "The prompt plain has no field “tne”. Did you mean “tone”?",
        ),
        (["--prompt", "plain", "-v", "tone"], "“tone” is not FIELD=TEXT."),
        (["-v", "tone=x", "hi"], "-v requires --prompt."),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(
    ask: Asker, serving: Serving, folder: PromptFolder, arguments: list[str], words: str
) -> None:
    assert ask("ask", *arguments) == 2
    assert words in ask.err
    assert serving.server.requests == []


def test_a_prompt_that_others_may_write_is_not_sent(
    ask: Asker, serving: Serving, folder: PromptFolder
) -> None:
    folder.path.chmod(0o777)
    assert ask("ask", "--prompt", "translate", "hi") == 2
    assert "is not used: its folder is writable by other users" in ask.err
    assert serving.server.requests == []


@answers(streamed('{"name": "A", "age": 1}'))
def test_a_prompt_may_name_a_schema_but_no_class(
    ask: Asker, serving: Serving, folder: PromptFolder
) -> None:
    folder.save("person", "---\nschema: name, age int\n---\n{{text}}")
    folder.save("evil", "---\nschema: antigravity:Class\n---\n{{text}}")
    assert ask("ask", "--prompt", "evil", "hi") == 2
    assert "The schema of a prompt cannot be a class." in ask.err
    assert ask("ask", "--prompt", "person", "--json", "Who?") == 0
    assert json.loads(ask.out) == {"name": "A", "age": 1}
    assert sent(serving)["response_format"]["type"] == "json_schema"


@answers(streamed("A."))
def test_clipboard_selection_and_date(
    ask: Asker,
    serving: Serving,
    folder: PromptFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tool = tmp_path / "wl-paste"
    tool.write_text(CLIPBOARD, encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "w")
    folder.save("all", "{{clipboard}} | {{selection}} | {{date}}")
    assert ask("ask", "--prompt", "all", "-v", "date=today") == 0
    assert contents(serving)[-1] == "from --no-newline | from --no-newline --primary | today"
