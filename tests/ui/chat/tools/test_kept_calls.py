"""Tool calls stay with their answer: in versions, forks, other conversations and after a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.tools.calls import call, question, text_result
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.stream_events import TextDelta
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import CallChanged
from tui_chat.core.tools.questions import Run
from tui_chat.ui.tools.call_block import CallBlock

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness
    from tests.fakes import Step

DONE = call(state=CallState.DONE, result=text_result("21 °C"))


def states(chat: ChatHarness) -> list[str]:
    return [block.call.state.value for block in chat.messages.query(CallBlock)]


async def test_a_call_is_shown_in_its_version_in_a_fork_and_after_a_restart() -> None:
    first: list[Step] = [TextDelta("Let me look."), CallChanged(DONE), *answer("\n\nSunny.")]
    async with running_chat(FakeProvider(first, answer("It is sunny."))) as chat:
        await chat.submit("How is the weather?")
        await chat.idle()
        await chat.seen("→ 21 °C")
        await chat.pilot.press("up", "r")
        await chat.seen("2/2")
        await chat.idle()
        assert states(chat) == []
        await chat.pilot.press("left_square_bracket")
        await chat.seen("→ 21 °C")
        await chat.pilot.press("f")
        await chat.seen("Forked")
        await chat.until(lambda: states(chat) == ["done"])

    async with running_chat() as chat:
        await chat.seen("→ 21 °C")
        assert states(chat) == ["done"]
        assert "Sunny." in chat.screen_text


async def test_a_call_that_ran_when_the_program_died_is_interrupted() -> None:
    async with running_chat() as chat:
        await chat.submit("How is the weather?")
        await chat.idle()
        reply = (await chat.stored())[-1]
        # As a killed program leaves it.
        running = replace(call(state=CallState.RUNNING), text_end=0, started_at=now())
        left = replace(reply, status=MessageStatus.STREAMING, content="", tool_calls=(running,))
        await chat.services.store.save_reply(left)

    async with running_chat() as chat:
        await chat.until(lambda: states(chat) == ["interrupted"])
        await chat.seen("interrupted")
        assert "Enter run" not in chat.screen_text


async def test_a_conversation_in_the_background_asks_too() -> None:
    script: list[Step] = [TextDelta("Let me look."), CallChanged(call()), Hold()]
    async with running_chat(FakeProvider(script)) as chat:
        await chat.submit("How is the weather?")
        await chat.until(lambda: states(chat) == ["proposed"])
        session = chat.chat.session
        assert session is not None
        assert session.turn is not None
        waiting = chat.messages.waiting
        asked = replace(
            question(call(), session.turn.reply_id), conversation_id=session.conversation.id
        )
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session is not session)
        decisions: list[object] = []

        async def decide() -> None:
            decisions.append(await waiting.decide(asked))

        chat.chat.run_worker(decide(), description="a waiting call")
        await chat.seen("a tool call waits for you")
        assert states(chat) == []

        parts = chat.chat.parts
        assert parts is not None
        waiting.clock = iter(range(10**6)).__next__
        await parts.conversations.open_at(session.conversation.id, None)
        await chat.seen("The server claims")
        await chat.seen("get_weather waits for you")
        await chat.pilot.press("tab", "enter")
        await chat.until(lambda: decisions)
        assert decisions == [Run()]
