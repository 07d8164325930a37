from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.chat.asking import told
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.conversations.picker import ConversationPicker

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession


def session_of(chat: ChatHarness) -> ChatSession:
    assert chat.chat.session is not None
    return chat.chat.session


async def begin_another(chat: ChatHarness) -> None:
    left = session_of(chat)
    await chat.pilot.press("ctrl+n")
    await chat.until(lambda: session_of(chat) is not left)
    await chat.until(lambda: not chat.messages.virtual_list.messages)


async def go_to(chat: ChatHarness, session: ChatSession) -> None:
    parts = chat.chat.parts
    assert parts is not None
    await parts.conversations.open_at(session.conversation.id, None)
    await chat.until(lambda: session_of(chat) is session)


async def test_an_answer_goes_on_while_another_conversation_is_open() -> None:
    first, rest = Hold(), Hold()
    provider = FakeProvider(
        [TextDelta("be"), first, TextDelta("gin"), rest, TextDelta("end"), Finished("stop")],
        answer("birds"),
    )
    async with running_chat(provider, size=(140, 30)) as chat:
        await chat.submit("about foxes")
        await chat.seen("be")
        foxes = session_of(chat)
        await begin_another(chat)
        assert "connecting" not in chat.status
        first.go.set()
        await rest.reached.wait()
        await chat.submit("about birds")
        await chat.seen("birds")
        assert "begin" not in chat.screen_text
        await go_to(chat, foxes)
        await chat.seen("begin")
        assert "answering" in chat.status
        rest.go.set()
        await chat.seen("beginend")
        await chat.idle()
        assert (await chat.rows())[-1] == ("assistant", "beginend", "complete")


async def test_a_finished_one_is_unread_until_it_is_opened_and_is_closed() -> None:
    hold = Hold()
    provider = FakeProvider([TextDelta("be"), hold, TextDelta("gin"), Finished("stop")])
    async with running_chat(provider, size=(140, 30)) as chat:
        await chat.submit("about foxes")
        await chat.seen("be")
        foxes = session_of(chat)
        await begin_another(chat)
        hold.go.set()
        await told(chat, "“about foxes” is answered")
        await chat.until(lambda: chat.services.sessions.get(foxes.conversation.id) is None)
        await chat.until(lambda: "● about foxes" in chat.screen_text)
        parts = chat.chat.parts
        assert parts is not None
        await parts.conversations.open_at(foxes.conversation.id, None)
        await chat.seen("begin")
        await chat.until(lambda: "● about foxes" not in chat.screen_text)


async def test_queued_questions_are_asked_in_the_background() -> None:
    hold = Hold()
    provider = FakeProvider([hold, *answer("one")], answer("two"), [ServerFailed("No.")])
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await hold.reached.wait()
        for question in ("second", "third", "fourth"):
            await chat.submit(question)
        asked = session_of(chat).conversation
        await begin_another(chat)
        assert not chat.chat.query_one("#queue").display
        hold.go.set()
        await told(chat, "what you asked next is held")
        await chat.until(lambda: chat.services.sessions.get(asked.id) is None)
        stored = await chat.services.store.messages(asked.id)
        assert [it.content for it in stored][::2] == ["first", "second", "third"]
        parts = chat.chat.parts
        assert parts is not None
        await parts.conversations.open_at(asked.id, None)
        await chat.seen("not asked yet: fourth")


async def test_a_draft_typed_beside_a_queued_question_survives_the_visit_elsewhere() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([hold, *answer("one")], [Hold()])) as chat:
        await chat.submit("first")
        await hold.reached.wait()
        await chat.submit("second")
        await chat.pilot.press(*"draft")
        asked = session_of(chat)
        await begin_another(chat)
        hold.go.set()
        await chat.until(lambda: len(asked.path) == 4)
        await go_to(chat, asked)
        assert chat.prompt.text == "draft"
        await chat.seen("second")
        await chat.pilot.press("escape")
        await chat.idle()


async def test_a_deleted_conversation_stops_its_answer() -> None:
    async with running_chat(FakeProvider([TextDelta("be"), Hold()])) as chat:
        await chat.submit("about foxes")
        await chat.seen("be")
        foxes = session_of(chat)
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))
        await chat.seen("about foxes")
        await chat.pilot.press("ctrl+d")
        await chat.until(lambda: foxes.conversation.deleted_at)
        await chat.pilot.press("escape")
        await chat.until(lambda: not foxes.is_busy and session_of(chat) is not foxes)


async def test_leaving_a_temporary_conversation_stops_its_answer() -> None:
    async with running_chat(FakeProvider([TextDelta("be"), Hold()])) as chat:
        await chat.pilot.press("ctrl+n", "ctrl+n")
        await chat.until(lambda: session_of(chat).is_temporary)
        await chat.submit("a secret")
        await chat.seen("be")
        left = session_of(chat)
        await chat.pilot.press("ctrl+n")
        await told(chat, "lost when you leave it")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: session_of(chat) is not left)
        assert not left.is_busy
