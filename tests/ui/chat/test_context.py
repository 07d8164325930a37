from __future__ import annotations

from dataclasses import replace

from tests.chat_app import running_chat
from tests.fakes import PROFILE, FakeProvider, Hold, Step, answer
from tests.ui.chat.asking import ask, told
from tui_chat.core.errors import RequestRejected
from tui_chat.core.stream_events import Finished, ModelInfo, TextDelta, Usage
from tui_chat.ui.chat.status_line import StatusLine
from tui_chat.ui.messages.boundary_note import BoundaryNote


class Offering(FakeProvider):
    """Reports the context size of its model."""

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("other", 5), ModelInfo("test-model", 100)]


async def test_the_meter_learns_the_limit_and_warns() -> None:
    script: list[Step] = [TextDelta("a"), Finished("stop", Usage(80, 5))]
    async with running_chat(Offering(script)) as chat:
        await chat.submit("hello")
        await chat.seen("context 85% full: 85 of 100")
        assert chat.chat.query_one(StatusLine).has_class("nearly-full")
        await told(chat, "The context of this model is 85% full")


async def test_the_limit_of_the_profile_takes_precedence() -> None:
    profile = replace(PROFILE, context_tokens=8192)
    async with running_chat(Offering(answer("x"))) as chat:
        assert chat.chat.session is not None
        chat.chat.session.profile = profile
        await ask(chat, "hello")
        await chat.until(lambda: chat.status.endswith("12 of 8k"))


async def test_leaving_turns_out_is_shown_and_undone() -> None:
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await ask(chat, "q0", "q1", "q2", "q3")
        chat.chat.action_command("leave_out")
        await chat.seen("above: 2 turns left out of the request")
        await chat.until(lambda: "~" in chat.status)
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert "through" in saved.settings["left_out"]
        chat.chat.action_command("send_all")
        await chat.until(lambda: "above: 2 turns" not in chat.screen_text)
        await told(chat, "is sent again")
        chat.chat.action_command("send_all")
        await told(chat, "is sent already")


async def test_the_boundary_note_survives_a_restart() -> None:
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await ask(chat, "q0", "q1", "q2")
        chat.chat.action_command("leave_out")
        await chat.seen("above: 1 turn left out")
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await chat.seen("above: 1 turn left out")


async def test_a_summary_is_shown_at_the_boundary() -> None:
    scripts = [answer("a"), answer("b"), answer("c"), answer("They met\x1b[2J [b]x[/b].")]
    async with running_chat(FakeProvider(*scripts)) as chat:
        await ask(chat, "q0", "q1", "q2")
        chat.chat.action_command("sum_up")
        await chat.seen("They met␛[2J [b]x[/b].")
        await told(chat, "in place of the oldest turn.")
        notes = list(chat.messages.query(BoundaryNote))
        assert len([note for note in notes if note.display]) == 1
        assert len(chat.messages.virtual_list.messages) == 6


async def test_escape_stops_a_summary_and_a_failure_is_reported() -> None:
    hold = Hold()
    refused: list[Step] = [RequestRejected("No [b]way[/b].")]
    scripts: list[list[Step]] = [answer("a"), answer("b"), [hold], refused]
    async with running_chat(FakeProvider(*scripts)) as chat:
        await ask(chat, "q0", "q1")
        chat.chat.action_command("sum_up")
        await chat.until(hold.reached.is_set)
        await chat.pilot.press("escape")
        await chat.idle()
        chat.chat.action_command("sum_up")
        await told(chat, "There is no summary: No [b]way[/b].")
        assert chat.chat.session is not None
        assert chat.chat.session.context.boundary is None


async def test_one_key_turns_web_search_on_and_the_title_shows_it() -> None:
    provider = FakeProvider(answer("Yes."))
    async with running_chat(provider, size=(100, 24)) as chat:
        await chat.pilot.press("alt+w")
        await chat.seen("Set `web` in its profile.")
        session = chat.chat.session
        assert session is not None
        session.profile = replace(session.profile, web={"enable_search": True})
        await chat.pilot.press("alt+w")
        await chat.seen("Web search is off.")
        await chat.pilot.press("alt+w")
        await chat.seen("Web search is on.")
        await chat.until(lambda: "web search" in chat.screen_text.splitlines()[0])
        await chat.submit("Why?")
        await chat.idle()
        assert provider.requests[0].extra_body == {"enable_search": True}
