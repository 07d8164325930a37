"""Turns with tool calls: decided by the user, run by a server, saved as they happen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, Step, answer
from tests.session.turns.tools_table import HOST, Answers, Opener, Table, calling
from tui_chat.config.tool_servers import ToolServer, ToolSettings
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.errors import RequestRejected, ServerFailed
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished
from tui_chat.core.tools.call import Approver, CallState
from tui_chat.core.tools.events import CallChanged, CallProgress, RequestedCall, ServerTrouble
from tui_chat.core.tools.questions import (
    CallQuestion,
    Decision,
    Refuse,
    Run,
)
from tui_chat.core.tools.tool import ToolKey
from tui_chat.session.session import ChatSession
from tui_chat.session.tools.tool_service import ToolService
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opener]:
    store = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    services: list[ToolService] = []

    def table(*scripts: list[Step], mode: str = "ok", rounds: int = 8, **fields: Any) -> Table:
        server = ToolServer("s", (mode,), **fields)
        service = ToolService(ToolSettings({"s": server}, rounds), {})
        service.servers.host = HOST
        user = Answers()
        service.questions = user
        services.append(service)
        provider = FakeProvider(*scripts)
        session = ChatSession(
            replace(new_conversation(), settings={"tools": {"on": ["s"]}}),
            PROFILE,
            store=store,
            providers=FakeProviders(provider),
            tools=service,
        )
        return Table(session, service, provider, user, store)

    yield table
    for service in services:
        await service.aclose()
    await store.aclose()


ECHO = ("echo", '{"text": "hi"}')


async def test_a_call_is_approved_run_and_answered(opened: Opener) -> None:
    table = opened(calling(ECHO, text="I look."), answer("It says hi."))
    reply = await table.ask()
    assert reply.status is MessageStatus.COMPLETE
    assert reply.content == "I look.\n\nIt says hi."
    (call,) = reply.tool_calls
    assert (call.state, call.result_text, call.text_end) == (CallState.DONE, "hi", 7)
    assert (call.server, call.name, call.sent_name) == ("s", "echo", "s__echo")
    assert call.approved_by is Approver.USER
    assert call.finished_at is not None
    assert table.states() == ["proposed", "approved", "running", "done"]
    assert table.sent() == ["user Go.", "assistant I look.", "tool hi"]
    assert list(table.provider.requests[0].tools) == [
        f"s__{it}" for it in ("echo", "fail", "crash", "wait", "picture", "ask", "rename")
    ]
    assert await table.saved() == reply.tool_calls
    # The size of the context is that of the last request.
    assert (reply.input_tokens, reply.output_tokens) == (5, 7)


async def test_later_turns_send_the_rounds_again(opened: Opener) -> None:
    table = opened(calling(ECHO), answer("Hi."), answer("Later."))
    await table.ask()
    await table.ask("And?")
    assert table.sent() == ["user Go.", "assistant", "tool hi", "assistant Hi.", "user And?"]


async def test_nothing_runs_without_a_decision_and_esc_stops_it(opened: Opener) -> None:
    table = opened(calling(ECHO, ECHO), answer("never"))
    table.user.hold = Hold()
    turn = asyncio.get_running_loop().create_task(table.ask())
    await table.user.hold.reached.wait()
    assert [call.state for call in await table.saved()] == [CallState.PROPOSED] * 2
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    assert [call.state for call in await table.saved()] == [CallState.CANCELLED] * 2
    assert len(table.provider.requests) == 1
    assert table.session.turn is None


async def test_without_anybody_to_ask_a_call_is_refused(opened: Opener) -> None:
    table = opened(calling(ECHO), answer("All right."))
    table.service.questions = None
    (call,) = (await table.ask()).tool_calls
    assert (call.state, call.note) == (CallState.REFUSED, "Nobody could be asked.")


async def test_a_refusal_and_its_reason_are_sent(opened: Opener) -> None:
    table = opened(calling(ECHO), answer("All right."))
    table.user.decision = lambda question: Refuse("Not today.")
    (call,) = (await table.ask()).tool_calls
    assert (call.state, call.note) == (CallState.REFUSED, "Not today.")
    assert table.sent()[-1] == "tool The user refused this call. It was not run. Not today."


async def test_always_is_bound_to_the_description(opened: Opener) -> None:
    table = opened(
        calling(ECHO), answer("1"), calling(ECHO), answer("2"), calling(("rename", "{}")),
        answer("3"), calling(ECHO), answer("4"),
    )  # fmt: skip
    table.user.decision = lambda question: Run(is_always=True)
    for _ in range(3):
        await table.ask()
    reply = await table.ask()
    assert [question.call.name for question in table.user.asked] == ["echo", "rename", "echo"]
    assert [question.has_changed for question in table.user.asked] == [False, False, True]
    assert table.user.asked[-1].tool.description == "Another tool."
    assert reply.tool_calls[0].state is CallState.DONE
    saved = await table.store.conversation(table.session.conversation.id)
    assert saved is not None
    assert len(saved.settings["tools"]["always"]) == 2
    await table.session.tools.forget(ToolKey("s", "echo"))
    assert table.session.tools.always == [ToolKey("s", "rename")]


async def test_a_description_that_changes_while_the_user_decides_is_asked_about_again(
    opened: Opener,
) -> None:
    table = opened(calling(("rename", "{}"), ECHO), answer("ok"))
    waits = asyncio.Event()

    async def decide(question: CallQuestion) -> Decision:
        table.user.asked.append(question)
        if question.call.name == "echo" and not question.has_changed:
            await waits.wait()
        return Run()

    show = table.view.turn_event

    def on_event(event: Any) -> None:
        show(event)
        if isinstance(event, CallChanged) and event.call.state is CallState.DONE:
            waits.set()

    table.user.decide = decide  # type: ignore[method-assign]
    table.view.turn_event = on_event  # type: ignore[method-assign]
    reply = await table.ask()
    assert [it.has_changed for it in table.user.asked if it.call.name == "echo"] == [False, True]
    assert [call.state for call in reply.tool_calls] == [CallState.DONE] * 2


async def test_edited_arguments_are_run_and_sent(opened: Opener) -> None:
    table = opened(calling(ECHO), answer("ok"))
    table.user.decision = lambda question: Run(arguments='{"text": "ho"}')
    (call,) = (await table.ask()).tool_calls
    assert (call.arguments, call.edited_from) == ('{"text": "ho"}', '{"text": "hi"}')
    assert call.result_text == "ho"
    assert table.provider.requests[-1].messages[-2].calls[0].arguments == '{"text": "ho"}'


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (("rm", "{}"), "There is no tool of this name."),
        (("echo", '{"text": '), "The arguments are not a JSON object."),
        (("echo", "[]"), "The arguments are not a JSON object."),
    ],
)
async def test_an_impossible_call_is_never_asked_about(
    opened: Opener, call: tuple[str, str], note: str
) -> None:
    table = opened(calling(call), answer("Sorry."))
    (made,) = (await table.ask()).tool_calls
    assert (made.state, made.note) == (CallState.FAILED, note)
    assert table.user.asked == []
    assert table.sent()[-1] == f"tool The call failed. {note}"


async def test_an_error_of_a_tool_goes_to_the_model(opened: Opener) -> None:
    table = opened(calling(("fail", "{}")), answer("It failed."))
    (call,) = (await table.ask()).tool_calls
    assert (call.state, call.is_error) == (CallState.FAILED, True)
    assert table.sent()[-1] == "tool The tool reports an error:\nno"


async def test_a_server_that_dies_during_a_call_is_started_again_but_the_call_is_not(
    opened: Opener,
) -> None:
    table = opened(calling(("crash", "{}")), calling(ECHO), answer("ok"))
    reply = await table.ask()
    assert [call.state for call in reply.tool_calls] == [CallState.FAILED, CallState.DONE]
    assert reply.tool_calls[0].note == "The server “s” ended. Its last line: it ␛[31mhurts"
    troubles = [it.message for it in table.view.events if isinstance(it, ServerTrouble)]
    assert troubles == ["The server “s” is started again."]


async def test_a_server_that_dies_twice_is_not_started_again(opened: Opener) -> None:
    crash = calling(("crash", "{}"))
    table = opened(crash, crash, crash, answer("ok"))
    reply = await table.ask()
    notes = [call.note for call in reply.tool_calls]
    assert notes[-1].startswith("The server “s” ended again.")
    assert (await table.service.servers.start("s")).status.name == "READY"


async def test_a_server_that_does_not_start_is_reported_and_the_chat_goes_on(
    opened: Opener,
) -> None:
    table = opened(answer("Hello."), mode="refuse")
    reply = await table.ask()
    assert (reply.content, table.provider.requests[0].tools) == ("Hello.", {})
    (trouble,) = [it for it in table.view.events if isinstance(it, ServerTrouble)]
    assert "cannot be started: not found" in trouble.message


async def test_a_running_call_reports_progress_and_is_cancelled(opened: Opener) -> None:
    table = opened(calling(("wait", "{}")), answer("never"))
    reached = asyncio.Event()
    show = table.view.turn_event

    def on_event(event: Any) -> None:
        show(event)
        if isinstance(event, CallProgress):
            reached.set()

    table.view.turn_event = on_event  # type: ignore[method-assign]
    turn = asyncio.get_running_loop().create_task(table.ask())
    await reached.wait()
    assert (await table.saved())[0].state is CallState.RUNNING
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    progress = [it for it in table.view.events if isinstance(it, CallProgress)]
    assert [(it.progress, it.total, it.message) for it in progress] == [(1.0, 2.0, "half")]
    assert (await table.saved())[0].state is CallState.CANCELLED


async def test_rounds_are_limited_and_the_last_request_forbids_calls(opened: Opener) -> None:
    table = opened(calling(ECHO), rounds=2)
    reply = await table.ask()
    assert len(reply.tool_calls) == 2
    assert [it.tool_choice for it in table.provider.requests] == ["auto", "auto", "none"]
    assert (reply.finish_reason, reply.status) == ("tool_rounds", MessageStatus.COMPLETE)
    assert "limit of rounds" in (reply.error_text or "")


async def test_a_failure_after_a_call_keeps_it_and_regenerating_asks_again(opened: Opener) -> None:
    table = opened(calling(ECHO), [ServerFailed("HTTP 500")], calling(ECHO), answer("Hi."))
    failed = await table.ask()
    assert (failed.status, failed.tool_calls[0].state) == (MessageStatus.FAILED, CallState.DONE)
    reply = await table.session.regenerate(table.view)
    assert reply is not None
    assert reply.content == "Hi."
    assert len(table.user.asked) == 2


async def test_a_stopped_reply_is_continued_with_its_results(opened: Opener) -> None:
    table = opened(calling(ECHO), [ServerFailed("HTTP 500")], answer("Hi."))
    failed = await table.ask()
    reply = await table.session.continue_reply(failed, table.view)
    assert reply is not None
    assert (reply.content, len(reply.tool_calls)) == ("Hi.", 1)
    assert table.sent() == ["user Go.", "assistant", "tool hi"]
    assert len(table.user.asked) == 1


async def test_ids_are_made_unique(opened: Opener) -> None:
    same = tuple(RequestedCall("s__echo", "{}", "a") for _ in range(2))
    table = opened([Finished("stop", calls=(*same, RequestedCall("s__echo", "{}")))], answer("ok"))
    ids = [call.call_id for call in (await table.ask()).tool_calls]
    assert ids[0] == "a"
    assert len(set(ids)) == 3
    assert all(len(it) == 9 for it in ids[1:])


async def test_the_question_of_a_server_is_shown_beside_its_call(opened: Opener) -> None:
    table = opened(calling(("ask", "{}")), answer("ok"))
    reply = await table.ask()
    assert reply.tool_calls[0].result_text == '{"action": "accept", "values": {"name": "Ada"}}'
    (question,) = table.user.elicited
    assert (question.message, question.call_id) == ("Who?", reply.tool_calls[0].call_id)
    assert question.message_id == reply.id


async def test_tools_are_chosen_for_a_conversation(opened: Opener) -> None:
    table = opened(answer("ok"))
    tools = table.session.tools
    await table.service.servers.start("s")
    assert (tools.count, tools.servers) == (7, ("s",))
    await tools.switch(ToolKey("s", "crash"), False)
    assert (tools.count, tools.is_on("s")) == (6, False)
    await tools.switch("s", False)
    assert (tools.count, tools.chosen) == (0, ())
    await tools.switch(ToolKey("s", "echo"), True)
    assert tools.chosen == (ToolKey("s", "echo"),)
    await table.ask()
    assert list(table.provider.requests[-1].tools) == ["s__echo"]
    saved = await table.store.conversation(table.session.conversation.id)
    assert saved is not None
    assert saved.settings["tools"] == {"on": ["s/echo"]}


async def test_tools_of_the_profile_are_on_and_the_choice_is_for_one_question(
    opened: Opener,
) -> None:
    table = opened(answer("ok"), allow=("echo",))
    table.session.profile = replace(PROFILE, tools=("s",))
    table.session.conversation = replace(table.session.conversation, settings={})
    table.session.tools.next_choice = ToolKey("s", "echo")
    await table.ask()
    await table.ask()
    assert list(table.provider.requests[0].tools) == ["s__echo"]
    assert [it.tool_choice for it in table.provider.requests] == ["s__echo", "auto"]


async def test_approvals_of_a_fork_or_an_imported_conversation_do_not_count(opened: Opener) -> None:
    table = opened(calling(ECHO), answer("ok"))
    table.user.decision = lambda question: Run(is_always=True)
    await table.ask()
    session = table.session
    fork, _path = session.branches.fork(session.path[-1])
    assert (fork.settings["tools"], len(session.tools.always)) == ({"on": ["s"]}, 1)
    session.conversation = replace(session.conversation, is_imported=True)
    assert session.tools.always == []


async def test_an_endpoint_that_refuses_tools_together_with_an_object_gets_a_weaker_format(
    opened: Opener,
) -> None:
    refusal = RequestRejected(
        "HTTP 400", server_message="json mode cannot be combined with tool calling", status=400
    )
    table = opened([refusal], calling(ECHO), answer('{"said": "hi"}'))
    reply = await table.session.run_turn("Go.", table.view, wanted=ResponseFormat("json_object"))
    sent = table.provider.requests
    assert [it.response_format.type for it in sent] == ["json_object", "text", "text"]
    assert all(it.tools for it in sent)
    assert reply.tool_calls[0].state is CallState.DONE
    assert (reply.structured or {})["verdict"] == "valid"
    await table.session.structured.aclose()
