"""Pictures of the screen. Updated by `pytest --snapshot-update` on this file."""

from __future__ import annotations

import re
import sys
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tests.ui.tools.calls import call, question, text_result
from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.core.errors import ServerFailed
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta, Usage
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import CallChanged
from tui_chat.ui.chat import start_actions, status_line
from tui_chat.ui.common import message_labels as words_module
from tui_chat.ui.common import result_lines
from tui_chat.ui.messages import message_header, reasoning_block
from tui_chat.ui.tools.call_block import CallBlock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from syrupy.assertion import SnapshotAssertion

    from tests.chat_app import ChatHarness
    from tui_chat.core.conversation import Message

    Scene = Callable[[ChatHarness], Awaitable[None]]

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures were taken with Python 3.11"
)

ANSWER = """\
Air scatters **short wavelengths** far more than long ones:

- blue light is sent in *all* directions,
- red light goes `straight on`.

| colour | nm  |
|:-------|----:|
| blue   | 450 |

```python
def intensity(wavelength: float) -> float:
    return wavelength**-4
```
"""


class Picture(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "svg"


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Picture)


@pytest.fixture(autouse=True)
def _still_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn takes 1.5 s, no speed is known, and the version is fixed."""
    for module in (status_line, reasoning_block):
        monkeypatch.setattr(module, "monotonic", lambda: 1000.0)

    def duration_s(message: Message) -> float | None:
        return 1.5 if message.finished_at else None

    monkeypatch.setattr(result_lines, "when", lambda moment, now: "12:00")
    monkeypatch.setattr(message_header, "clock_time", lambda moment, now: "12:00")
    monkeypatch.setattr(start_actions, "__version__", "1.0")
    monkeypatch.setattr(words_module, "duration_s", duration_s)
    monkeypatch.setattr(status_line, "duration_s", duration_s)


def drawn(chat: ChatHarness) -> str:
    """Return the picture without ids of its own making and fonts from elsewhere."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", chat.app.export_screenshot())
    return re.sub(r"terminal-\d+", "terminal", svg)


def script() -> list[Step]:
    return [ReasoningDelta("Scattering."), TextDelta(ANSWER), Finished("stop", Usage(34, 180))]


