"""Clearing the prompt, pastes, copying and the export."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.chat.asking import ask, told
from tests.user_paths import REFUSED, forbidding, refused_path
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.export.export_screen import ExportScreen

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
        await chat.pilot.press("ctrl+underscore")
        assert chat.prompt.text == "next"


async def test_the_hint_about_clearing_is_removed_when_it_is_outdated() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("a", "escape")
        await chat.seen("Esc again")
        await chat.pilot.press("b")
        await chat.until(lambda: "Esc again" not in chat.status)
        await chat.pilot.press("escape", "escape")
        await chat.seen("Cleared; ^_ restores it")
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: "Cleared" not in chat.status)
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
        await chat.seen("more lines · Enter shows the rest")

        # Editing it brings the chip back.
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("k")
        await chat.pilot.press("e")
        await chat.until(lambda: chat.prompt.pastes == (log,))
        assert chat.prompt.text == "q"


# Copying


async def test_a_selection_is_copied_like_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with running_chat(FakeProvider(answer("half an answer\x1b[2J"))) as chat:
        await ask(chat, "hello")
        written: list[str] = []
        driver = chat.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        view = chat.messages.virtual_list.mounted.last_view
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


async def test_a_streaming_answer_is_copied_as_far_as_received() -> None:
    async with running_chat(FakeProvider([TextDelta("half "), TextDelta("way"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half way")
        chat.messages.enter()
        await chat.until(lambda: chat.messages.focused_view)
        await chat.pilot.press("y")
        await chat.until(lambda: chat.app.clipboard == "half way")
        await chat.pilot.press("escape")
        await chat.idle()


async def test_a_temporary_conversation_is_never_copied_into_a_file(
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


# The export


async def exporting(chat: ChatHarness) -> ExportScreen:
    await chat.pilot.press("ctrl+s")
    await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
    await chat.until(lambda: chat.app.screen.query_one(Input).value)
    screen = chat.app.screen
    assert isinstance(screen, ExportScreen)
    return screen


async def test_an_export_never_overwrites_a_file() -> None:
    async with running_chat(FakeProvider(answer("Because."))) as chat:
        await chat.pilot.press("ctrl+s")
        await told(chat, "nothing to export")
        await ask(chat, "Why is the sky 蓝?")

        screen = await exporting(chat)
        proposed = Path(screen.query_one(Input).value)
        assert proposed.parent == Path.home()
        await chat.pilot.press("enter")
        await told(chat, "Exported to")
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
        await chat.seen("exists already")
        await chat.pilot.press("enter")
        await chat.until(second.exists)
        assert chat.app.focused is not None


@pytest.mark.parametrize("kind", REFUSED)
async def test_an_invalid_path_is_reported(tmp_path: Path, kind: str) -> None:
    path = refused_path(kind, tmp_path)
    async with running_chat() as chat:
        await ask(chat, "hello")
        screen = await exporting(chat)
        with forbidding(path, kind):
            screen.query_one(Input).value = str(path)
            # Another form would give the file another ending, and that one is no circle.
            await chat.pilot.press(*(["enter"] if kind == "circle" else ["down", "enter"]))
            await chat.until(lambda: screen.has_class("refused"))
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)


async def test_a_missing_folder_is_reported() -> None:
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
