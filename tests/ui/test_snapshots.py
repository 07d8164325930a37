"""Pictures of the screen. Taken anew by `pytest --snapshot-update` on this file."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Step, answer
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta, Usage
from tui_chat.ui import labels as words_module
from tui_chat.ui.chat import status_line
from tui_chat.ui.messages import reasoning_block

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.chat_app import ChatHarness
    from tui_chat.core.conversation import Message

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
    """Every turn takes 1.5 s, and no speed can be told."""
    for module in (status_line, reasoning_block):
        monkeypatch.setattr(module, "monotonic", lambda: 1000.0)

    def duration_s(message: Message) -> float | None:
        return 1.5 if message.finished_at else None

    monkeypatch.setattr(words_module, "duration_s", duration_s)
    monkeypatch.setattr(status_line, "duration_s", duration_s)


def drawn(chat: ChatHarness) -> str:
    """Return the picture without ids of its own making and fonts from elsewhere."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", chat.app.export_screenshot())
    return re.sub(r"terminal-\d+", "terminal", svg)


def script() -> list[Step]:
    return [ReasoningDelta("Scattering."), TextDelta(ANSWER), Finished("stop", Usage(34, 180))]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_a_chat(theme: str, picture: SnapshotAssertion) -> None:
    async with running_chat(FakeProvider(script())) as chat:
        chat.app.theme = theme
        await chat.submit("Why is the sky blue?")
        await chat.idle()
        await chat.pilot.pause()
        assert drawn(chat) == picture


async def test_a_failed_message(picture: SnapshotAssertion) -> None:
    failure = ServerFailed("127.0.0.1:9 failed.", "Try again.", server_message="out of memory")
    provider = FakeProvider(answer("Hello."), [TextDelta("half an ans"), failure])
    async with running_chat(provider) as chat:
        for question in ("Say hello.", "日落为什么是红色的？"):
            await chat.submit(question)
            await chat.idle()
        await chat.pilot.press("up")
        await chat.pilot.pause()
        assert drawn(chat) == picture


async def test_the_keys(picture: SnapshotAssertion) -> None:
    async with running_chat() as chat:
        await chat.pilot.press("f1")
        await chat.seen("Everywhere")
        await chat.pilot.pause()
        assert drawn(chat) == picture
