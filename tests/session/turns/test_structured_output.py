from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, RecordingView, Step, answer
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.errors import BadReply, CutOff, RateLimited, RequestRejected
from tui_chat.core.profile import Continuing
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, FormatDowngraded, TextDelta
from tui_chat.session.session import ChatSession
from tui_chat.session.turns.format_fallback import FormatFallback
from tui_chat.session.turns.structured_output import StructuredOutput, evaluation_of
from tui_chat.storage.async_store import AsyncStore
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
WANTED = ResponseFormat("json_schema", SCHEMA, "thing")


def refusal(words: str, status: int = 400) -> list[Step]:
    return [RequestRejected("No.", status=status, server_message=words)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


class Asked:
    """A session that asks for objects, and what came of it."""

    def __init__(self, store: AsyncStore, provider: FakeProvider, file: Path | None = None) -> None:
        self.turns = StructuredOutput(steps=FormatFallback(file), fix_rounds=2)
        self.provider = provider
        self.view = RecordingView()
        self.session = ChatSession(
            new_conversation(), PROFILE, store=store, providers=FakeProviders(provider),
            structured=self.turns,
        )  # fmt: skip

    @property
    def forms(self) -> list[str]:
        return [request.response_format.type for request in self.provider.requests]


@pytest.fixture
async def make(store: AsyncStore, tmp_path: Path) -> AsyncIterator[Any]:
    made: list[Asked] = []

    def make(*scripts: list[Step]) -> Asked:
        made.append(Asked(store, FakeProvider(*scripts), tmp_path / "state" / "formats.json"))
        return made[-1]

    yield make
    for asked in made:
        await asked.turns.aclose()


async def test_the_verdict_is_saved_with_the_reply(make: Any, store: AsyncStore) -> None:
    asked = make(answer("{'a': 1}"))
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)

    evaluation = evaluation_of(reply)
    assert evaluation is not None
    assert (evaluation.verdict, evaluation.value, evaluation.sent_as) == (
        Verdict.REPAIRED, {"a": 1}, "json_schema",
    )  # fmt: skip
    assert asked.view.finished == [reply]
    (saved,) = [it for it in await store.messages(reply.conversation_id) if it.id == reply.id]
    assert evaluation_of(saved) == evaluation


