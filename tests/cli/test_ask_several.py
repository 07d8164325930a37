from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import answers, rows, streamed
from tests.providers.wire import error_answer

if TYPE_CHECKING:
    from tests.cli.asker import Asker
    from tests.pty.serving import Serving

SEVERAL = ("ask", "Why?", "--model", "a", "--model", "b")


def test_each_model_answers_under_its_name(ask: Asker, serving: Serving) -> None:
    assert ask(*SEVERAL) == 0
    assert sorted(str(request.json["model"]) for request in serving.requests) == ["a", "b"]
    headings = [line.split(" (")[0] for line in ask.out.splitlines() if line.startswith("#")]
    assert headings == ["# a", "# b"]
    assert ask.out.count("Hello.") == 2
    assert [role for role, _, _ in rows()] == ["user", "assistant", "assistant"]


@answers(streamed("Because."), error_answer(400, "no such model"))
def test_json_has_all_answers_and_a_failure_stops_no_other(ask: Asker, serving: Serving) -> None:
    assert ask(*SEVERAL, "--json") == 1
    found = json.loads(ask.out)["answers"]
    assert [it["requested_model"] for it in found] == ["a", "b"]
    assert sorted(it["status"] for it in found) == ["complete", "failed"]
    assert all(it["seconds"] >= 0 and "usage" in it and "profile" in it for it in found)


def test_several_profiles_answer(ask: Asker, serving: Serving) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        "".join(
            f'[profiles.{name}]\nbase_url = "{serving.base_url}"\nmodel = "{name}-model"\n'
            for name in ("one", "two")
        ),
        encoding="utf-8",
    )
    assert ask("ask", "Why?", "--profile", "one", "--profile", "two", "--json") == 0
    found = [(it["profile"], it["requested_model"]) for it in json.loads(ask.out)["answers"]]
    assert found == [("one", "one-model"), ("two", "two-model")]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--model", "c", "--model", "d", "--model", "e"), "At most 4"),
        (("--profile", "p", "--profile", "q"), "not both"),
        (("--count", "2", "--format", "json"), "single question"),
    ],
)
def test_wrong_flags_are_reported(
    ask: Asker, serving: Serving, flags: tuple[str, ...], words: str
) -> None:
    assert ask(*SEVERAL, *flags) == 2
    assert words in ask.err
    assert not serving.requests
