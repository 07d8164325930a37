"""What stands around a conversation: clearing, copying, temporary ones, the context, the export."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import PROFILE, FakeProvider, Hold, Step, answer
from tui_chat.core.errors import RequestRejected
from tui_chat.core.stream import Finished, ModelOffer, TextDelta, Usage
from tui_chat.ui.screens.export_screen import ExportScreen
from tui_chat.ui.widgets.boundary_note import BoundaryNote
from tui_chat.ui.widgets.status_line import StatusLine


class Offering(FakeProvider):
    """Says how much its model holds."""

    async def models(self) -> list[ModelOffer]:
        return [ModelOffer("other", 5), ModelOffer("test-model", 100)]


def has_grown(chat: ChatHarness, count: int) -> bool:
    return len(chat.messages.messages) == count


async def ask(chat: ChatHarness, *questions: str) -> None:
    for question in questions:
        count = len(chat.messages.messages)
        await chat.submit(question)
        await chat.until(partial(has_grown, chat, count + 2))
        await chat.idle()


async def told(chat: ChatHarness, words: str) -> None:
    """Wait for a toast; on the screen its words may be cut by line ends."""
    await chat.until(lambda: any(words in toast.message for toast in chat.app._notifications))


# Clearing the prompt


async def test_escape_stops_first_and_clears_later() -> None:
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        chat.prompt.set_draft("next")
        await chat.pilot.press("escape")
        await chat.idle()
        assert chat.prompt.text == "next"
        await chat.pilot.press("escape")
        await chat.seen("Esc again clears the prompt")
        await chat.pilot.press("escape")
        await chat.until(lambda: not chat.prompt.text)
        await chat.pilot.press("ctrl+z")
        assert chat.prompt.text == "next"


async def test_the_words_about_clearing_go_when_they_are_not_true_any_more() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("a", "escape")
        await chat.seen("Esc again")
        await chat.pilot.press("b")
        await chat.until(lambda: "Esc again" not in chat.status)
        await chat.pilot.press("escape", "escape")
        await chat.seen("cleared; Ctrl+Z brings it back")
        await chat.pilot.press("ctrl+z")
        await chat.until(lambda: "cleared" not in chat.status)
        assert chat.prompt.text == "ab"


async def test_escape_leaves_an_edit_and_clears_nothing() -> None:
    async with running_chat() as chat:
        await ask(chat, "first")
        chat.prompt.set_draft("a draft")
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("k", "e")
        await chat.until(lambda: chat.prompt.text == "first")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.prompt.text == "a draft")


# Long pastes


async def test_a_long_paste_is_a_chip_and_a_folded_question() -> None:
    log = "".join(f"line {number}\n" for number in range(3_000))
    provider = FakeProvider(answer("Seen."))
    async with running_chat(provider) as chat:
        await chat.pilot.press("q")
        chat.prompt.post_message(Paste(log))
        await chat.seen("⎘ pasted text 1 · 29 KB · 3,000 lines")
        await chat.until(lambda: "~" in chat.status)
        await chat.pilot.press("enter")
        await chat.seen("Seen.")
        await chat.idle()
        assert provider.requests[0].messages[-1].content == f"q\n\n[pasted text 1]\n```\n{log}\n```"
        assert "⎘" not in chat.screen_text
        await chat.seen("more lines · Enter shows it")

        # Editing it brings the chip back.
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("k")
        await chat.pilot.press("e")
        await chat.until(lambda: chat.prompt.pastes == (log,))
        assert chat.prompt.text == "q"


# Copying


async def test_a_selection_is_copied_as_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with running_chat(FakeProvider(answer("half an answer\x1b[2J"))) as chat:
        await ask(chat, "hello")
        written: list[str] = []
        driver = chat.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        view = chat.messages.last_view
        assert view is not None
        await chat.pilot.mouse_down(view, offset=(3, 1))
        await chat.pilot.hover(view, offset=(6, 1))
        await chat.pilot.mouse_up(view, offset=(6, 1))
        await chat.until(lambda: chat.chat.selections)
        await chat.pilot.press("ctrl+c")
        await told(chat, "Copied the selection")
        await told(chat, "(OSC 52)")
        assert f"\x1b]52;c;{b64encode(b'alf ').decode()}\x07" in written

        chat.app.clear_selection()
        chat.chat.action_command("copy_all")
        await told(chat, "Copied the conversation")
        assert chat.app.clipboard.startswith("## You\n\nhello\n\n## test-model")
        assert "␛[2J" in chat.app.clipboard


async def test_an_answer_that_still_arrives_is_copied_as_far_as_it_is() -> None:
    async with running_chat(FakeProvider([TextDelta("half "), TextDelta("way"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half way")
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("y")
        await chat.until(lambda: chat.app.clipboard == "half way")
        await chat.pilot.press("escape")
        await chat.idle()


async def test_nothing_of_a_temporary_conversation_is_copied_into_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+n", "ctrl+n")
        await chat.seen("(temporary, not saved)")
        await ask(chat, "hello")
        chat.chat.action_command("copy_all")
        await told(chat, "Not copied")
        assert not list(chat.services.launch.paths.state_dir.glob("copied*"))


# Temporary conversations


async def test_a_temporary_conversation_is_marked_and_kept_only_on_demand() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+n", "ctrl+n")
        await chat.seen("(temporary, not saved)")
        await chat.seen("temporary: nothing is saved")
        await ask(chat, "hello")
        await chat.pilot.press("d")
        assert await chat.services.store.summaries() == []

        chat.chat.action_command("keep")
        await chat.until(lambda: "(temporary" not in chat.screen_text)
        assert [row[1] for row in await chat.rows()] == ["hello", "Hello."]
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert (saved.draft, saved.title) == ("d", "hello")
        await ask(chat, "more")
        assert len(await chat.rows()) == 4
        chat.chat.action_command("keep")
        await told(chat, "saved already")


async def test_one_that_is_empty_is_left_without_a_word() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: chat.app.screen is not chat.chat)
        await chat.pilot.press("escape")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: "(temporary" not in chat.screen_text)


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+o", "ctrl+q"])
async def test_leaving_one_is_asked_about(key: str) -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        session = chat.chat.session
        await ask(chat, "hello")
        await chat.pilot.press(key)
        await told(chat, "gone when you leave it")
        assert chat.chat.session is session
        assert chat.app.screen is chat.chat
        # Something new was said: it is asked about again.
        await ask(chat, "more")
        await chat.pilot.press(key)
        await chat.pilot.pause()
        assert chat.chat.session is session
        assert chat.app.screen is chat.chat
        await chat.pilot.press(key)
        await chat.until(
            lambda: (
                chat.chat.session is not session
                or chat.app.screen is not chat.chat
                or not chat.app.is_running
            )
        )


async def test_a_temporary_conversation_stands_alone() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("temporary")
        await chat.seen("(temporary, not saved)")
        await ask(chat, "hello")
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("f")
        await told(chat, "Keep this conversation first")


async def test_a_whole_run_that_is_temporary_keeps_nothing() -> None:
    async with running_chat(given=launch(is_temporary=True)) as chat:
        await ask(chat, "hello")
        chat.chat.action_command("keep")
        await told(chat, "it saves nothing")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        assert not chat.services.launch.paths.database.exists()


# The context


async def test_the_meter_learns_the_limit_and_warns() -> None:
    script: list[Step] = [TextDelta("a"), Finished("stop", Usage(80, 5))]
    async with running_chat(Offering(script)) as chat:
        await chat.submit("hello")
        await chat.seen("context 85% full: 85 of 100")
        assert chat.chat.query_one(StatusLine).has_class("nearly-full")
        await told(chat, "The context of this model is 85% full")


async def test_the_limit_of_the_profile_comes_first() -> None:
    profile = replace(PROFILE, context_tokens=8192)
    async with running_chat(Offering(answer("x"))) as chat:
        assert chat.chat.session is not None
        chat.chat.session.profile = profile
        await ask(chat, "hello")
        await chat.until(lambda: chat.status.endswith("12 of 8k"))


async def test_leaving_out_is_seen_between_the_messages_and_taken_back() -> None:
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await ask(chat, "q0", "q1", "q2", "q3")
        chat.chat.action_command("leave_out")
        await chat.seen("above: 2 turns left out of what is sent")
        await chat.until(lambda: "~" in chat.status)
        saved = await chat.services.store.latest_conversation()
        assert saved is not None
        assert "through" in saved.settings["left_out"]
        chat.chat.action_command("send_all")
        await chat.until(lambda: "above: 2 turns" not in chat.screen_text)
        chat.chat.action_command("send_all")
        await told(chat, "Everything is sent already")


async def test_the_line_is_there_after_a_restart() -> None:
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await ask(chat, "q0", "q1", "q2")
        chat.chat.action_command("leave_out")
        await chat.seen("above: 1 turn left out")
    async with running_chat(FakeProvider(answer("a"))) as chat:
        await chat.seen("above: 1 turn left out")


async def test_a_summary_is_shown_where_it_is_sent() -> None:
    scripts = [answer("a"), answer("b"), answer("c"), answer("They met\x1b[2J [b]x[/b].")]
    async with running_chat(FakeProvider(*scripts)) as chat:
        await ask(chat, "q0", "q1", "q2")
        chat.chat.action_command("sum_up")
        await chat.seen("They met␛[2J [b]x[/b].")
        await told(chat, "in place of the oldest turn.")
        notes = list(chat.messages.query(BoundaryNote))
        assert len([note for note in notes if note.display]) == 1
        assert len(chat.messages.messages) == 6


async def test_a_summary_is_stopped_by_escape_and_a_failure_is_told() -> None:
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


# The export


async def exporting(chat: ChatHarness) -> ExportScreen:
    await chat.pilot.press("ctrl+s")
    await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
    await chat.until(lambda: chat.app.screen.query_one(Input).value)
    screen = chat.app.screen
    assert isinstance(screen, ExportScreen)
    return screen


async def test_a_conversation_is_written_and_never_over_a_file() -> None:
    async with running_chat(FakeProvider(answer("Because."))) as chat:
        await chat.pilot.press("ctrl+s")
        await told(chat, "nothing to export")
        await ask(chat, "Why is the sky 蓝?")

        screen = await exporting(chat)
        proposed = Path(screen.query_one(Input).value)
        assert proposed.parent == Path.home()
        await chat.pilot.press("enter")
        await told(chat, "Written to")
        assert "Because." in proposed.read_text(encoding="utf-8")
        assert proposed.stat().st_mode & 0o777 == 0o600

        # Every form, with a name of its own and its own suffix.
        screen = await exporting(chat)
        suffixes = []
        for _ in screen._exporter.forms:
            suffixes.append(Path(screen.query_one(Input).value).suffix)
            await chat.pilot.press("down")
        assert suffixes == [".md", ".html", ".json", ".json", ".jsonl", ".jsonl"]
        await chat.pilot.press("down", "down", "enter")
        await chat.until(lambda: list(Path.home().glob("*.json")))
        await chat.until(lambda: chat.app.screen is chat.chat)

        screen = await exporting(chat)
        second = Path(screen.query_one(Input).value)
        assert second != proposed
        screen.query_one(Input).value = str(proposed)
        await chat.pilot.press("enter")
        await chat.seen("is there already")
        await chat.pilot.press("enter")
        await chat.until(second.exists)
        assert chat.app.focused is not None


async def test_a_folder_that_is_not_there_is_told() -> None:
    async with running_chat() as chat:
        await ask(chat, "hello")
        screen = await exporting(chat)
        screen.query_one(Input).value = "~/nowhere/x.md"
        await chat.pilot.press("enter")
        await chat.seen("nowhere")
        await chat.until(lambda: screen.has_class("refused"))
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert not list(Path.home().glob("*.md"))
