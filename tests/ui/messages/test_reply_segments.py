"""A reply with tool calls: its texts are one for search, copying and landmarks."""

from __future__ import annotations

import re

from tests.ui.bare import STREAMING, BareApp, message
from tests.ui.tools.calls import call
from tui_chat.core.find_in_conversation import Hit, Marks
from tui_chat.core.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import CallChanged
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.messages.reasoning_block import ReasoningBlock

FIRST = "Sky one.\n\n```py\nprint(1)\n```\n"
SECOND = "\n\n# Sky two\n\n```py\nprint(2)\n```\n"
DONE = call(state=CallState.DONE, text_end=len(FIRST))


async def test_the_texts_around_a_call_are_one() -> None:
    reply = message(content=FIRST + SECOND, tool_calls=(DONE,))
    view = MessageView(reply)
    app = BareApp(view)
    async with app.run_test(size=(60, 30)) as pilot:
        assert [block.text.strip() for block in view.code_blocks] == ["print(1)", "print(2)"]
        assert re.search(r"1 \S+\s*\n.*print\(1\)", app.text)
        assert re.search(r"2 \S+\s*\n.*print\(2\)", app.text)
        (heading,) = view.landmarks("heading")
        assert "Sky two" in app.text.splitlines()[view.region.y + heading]

        pattern = re.compile("sky", re.IGNORECASE)
        view.mark(Marks(pattern, Hit(reply.id, in_reasoning=False, ordinal=1)))
        await pilot.pause()
        assert view.marked_row() == heading


async def test_a_view_grows_by_text_and_calls_in_their_order() -> None:
    reply = message(status=STREAMING)
    view = MessageView(reply)
    app = BareApp(view)
    async with app.run_test(size=(60, 30)) as pilot:
        running = call(state=CallState.RUNNING, text_end=len(FIRST))
        view.feed(TextDelta(FIRST))
        view.feed(CallChanged(running))
        view.feed(ReasoningDelta("hm"))
        view.feed(TextDelta("thought"))
        view.feed(TextWasReasoning())
        view.feed(TextDelta(SECOND))
        view.finish(message(id=reply.id, content=FIRST + SECOND, tool_calls=(DONE,)))
        await pilot.pause()
        texts = [app.text.index(it) for it in ("Sky one", "✓ weather", "Sky two")]
        assert texts == sorted(texts)
        assert app.text.count("weather · get_weather") == 1

        other = MessageView(message(id=reply.id, status=STREAMING))
        await app.mount(other)
        assert other.grow(message(id=reply.id, content=FIRST + SECOND, tool_calls=(DONE,)))
        await pilot.pause()
        shown = [type(it) for it in view.children if not isinstance(it, ReasoningBlock)]
        assert [type(it) for it in other.children] == shown
