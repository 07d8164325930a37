"""The tools of a real MCP server, from F7 to the answer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.tools_server import COMMAND
from tui_chat.config.paths import find_paths
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import RequestedCall
from tui_chat.ui.tools.call_block import CallBlock

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness
    from tests.fakes import Step

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]


class Clock:
    """The clock of the delay before an approval: each look at it is a second later."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def configure() -> None:
    file = find_paths(os.environ).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    command = json.dumps(list(COMMAND))
    text = f'[tools.tests]\ncommand = {command}\nfolder = "{ROOT}"\nsampling = "ask"\n'
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)


def calling(name: str, **arguments: Any) -> list[Step]:
    requested = RequestedCall(f"tests__{name}", json.dumps(arguments), "call_1")
    return [TextDelta("Let me look."), Finished("tool_calls", calls=(requested,))]


async def switch_on(chat: ChatHarness) -> None:
    """Start the server in F7 and switch all its tools on."""
    await chat.pilot.press("f7")
    await chat.seen("Enter starts it and lists its tools.")
    await chat.pilot.press("enter")
    await chat.seen("get_weather")
    assert "[x]" not in chat.screen_text
    await chat.pilot.press("space")
    await chat.seen("[x] get_weather")
    await chat.pilot.press("escape")
    await chat.seen("18 tools")


async def approve(chat: ChatHarness) -> None:
    await chat.seen("waits for you")
    await chat.pilot.press("tab", "enter")


def states(chat: ChatHarness) -> list[CallState]:
    return [block.call.state for block in chat.messages.query(CallBlock)]


async def test_a_call_is_chosen_approved_run_and_answered() -> None:
    configure()
    provider = FakeProvider(
        calling("get_weather", city="北京", days=3),
        answer("It is sunny."),
        calling("book"),
        answer("Booked."),
    )
    async with running_chat(provider, given=launch()) as chat:
        chat.messages.waiting.clock = Clock()
        await switch_on(chat)

        await chat.submit("How is the weather?")
        await approve(chat)
        await chat.idle()
        await chat.seen("→ 北京: 21 °C, sunny, for 3 days")
        assert states(chat) == [CallState.DONE]
        sent = provider.requests[1].messages
        assert "21 °C" in sent[-1].content

        # The server asks the user; the form opens only when the user answers.
        chat.prompt.focus()
        await chat.submit("Book a table.")
        await approve(chat)
        await chat.seen("The server asks you: Who comes, and when?")
        await chat.seen("tests asks you: Tab")
        await chat.pilot.press("enter")
        await chat.seen("tests asks you")
        await chat.pilot.press(*"Ann", "ctrl+s")
        await chat.idle()
        await chat.seen('booked: {"name":"Ann"')

        # What a running server offers beside tools.
        chat.prompt.focus()
        await chat.pilot.press(*"/tests-gr")
        await chat.seen("/tests-greet")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.prompt.draft == "Greet me.")
        chat.prompt.set_draft("")
        await chat.pilot.press(*"@notes")
        await chat.seen("tests: notes://today")
        await chat.pilot.press("enter")
        await chat.seen("today.txt")


async def test_trouble_of_a_server_is_shown_beside_the_call() -> None:
    configure()
    provider = FakeProvider(
        calling("crash", message="no more milk"), answer("It crashed."), calling("wait")
    )
    async with running_chat(provider, given=launch()) as chat:
        chat.messages.waiting.clock = Clock()
        await switch_on(chat)
        await chat.submit("Crash.")
        await approve(chat)
        await chat.idle()
        await chat.seen("✗ tests · crash")
        assert states(chat) == [CallState.FAILED]

        chat.prompt.focus()
        await chat.submit("Wait.")
        await approve(chat)
        await chat.seen("tool · wait")
        await chat.pilot.press("escape")
        await chat.idle()
        assert states(chat)[-1] is CallState.CANCELLED
        reply = (await chat.stored())[-1]
        assert [call.state for call in reply.tool_calls] == [CallState.CANCELLED]
