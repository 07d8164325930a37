from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import PROFILE, FakeProvider, FakeProviders
from tests.ui.bare import STREAMING, BareApp, message
from tui_chat.core.conversation import MessageStatus, Role, new_conversation
from tui_chat.core.errors import StorageError
from tui_chat.core.stream_events import Phase, TextDelta, Waiting
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore
from tui_chat.ui.chat.status_line import StatusLine
from tui_chat.ui.chat.turns.turn_view import ScreenTurnView
from tui_chat.ui.messages.message_list import MessageList

if TYPE_CHECKING:
    from collections.abc import Callable


async def display(
    messages: MessageList,
    status: StatusLine,
    on_started: Callable[[], None] = lambda: None,
    told: list[StorageError] | None = None,
) -> ScreenTurnView:
    view = ScreenTurnView(
        messages,
        status,
        on_started=on_started,
        on_storage_error=told.append if told is not None else lambda error: None,
    )
    store, providers = await AsyncStore.open(None), FakeProviders(FakeProvider())
    await view.show(ChatSession(new_conversation(), PROFILE, store=store, providers=providers))
    await store.aclose()
    return view


async def test_a_turn_from_its_question_to_its_end() -> None:
    messages, status, started = MessageList(), StatusLine(), list[int]()
    app = BareApp(messages, status)
    async with app.run_test() as pilot:
        shown = await display(messages, status, lambda: started.append(1))
        question = message(Role.USER, "Why?")
        reply = message(status=STREAMING, parent_id=question.id)
        status.begin()
        await shown.turn_started(question, reply)
        shown.turn_event(Waiting(Phase.FIRST_TOKEN))
        assert status.left == "waiting for first token"
        shown.turn_event(TextDelta("Because."))
        await shown.turn_finished(message(id=reply.id, content="Because."))
        await pilot.pause()

        assert started == [1]
        assert "Why?" in app.text
        assert "Because." in app.text
        assert status.left.startswith("done")


async def test_another_answer_takes_the_place_of_the_last() -> None:
    messages, status = MessageList(), StatusLine()
    app = BareApp(messages, status)
    async with app.run_test() as pilot:
        shown = await display(messages, status)
        await messages.virtual_list.show(
            [message(Role.USER, "Why?"), message(content="the old answer")]
        )
        reply = message(status=STREAMING)
        await shown.turn_started(None, reply)
        shown.turn_event(TextDelta("the new answer"))
        await shown.turn_finished(message(id=reply.id, content="the new answer"))
        await pilot.pause()
        assert "the new answer" in app.text
        assert "the old answer" not in app.text


async def test_it_does_nothing_once_its_widgets_are_gone() -> None:
    messages, status, told = MessageList(), StatusLine(), list[StorageError]()
    async with BareApp(messages, status).run_test():
        shown = await display(messages, status, told=told)
        await messages.remove()
        reply = message(status=STREAMING)
        await shown.turn_started(message(Role.USER, "Why?"), reply)
        shown.turn_event(TextDelta("x"))
        await shown.turn_finished(message(id=reply.id, status=MessageStatus.CANCELLED))
        error = StorageError("The disk is full.")
        shown.not_saved(error)
        assert told == [error]