JSON_SCHEMA = ResponseFormat(
    "json_schema",
    {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array"}}},
    "person",
)


async def empty_chat(chat: ChatHarness) -> None:
    """A new conversation."""


async def a_chat(chat: ChatHarness, last_words: str = "return wavelength**-4") -> None:
    await chat.submit("Why is the sky blue?")
    await chat.idle()
    # The text is drawn with the next frame.
    await chat.seen(last_words)


async def versions(chat: ChatHarness) -> None:
    await chat.submit("Say hello.")
    await chat.idle()
    await chat.pilot.press("up", "r")
    await chat.seen("2/2")
    await chat.idle()
    await chat.pilot.press("left_square_bracket")
    await chat.seen("1/2")


async def a_failed_message(chat: ChatHarness) -> None:
    await chat.submit("日落为什么是红色的？")
    await chat.idle()
    await chat.pilot.press("up")


async def an_object(chat: ChatHarness) -> None:
    await chat.submit("Who?")
    await chat.idle()
    await chat.seen("green tea")


async def the_workbench(chat: ChatHarness) -> None:
    await an_object(chat)
    await chat.pilot.press("up", "enter")
    await chat.seen("Esc")
    await chat.until(lambda: len(chat.app.screen_stack) > 1)


async def keys(chat: ChatHarness) -> None:
    await opened(chat, "f1")
    # Laid out once its width is known.
    await chat.seen("Asking")


async def parameters(chat: ChatHarness) -> None:
    assert chat.chat.session is not None
    await chat.chat.session.parameters.choose("system_prompt", "请简短回答 🍵。\nBe brief.")
    await chat.chat.session.parameters.choose("effort", "high")
    await opened(chat, "f3")
    await chat.pilot.press("down")
    await chat.seen("reasoning_effort")


async def profiles(chat: ChatHarness) -> None:
    await opened(chat, "ctrl+l")


async def formats(chat: ChatHarness) -> None:
    await opened(chat, "ctrl+g")


async def renaming(chat: ChatHarness) -> None:
    await a_chat(chat)
    await opened(chat, "f2")


async def conversations(chat: ChatHarness) -> None:
    await a_chat(chat)
    await opened(chat, "ctrl+o")


async def finding(chat: ChatHarness) -> None:
    await a_chat(chat, "red light")
    await chat.pilot.press("ctrl+f", *"light")
    await chat.seen("1/2")


async def attachments(chat: ChatHarness) -> None:
    """Files of a question, media and sources of an answer, and a chip."""
    parts = chat.chat.parts
    assert parts is not None
    photo = new_attachment(
        b"x" * 48_000,
        f"{'家庭照片 🍵 ' * 6}.png",
        "image/png",
        AttachmentKind.PICTURE,
        SentAs.IMAGE,
        width=800,
        height=600,
    )
    text = "The sky is blue.\n" * 300
    notes = new_attachment(
        text.encode(), "notes.txt", "text/plain", AttachmentKind.TEXT, SentAs.TEXT, text=text
    )
    parts.attachments.put([photo, notes])
    await chat.submit("Why?")
    await chat.idle()
    parts.attachments.put([replace(notes, warnings=("Page 3 contains no text.",))])
    await chat.seen("Page 3")


CALLS = [
    call(state=CallState.DONE, result=text_result("巴黎：21 °C，晴 🍵")),
    call("2", arguments='{"city": "北京", "days": 2, "units": ["°C"]}'),
]


async def tools(chat: ChatHarness) -> None:
    """A finished call, and one that waits and has the focus."""
    await chat.submit("How is the weather?")
    await chat.until(lambda: len(chat.messages.query(CallBlock)) == 2)
    session = chat.chat.session
    assert session is not None
    assert session.turn is not None
    waiting = chat.messages.waiting.decide(question(CALLS[1], session.turn.reply_id))
    chat.chat.run_worker(waiting, description="a waiting call")
    await chat.seen("The server claims")
    await chat.pilot.press("tab")
    await chat.seen("Enter run")


async def opened(chat: ChatHarness, key: str) -> None:
    await chat.pilot.press(key)
    await chat.until(lambda: len(chat.app.screen_stack) > 1)


SOURCES = Finished(
    "stop",
    Usage(34, 180),
    extras=(
        ReplyExtra(ExtraKind.SOURCE, "https://example.org/sky", "天空为什么是蓝色的"),
        ReplyExtra(ExtraKind.PICTURE, "https://example.net/sky.png"),
    ),
)
FAILURE = ServerFailed("127.0.0.1:9 failed.", "Try again.", server_message="out of memory")
OBJECT = '{"name": "李娜", "tags": ["green tea", "🍵"],}'
SCENES: dict[str, tuple[Scene, list[list[Step]], ResponseFormat | None]] = {
    "empty": (empty_chat, [], None),
    "chat": (a_chat, [script()], None),
    "versions": (versions, [answer("Hello."), answer("Hi!")], None),
    "failed": (a_failed_message, [[TextDelta("half an ans"), FAILURE]], None),
    "object": (an_object, [answer(OBJECT)], JSON_SCHEMA),
    "workbench": (the_workbench, [answer(OBJECT)], JSON_SCHEMA),
    "keys": (keys, [], None),
    "parameters": (parameters, [], None),
    "profiles": (profiles, [], None),
    "formats": (formats, [], None),
    "rename": (renaming, [script()], None),
    "conversations": (conversations, [script()], None),
    "attachments": (attachments, [[TextDelta("Scattering [1]."), SOURCES]], None),
    "tools": (
        tools,
        [[TextDelta("Let me look."), *(CallChanged(it) for it in CALLS), Hold()]],
        None,
    ),
    "find": (finding, [answer("blue light and red light")], None),
}


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("scene", SCENES)
async def test_the_screen_looks_as_before(
    scene: str, theme: str, picture: SnapshotAssertion
) -> None:
    play, steps, response_format = SCENES[scene]
    given = replace(launch(), response_format=response_format)
    # A `Hold` belongs to one event loop.
    async with running_chat(FakeProvider(*deepcopy(steps)), given=given) as chat:
        chat.app.theme = theme
        await play(chat)
        await chat.pilot.pause()
        assert drawn(chat) == picture
