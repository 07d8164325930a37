from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import PROFILE
from tui_chat.core.conversation import Role
from tui_chat.core.errors import Repeating
from tui_chat.core.profile import Origin
from tui_chat.core.reply_checks import ReplyChecks
from tui_chat.core.request import CompletionRequest, RequestMessage, ResponseFormat
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta

BUILT_IN = replace(PROFILE, origin=Origin.BUILT_IN)


def request(question: str) -> CompletionRequest:
    return CompletionRequest(
        model="m",
        messages=(
            RequestMessage(Role.USER, "Warum?"),
            RequestMessage(Role.ASSISTANT, "Because."),
            RequestMessage(Role.USER, question),
        ),
    )


@pytest.mark.parametrize("kind", [TextDelta, ReasoningDelta])
def test_every_model_is_stopped_in_a_loop(kind: type[TextDelta] | type[ReasoningDelta]) -> None:
    checks = ReplyChecks(request("Why?"), PROFILE)

    def loop() -> None:
        for _ in range(1_000):
            checks.check(kind("And then I do not know. "))

    with pytest.raises(Repeating, match="again and again"):
        loop()


def test_text_and_reasoning_are_separate() -> None:
    checks = ReplyChecks(request("Why?"), PROFILE)
    for _ in range(40):
        checks.check(TextDelta("And then I do not know. "))
        checks.check(ReasoningDelta("And then I do not know. "))


def test_an_object_may_have_many_equal_entries() -> None:
    asked = replace(request("All of them"), response_format=ResponseFormat("json_object"))
    checks = ReplyChecks(asked, PROFILE)
    for _ in range(200):
        checks.check(TextDelta('{"name": null, "size": 0}, '))


@pytest.mark.parametrize(
    ("question", "profile", "has_note"),
    [
        ("Quelle est la capitale de la France ?", BUILT_IN, True),
        ("法国的首都是哪里？", BUILT_IN, True),
        ("What is the capital of France?", BUILT_IN, False),
        ("Quelle est la capitale de la France ?", PROFILE, False),
        ("法国的首都是哪里？", replace(PROFILE, is_embedded=True), False),
    ],
)
def test_only_the_built_in_model_notes_another_language(
    question: str, profile: object, has_note: bool
) -> None:
    assert isinstance(profile, type(PROFILE))
    noted = ReplyChecks(request(question), profile).with_note(Finished("stop"))
    assert isinstance(noted, Finished)
    assert ("knows only English" in noted.note) is has_note
    assert ("Ctrl+L" in noted.note) is has_note
