from __future__ import annotations

from dataclasses import replace

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.objects.workbench import Workbench


def toasts(chat: ChatHarness) -> list[str]:
    return [toast.message for toast in chat.app._notifications]


async def test_key_confirmations_go_to_the_status_line_and_cover_nothing() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("first")
        await chat.idle()
        state = chat.status
        await chat.pilot.press("up", "y")
        await chat.until(lambda: "Copied the message (3 bytes)" in chat.status)
        assert not toasts(chat)
        chat.chat.host.show_notice("only for a moment", timeout_s=0.05)
        await chat.until(lambda: "only for a moment" in chat.status)
        await chat.until(lambda: chat.status == state)


async def test_it_is_shown_whole_or_as_a_toast() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("first")
        await chat.idle()
        path = "/home/ada/" + "deep/" * 11 + "sky.md"
        chat.chat.host.show_notice(f"to {path}")
        await chat.seen(path)
        chat.chat.host.show_notice(f"Written to {path}")
        await chat.until(lambda: toasts(chat) == [f"Written to {path}"])


async def test_the_progress_of_a_turn_stays_visible() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([TextDelta("one"), hold, Finished("stop")])) as chat:
        await chat.submit("first")
        await chat.seen("answering")
        await chat.pilot.press("up", "y")
        await chat.until(lambda: toasts(chat))
        assert "answering" in chat.status
        hold.go.set()
        await chat.idle()


async def test_a_warning_is_a_toast() -> None:
    async with running_chat() as chat:
        chat.chat.host.show_notice("take care", "warning")
        chat.chat.host.show_notice("take care", "warning")
        await chat.until(lambda: toasts(chat) == ["take care"])


async def test_what_a_screen_over_the_chat_confirms_is_seen_there() -> None:
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(FakeProvider(answer('{"a": 1}')), given=given) as chat:
        await chat.submit("first")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.seen("tree · ")
        await chat.pilot.press("p")
        await chat.until(lambda: any("Copied the path" in words for words in toasts(chat)))
        await chat.seen("Copied the path")
