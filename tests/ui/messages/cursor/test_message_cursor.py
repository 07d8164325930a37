"""The cursor in a message of a running chat, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.chat.asking import ask, told
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui import app
from tui_chat.ui.common.copying import Copying
from tui_chat.ui.messages.cursor.message_cursor import MessageCursor

if TYPE_CHECKING:
    import pytest

    from tests.chat_app import ChatHarness

REPLY = """The sky, 天空, is *blue*.

- it is [far](https://far.example/sky) away
- and wide

```
code 🌈
```
"""


async def begin(chat: ChatHarness) -> MessageCursor:
    await chat.pilot.press("V")
    await chat.until(lambda: isinstance(chat.app.focused, MessageCursor))
    await chat.pilot.pause()
    cursor = chat.app.focused
    assert isinstance(cursor, MessageCursor)
    return cursor


async def test_a_part_is_selected_copied_and_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    opened: list[str] = []
    monkeypatch.setattr(Copying, "copy", lambda copying, event: copied.append(event.text))

    async def open_link(target: str, *_args: object, **_functions: object) -> None:
        opened.append(target)

    monkeypatch.setattr(app, "open_link", open_link)
    async with running_chat(FakeProvider(answer(REPLY)), size=(60, 24)) as chat:
        await ask(chat, "Why is\nthe sky blue?")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        cursor = await begin(chat)
        # By words and characters; the wide ones are whole.
        await chat.pilot.press("w", "v", "w", "w", "l")
        await chat.until(lambda: cursor.left == "7 characters selected")
        await chat.pilot.press("y")
        await chat.until(lambda: copied == ["sky, 天空"])
        assert cursor.left == "cursor"

        await chat.pilot.press("tab")
        await chat.until(lambda: cursor.left == "https://far.example/sky")
        await chat.pilot.press("enter")
        await chat.until(lambda: opened == ["https://far.example/sky"])

        # Letters that mean something on a message do nothing here.
        await chat.pilot.press("d", "r")
        assert len(chat.messages.virtual_list.messages) == 2
        await chat.pilot.press("G", "y")
        await chat.until(lambda: copied[-1] == "code 🌈")
        await chat.pilot.press("g", "v", "$", ">")
        await chat.until(lambda: chat.app.focused is chat.prompt)
        assert chat.prompt.text == "> The sky, 天空, is blue.\n\n"
        assert not chat.chat.selections

        # A question: from its end back to its first line, and a second quote.
        await chat.pilot.press("ctrl+end")
        chat.prompt.set_draft("")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.pilot.press("k")
        await chat.until(lambda: chat.messages.focused_index == 0)
        await begin(chat)
        await chat.pilot.press("G", "v", "g", ">")
        await chat.until(lambda: chat.prompt.text == "> Why is\n> the sky blue?\n\n")


async def test_the_cursor_ends_with_the_focus_and_esc_stops_the_answer() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([TextDelta("begin"), hold])) as chat:
        await chat.submit("first")
        await hold.reached.wait()
        await chat.seen("begin")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await begin(chat)
        await chat.pilot.press("q")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.until(lambda: not chat.chat.query(MessageCursor))
        assert not chat.chat.selections
        await begin(chat)
        await chat.pilot.press("escape")
        await chat.idle()
        await told(chat, "stopped by you")
        assert not chat.chat.query(MessageCursor)