async def test_the_format_of_a_conversation_applies_to_its_questions(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    session = asked.session
    settings = {"response_format": WANTED.as_mapping()}
    session.conversation = replace(session.conversation, settings=settings)
    await session.run_turn("x", asked.view)
    await session.run_turn("y", asked.view, wanted=ResponseFormat())
    assert asked.forms == ["json_schema", "text"]


async def test_a_regenerated_reply_keeps_the_format_of_its_question(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    await asked.session.run_turn("x", asked.view, wanted=WANTED)
    await asked.session.regenerate(asked.view)
    await asked.session.run_turn("y", asked.view)
    assert asked.forms == ["json_schema", "json_schema", "text"]


async def test_switching_back_to_text_applies_to_earlier_questions(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    session = asked.session
    await session.parameters.choose_format(WANTED)
    await session.run_turn("x", asked.view)
    await session.parameters.choose_format(ResponseFormat())
    await session.regenerate(asked.view)
    # But a form that was for that question alone is its own.
    await session.run_turn("y", asked.view, wanted=WANTED)
    await session.regenerate(asked.view)
    await session.regenerate(asked.view)
    assert asked.forms == ["json_schema", "text", "json_schema", "json_schema", "json_schema"]


async def test_an_edited_question_keeps_its_format(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    session = asked.session
    await session.run_turn("x", asked.view, wanted=WANTED)
    await session.ask_edited(session.path[0], "x?", asked.view)
    await session.ask_edited(session.path[0], "x!", asked.view)
    assert asked.forms == ["json_schema"] * 3


async def test_a_text_is_not_validated(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    reply = await asked.session.run_turn("x", asked.view)
    assert reply.structured is None


async def test_an_accepted_weaker_format_is_cached(make: Any) -> None:
    asked = make(
        refusal("response_format is not supported"),
        refusal("json_object?", 422),
        answer("{'a': 1}"),
    )
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert asked.forms == ["json_schema", "json_object", "text"]
    assert [it.fallback for it in asked.view.events if isinstance(it, FormatDowngraded)] == [
        "json_object", "prompt",
    ]  # fmt: skip
    evaluation = evaluation_of(reply)
    assert evaluation is not None
    assert evaluation.sent_as == "prompt"
    for request in asked.provider.requests[1:]:
        assert '"required": ["a"]' in request.messages[0].content

    again = make(answer('{"a": 1}'))
    await again.session.run_turn("x", again.view, wanted=WANTED)
    assert again.forms == ["text"]


@pytest.mark.parametrize(
    "script",
    [
        [RequestRejected("No.", status=400, server_message="no such model", cause="model")],
        refusal("What?", 403),
        [RateLimited("Wait.", status=429, server_message="json_schema")],
        [TextDelta("{"), RequestRejected("No.", status=400, server_message="json_schema")],
    ],
)
async def test_other_failures_do_not_change_the_format(make: Any, script: list[Step]) -> None:
    asked = make(script)
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert reply.status is MessageStatus.FAILED
    assert asked.forms == ["json_schema"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("<html>Bad Request</html>", 400),
        ("参数错误", 400),
        ("Unrecognized request argument", 422),
        ("", 501),
    ],
)
async def test_an_unexplained_rejection_may_be_about_the_format(
    make: Any, words: str, status: int
) -> None:
    asked = make(refusal(words, status), refusal(words, status), answer('{"a": 1}'))
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert reply.status is MessageStatus.COMPLETE
    assert asked.forms == ["json_schema", "json_object", "text"]


async def test_if_every_format_is_rejected_the_first_error_is_reported(make: Any) -> None:
    asked = make(refusal("参数错误"), refusal("second"), refusal("third"))
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert reply.status is MessageStatus.FAILED
    assert "参数错误" in (reply.error_text or "")
    assert asked.forms == ["json_schema", "json_object", "text"]

    again = make(answer('{"a": 1}'))
    await again.session.run_turn("x", again.view, wanted=WANTED)
    assert again.forms == ["json_schema"]


async def test_the_profile_can_force_a_format(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    asked.session.profile = replace(PROFILE, response_format="prompt")
    await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert asked.forms == ["text"]


async def test_a_limit_and_an_interruption_both_cut_off(make: Any) -> None:
    asked = make(
        [TextDelta('{"a": 3}'), Finished("length")], [TextDelta('{"a": 3'), CutOff("It broke.")]
    )
    for status in (MessageStatus.COMPLETE, MessageStatus.INTERRUPTED):
        reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
        assert reply.status is status
        evaluation = evaluation_of(reply)
        assert evaluation is not None
        assert (evaluation.verdict, evaluation.value) == (Verdict.CUT_OFF, {"a": 3})


async def test_a_fix_names_the_errors_and_makes_another_answer(make: Any) -> None:
    asked = make(answer('{"a": "x"}'), answer('{"a": 1}'))
    session = asked.session
    bad = await session.run_turn("x", asked.view, wanted=WANTED)
    fixed = await session.fix(bad, asked.view)

    assert fixed is not None
    assert fixed.parent_id == bad.parent_id
    evaluation = evaluation_of(fixed)
    assert evaluation is not None
    assert evaluation.verdict is Verdict.VALID
    roles_and_texts = [(it.role.value, it.content) for it in asked.provider.requests[1].messages]
    assert roles_and_texts[:2] == [("user", "x"), ("assistant", '{"a": "x"}')]
    assert "at a: Expected an integer, got a string: “x”." in roles_and_texts[2][1]
    assert [it.content for it in session.path] == ["x", '{"a": 1}']
    assert await session.fix(fixed, asked.view) is None


async def test_fixing_ends_after_its_rounds(make: Any) -> None:
    asked = make(answer('{"a": "x"}'))
    bad = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert await asked.session.fix(bad, asked.view) is not None
    assert len(asked.provider.requests) == 1 + 2


async def test_a_stopped_answer_is_cut_off(make: Any) -> None:
    import asyncio

    hold = Hold()
    asked = make([TextDelta('{"a": 1'), hold])
    turn = asyncio.get_running_loop().create_task(
        asked.session.run_turn("x", asked.view, wanted=WANTED)
    )
    await hold.reached.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    (reply,) = asked.view.finished
    assert reply.status is MessageStatus.CANCELLED
    evaluation = evaluation_of(reply)
    assert evaluation is not None
    assert evaluation.verdict is Verdict.CUT_OFF


def test_a_broken_format_cache_is_rebuilt(tmp_path: Path) -> None:
    file = tmp_path / "formats.json"
    file.write_text("{broken", encoding="utf-8")
    steps = FormatFallback(file)
    assert steps.initial(PROFILE, "m", WANTED) == "json_schema"
    steps.remember(PROFILE, "m", "json_object")
    assert FormatFallback(file).initial(PROFILE, "m", WANTED) == "json_object"
    other = replace(PROFILE, base_url="http://127.0.0.1:8/v1")
    assert FormatFallback(file).initial(other, "m", WANTED) == "json_schema"
    assert file.stat().st_mode & 0o777 == 0o600


async def test_an_edited_object_is_validated_again(make: Any) -> None:
    asked = make(answer('{"a": 1}'))
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)

    wrong = await asked.session.branches.add_edited_answer(reply, '{"a": "b"}')
    right = await asked.session.branches.add_edited_answer(wrong, '{"a": 2}')

    verdicts = [getattr(evaluation_of(it), "verdict", None) for it in (wrong, right)]
    assert verdicts == [Verdict.INVALID, Verdict.VALID]


async def test_an_edited_text_is_not_validated(make: Any) -> None:
    asked = make(answer("Hello."))
    reply = await asked.session.run_turn("x", asked.view)

    edited = await asked.session.branches.add_edited_answer(reply, '{"a": 1}')

    assert edited.structured is None


@pytest.mark.parametrize("way", [Continuing.QUESTION, Continuing.PREFILL])
async def test_a_cut_off_object_is_continued_and_validated_as_a_whole(
    make: Any, way: Continuing
) -> None:
    asked = make([TextDelta('{"a": 1'), Finished("length")], [TextDelta("23}"), Finished("stop")])
    asked.session.profile = replace(PROFILE, continue_with=way)
    cut = await asked.session.run_turn("x", asked.view, wanted=WANTED)

    whole = await asked.session.continue_reply(cut, asked.view)

    assert whole is not None
    assert whole.content == '{"a": 123}'
    evaluation = evaluation_of(whole)
    assert evaluation is not None
    assert (evaluation.verdict, evaluation.value) == (Verdict.VALID, {"a": 123})
    request = asked.provider.requests[-1]
    # An enforced format would make it start again.
    assert request.response_format.type == "text"
    assert "JSON Schema" in request.messages[0].content
    roles = [message.role.value for message in request.messages]
    is_question = way is Continuing.QUESTION
    assert roles == ["system", "user", "assistant"] + ["user"] * is_question
    assert asked.session.branches.version_number(whole) == (2, 2)


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("content_filter", Verdict.REFUSED),
        ("refusal", Verdict.REFUSED),
        ("length", Verdict.CUT_OFF),
        ("stop", None),
    ],
)
async def test_a_failed_reply_with_a_reason_has_a_verdict(
    make: Any, reason: str, verdict: Verdict | None
) -> None:
    asked = make([BadReply("Nothing came.", finish_reason=reason)])
    reply = await asked.session.run_turn("x", asked.view, wanted=WANTED)
    assert reply.status is MessageStatus.FAILED
    assert reply.error_text == "Nothing came."
    evaluation = evaluation_of(reply)
    assert (evaluation.verdict if evaluation is not None else None) is verdict


async def test_a_long_stopped_object_is_kept_completely(make: Any) -> None:
    rows = [{"n": number, "text": "x" * 40} for number in range(1_500)]
    hold = Hold()
    asked = make([TextDelta(json.dumps({"rows": rows})[:-2]), hold])
    turn = asked.session.run_turn("x", asked.view, wanted=WANTED)
    task = asyncio.get_running_loop().create_task(turn)
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    evaluation = evaluation_of(asked.session.path[-1])
    assert evaluation is not None
    assert evaluation.verdict is Verdict.CUT_OFF
    assert evaluation.value == {"rows": rows}
