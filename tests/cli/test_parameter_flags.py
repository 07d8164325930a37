"""`--effort`, `--temperature` and the like: what is sent, saved and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.asker import Asker, answers, streamed
from tui_chat.cli.main import _VALUE_FLAGS, _common_flags, main
from tui_chat.cli.parameter_flags import given_parameters
from tui_chat.core.errors import ConfigError
from tui_chat.core.parameters.parameters import Parameters
from tui_chat.core.profile import Sampling

if TYPE_CHECKING:
    from tests.pty.serving import Serving


def given(*arguments: str) -> Parameters | None:
    return given_parameters(vars(_common_flags().parse_args(arguments)))


def test_flags_become_parameters() -> None:
    assert given() is None
    assert given("--effort", "Highest", "--temperature", "0.2", "--max-tokens", "9") == Parameters(
        effort="max", sampling=Sampling(temperature=0.2, max_tokens=9)
    )
    stops = given("--stop", "END", "--stop", "\n", "--seed", "-1", "--top-p", "0.5")
    assert stops == Parameters(sampling=Sampling(top_p=0.5, seed=-1, stop=("END", "\n")))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--effort", "hi"], "--effort: “hi” is not a value of effort. Use one of none, minimal"),
        (["--temperature", "9"], "--temperature: “9” is not a value"),
        (["--temperature", ""], "--temperature is empty or given too often."),
        (["--stop", "x"] * 17, "--stop is empty or given too often."),
    ],
)
def test_a_wrong_value_names_its_flag(arguments: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        given(*arguments)
    assert words in caught.value.message


def test_a_wrong_value_ends_the_program_before_anything_is_sent(
    ask: Asker, serving: Serving
) -> None:
    assert ask("ask", "--temperature", "hot", "hi") == 2
    assert "Use a number from 0 to 2." in ask.err
    assert serving.server.requests == []


def test_a_value_of_a_flag_is_not_the_question() -> None:
    flags: dict[str, Any] = vars(_common_flags().parse_args([]))
    assert flags == {}
    assert {"--effort", "--temperature", "--stop"} <= set(_VALUE_FLAGS)


def test_flags_of_the_same_name_of_other_commands_are_their_own(ask: Asker) -> None:
    assert ask("gateway", "codes", "add", "ada", "--max-tokens", "5") == 0
    assert ask("gateway", "codes", "add", "bob") == 0
    assert given_parameters({"max_tokens": None, "stop": None}) is None


@answers(streamed("A."), streamed("B."), streamed("C."), streamed("D."))
def test_a_conversation_keeps_the_flags_it_began_with(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "--save", "--effort", "low", "--system", "Be brief.", "one") == 0
    assert ask("ask", "-c", "two") == 0
    assert ask("ask", "-c", "--effort", "high", "--system", "Be long.", "three") == 0
    # The flags of one question do not stay.
    assert ask("ask", "-c", "four") == 0

    bodies = [json.loads(request.body) for request in serving.server.requests]
    asked = [it for it in bodies if it.get("messages")]
    assert [it["reasoning_effort"] for it in asked] == ["low", "low", "high", "low"]
    prompts = [it["messages"][0]["content"] for it in asked]
    assert prompts == ["Be brief.", "Be brief.", "Be long.", "Be brief."]


def test_flags_of_other_commands_are_not_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["plain"], ["capped", "--max-tokens", "100"]):
        assert main(["gateway", "codes", "add", *arguments]) == 0
        assert capsys.readouterr().out.strip()
