"""A walk through the main screens in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fakes import FakeProvider, Step, answer
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta, Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.chat_app import ChatHarness

    Visit = Callable[[str], Awaitable[None]]

ANSWER: Final = """\
短波长的光**散射**得更多：

- 蓝光射向四面八方
- 红光直行

```
一 = 二
```
"""


def provider() -> FakeProvider:
    """Return a provider that answers twice, then fails."""
    thought: list[Step] = [ReasoningDelta("散射。"), TextDelta(ANSWER)]
    return FakeProvider(
        [*thought, Finished("stop", Usage(34, 180))],
        answer("另一个回复。"),
        [TextDelta("半个回"), ServerFailed("", "")],
    )


async def walk(chat: ChatHarness, visit: Visit) -> None:
    """Open each screen and call `visit` with its name while it is shown."""

    async def opened(key: str, name: str, *more: str) -> None:
        await chat.pilot.press(key)
        await chat.until(lambda: len(chat.app.screen_stack) > 1)
        await chat.pilot.pause()
        await visit(name)
        for step, pressed in enumerate(more, 1):
            await chat.pilot.press(pressed)
            await chat.pilot.pause()
            await visit(f"{name}-{step}")
        while len(chat.app.screen_stack) > 1:
            await chat.pilot.press("escape")
            await chat.pilot.pause()

    await visit("start")
    await chat.submit("天空为什么是蓝色的？")
    await chat.idle()
    await visit("chat")
    await chat.pilot.press("up")
    await chat.pilot.pause()
    await visit("message")
    await chat.pilot.press("r")
    await chat.seen("2/2")
    await chat.idle()
    await visit("versions")
    await chat.pilot.press("d")
    await chat.pilot.pause()
    await visit("deleted")
    await chat.pilot.press("u", "escape")
    await chat.pilot.press("ctrl+f", *"射")
    await chat.pilot.pause()
    await visit("find")
    await chat.pilot.press("escape")
    await chat.submit("日落为什么是红色的？")
    await chat.idle()
    await visit("failed")
    await opened("f1", "keys")
    await opened("ctrl+p", "palette", "down")
    await opened("ctrl+l", "profiles")
    await opened("ctrl+g", "formats")
    await opened("f3", "parameters", "down")
    await opened("f8", "settings", *["down"] * 9)
    await opened("ctrl+s", "export")
    await opened("f2", "rename")
    await opened("ctrl+o", "conversations")
    await opened("f12", "wire")
    await chat.pilot.press("/")
    await chat.pilot.pause()
    await visit("slash")
    await chat.pilot.press("escape", "backspace")
    await chat.pilot.press("ctrl+n")
    await chat.pilot.pause()
    await visit("new")
    await chat.pilot.press("ctrl+n")
    await chat.pilot.pause()
    await visit("temporary")
