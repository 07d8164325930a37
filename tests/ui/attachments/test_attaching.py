"""Files attached in the running chat."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from textual import events

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Step, answer
from tests.sse_script import Answer
from tests.sse_server import SseServer
from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.attachments.attachment_chips import AttachmentChips
from tui_chat.ui.attachments.file_menu import FileMenu
from tui_chat.ui.common.question import Question
from tui_chat.ui.common.web_browser import Browser
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.messages.message_parts import MessageParts
from tui_chat.ui.messages.part_picker import PartPicker

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
"""A picture of one pixel."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files in it."""
    here = tmp_path / "here"
    for name in ("notes.txt", "src/main.py", "报告 1.txt", ".env", "b c.txt"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(f"The content of {name}.\n")
    monkeypatch.chdir(here)
    return here


def menu(chat: ChatHarness) -> FileMenu:
    return chat.chat.query_one(FileMenu)


def chip_names(chat: ChatHarness) -> list[str]:
    assert chat.chat.parts is not None
    return [file.name for file in chat.chat.parts.attachments.files]


async def attached(chat: ChatHarness, *names: str) -> None:
    await chat.until(lambda: chip_names(chat) == list(names))


async def paste(chat: ChatHarness, text: str) -> None:
    chat.prompt.post_message(events.Paste(text))
    await chat.pilot.pause()


async def test_a_file_of_the_list_is_sent_kept_and_edited(folder: Path) -> None:
    provider = FakeProvider(answer("Yes."), answer("Again."))
    async with running_chat(provider) as chat:
        await chat.pilot.press(*"see @")
        await chat.seen("notes.txt")
        await chat.pilot.press(*"nts")
        await chat.until(lambda: menu(chat).highlighted == "notes.txt")
        await chat.pilot.press("escape")
        assert (menu(chat).display, chat.prompt.text) == (False, "see @nts")
        await chat.pilot.press("x", "backspace")
        assert not menu(chat).display
        await chat.pilot.press(*["backspace"] * 4, "@", "s", "r")
        await chat.until(lambda: menu(chat).highlighted == "src/")
        await chat.pilot.press("tab")
        assert chat.prompt.text == "see @src/"
        await chat.until(lambda: menu(chat).highlighted == "src/main.py")
        await chat.pilot.press("enter")
        await attached(chat, "main.py")
        assert chat.prompt.text == "see "
        await chat.seen("main.py · text · ")
        await chat.seen("as text")

        await chat.pilot.press("enter")
        await chat.idle()
        [question, _reply] = await chat.stored()
        [file] = question.attachments
        assert (question.content, file.name) == ("see ", "main.py")
        sent = provider.requests[0].messages[-1]
        assert sent.attachments[0].content is not None
        assert sent.attachments[0].content.text == "The content of src/main.py.\n"
        assert not chat.chat.query_one(AttachmentChips).display

        # An edit shows its files, and gives those of the draft back.
        await paste(chat, f"{folder}/notes.txt")
        await attached(chat, "notes.txt")
        await chat.pilot.press("up", "up", "e")
        await attached(chat, "main.py")
        await chat.pilot.press("ctrl+end", *" 2", "enter")
        await chat.idle()
        await attached(chat, "notes.txt")
        edited = (await chat.stored())[2]
        assert [file.name for file in edited.attachments] == ["main.py"]


async def test_dropped_files_become_chips_that_can_be_removed_and_restored(folder: Path) -> None:
    async with running_chat() as chat:
        await paste(chat, f"'{folder}/报告 1.txt' {folder}/b\\ c.txt ")
        await attached(chat, "报告 1.txt", "b c.txt")
        assert chat.prompt.text == ""
        await chat.pilot.press("backspace")
        await attached(chat, "报告 1.txt")
        await chat.pilot.press("ctrl+underscore")
        await attached(chat, "报告 1.txt", "b c.txt")
        await chat.pilot.press("ctrl+r")
        await attached(chat, "报告 1.txt")
        assert chat.prompt.text == f"{folder}/b c.txt"
        await paste(chat, "notes.txt")
        assert chat.prompt.text.endswith("b c.txtnotes.txt")
        await chat.pilot.click(AttachmentChips, offset=(0, 0))
        await attached(chat)


async def test_secrets_ask_first_and_commands_attach(folder: Path) -> None:
    (folder / "bad.bin").write_bytes(b"\0\1\2\xff" * 100)
    async with running_chat() as chat:
        await chat.submit("/attach .env")
        await chat.until(lambda: isinstance(chat.app.screen, Question))
        await chat.seen("127.0.0.1")
        await chat.pilot.press("escape")
        await attached(chat)
        await chat.submit("/attach ./.env")
        await chat.until(lambda: isinstance(chat.app.screen, Question))
        await chat.pilot.press("ctrl+y")
        await attached(chat, ".env")
        await chat.submit("/attach 'b c.txt' notes.txt")
        await attached(chat, ".env", "b c.txt", "notes.txt")
        await chat.submit("/attach bad.bin")
        await chat.seen("binary")
        await chat.submit("/attach none.txt")
        await chat.seen("none.txt")
        await attached(chat, ".env", "b c.txt", "notes.txt")
        await chat.submit("/attach")
        await chat.until(lambda: menu(chat).display)
        assert chat.prompt.text == "@"

        # The chips name the host after a change of the profile.
        session = chat.chat.session
        assert session is not None
        await chat.seen("to 127.0.0.1:9")
        session.profile = replace(session.profile, base_url="https://api.example.org/v1")
        chat.chat.host.show_around()
        await chat.seen("to api.example.org")


async def test_one_key_sends_the_file_of_the_last_question_as_text() -> None:
    pdf = new_attachment(
        b"%PDF-", "a.pdf", "application/pdf", AttachmentKind.PDF, SentAs.FILE, text="Words"
    )
    provider = FakeProvider(answer("Cannot."), answer("Yes."))
    async with running_chat(provider) as chat:
        assert chat.chat.parts is not None
        await chat.pilot.press("f6")
        await chat.seen("There is no attachment that could be sent in another form.")
        chat.chat.parts.attachments.put([pdf])
        await chat.submit("What?")
        await chat.idle()
        await chat.pilot.press("f6")
        await chat.until(lambda: len(provider.requests) == 2)
        await chat.idle()
        forms = [it.messages[-1].attachments[0].sent_as for it in provider.requests]
        assert forms == [SentAs.FILE, SentAs.TEXT]
        await chat.seen("a.pdf · PDF · 5 bytes · as text")


async def test_a_web_page_is_fetched_when_it_is_chosen(folder: Path) -> None:
    async with SseServer() as server, running_chat(FakeProvider(answer("Yes."))) as chat:
        page = Answer((b"<h1>Sky</h1><p>Blue.",), content_type="text/html", framing="length")
        server.pages = {"/a": page, "/b.txt": replace(page, content_type="text/plain")}
        address = f"http://127.0.0.1:{server.port}"
        chat.prompt.insert_here(f"sum up @{address}/a")
        await chat.seen("Enter: fetch this page")
        assert server.others == []
        await chat.pilot.press("enter")
        await attached(chat, "Sky (127.0.0.1).html")
        assert chat.prompt.text == "sum up "
        await chat.seen("as text")
        await chat.pilot.press("ctrl+r")
        await attached(chat)
        assert chat.prompt.text == f"sum up {address}/a"

        await chat.pilot.press("ctrl+a", "ctrl+k")
        await chat.submit(f"/attach {address}/b.txt {address}/none")
        await chat.until(lambda: "b.txt" in chip_names(chat))
        assert chat.chat.parts is not None
        assert chat.chat.parts.attachments.paths[0] == f"{address}/b.txt"
        await chat.submit("/attach http://me:pw@127.0.0.1/")
        await chat.seen("which is not sent")


async def test_files_of_a_question_are_shown_opened_and_saved(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    async def open_in_browser(self: Browser, url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(Browser, "open", open_in_browser)
    async with running_chat(FakeProvider(answer("Yes."))) as chat:
        await paste(chat, f"{folder}/notes.txt")
        await attached(chat, "notes.txt")
        await chat.pilot.press("enter")
        await chat.idle()
        await chat.seen("▪ notes.txt · text · 26 bytes · as text")
        await chat.pilot.press("up", "up", "a")
        await chat.until(lambda: isinstance(chat.app.screen, PartPicker))
        await chat.pilot.press("enter")
        await chat.until(lambda: opened)
        path = url2pathname(urlsplit(opened[0]).path)
        assert path.endswith("/notes.txt")
        assert Path(path).read_text(encoding="utf-8") == "The content of notes.txt.\n"
        assert Path(path).stat().st_mode & 0o777 == 0o600

        await chat.pilot.click(MessageParts, offset=(3, 0))
        await chat.until(lambda: isinstance(chat.app.screen, PartPicker))
        await chat.pilot.press("s")
        await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
        await chat.pilot.press("home", "ctrl+k", *str(folder / "saved.txt"), "enter")
        await chat.until(lambda: (folder / "saved.txt").exists())
        assert (folder / "saved.txt").read_text(encoding="utf-8") == "The content of notes.txt.\n"


async def test_sources_and_media_of_an_answer_are_listed_and_never_fetched(tmp_path: Path) -> None:
    extras = (
        ReplyExtra(ExtraKind.SOURCE, "https://example.org/a", "Über Himmel 天空"),
        ReplyExtra(ExtraKind.PICTURE, "https://example.net/sky.png"),
        ReplyExtra(ExtraKind.SOURCE, "https://user@evil.test/\x1b]52;c;x\x07", "\x1b[31mRed"),
        ReplyExtra(ExtraKind.PICTURE, f"data:image/png;base64,{b64encode(PNG).decode()}"),
    )
    script: list[Step] = [TextDelta("Blue."), Finished("stop", extras=extras)]
    provider = FakeProvider(script)
    async with running_chat(provider, size=(80, 30)) as chat:
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("[1] Über Himmel 天空 · example.org")
        await chat.seen("▪ picture · example.net · not fetched")
        await chat.seen("[2] ␛[31mRed · evil.test")
        assert "picture · 70 bytes · 1×1" in chat.screen_text
        await chat.pilot.press("up", "l")
        await chat.seen("https://example.org/a")
        await chat.pilot.press("escape", "escape")

        # A model that refuses pictures is named before the next one is sent.
        provider.refused = frozenset({"image_url"})
        (tmp_path / "sky.png").write_bytes(PNG)
        await paste(chat, str(tmp_path / "sky.png"))
        await chat.seen("This model does not accept pictures")


async def test_the_files_of_a_draft_are_kept_with_it(folder: Path) -> None:
    async with running_chat(FakeProvider(answer("Yes."))) as chat:
        await chat.submit("first")
        await chat.idle()
        await chat.pilot.press(*"see")
        await paste(chat, f"{folder}/notes.txt '{folder}/b c.txt'")
        await attached(chat, "notes.txt", "b c.txt")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.prompt.text == "")
        await attached(chat)
        await chat.pilot.press(*"other")
    async with running_chat() as chat:
        # The newest draft is opened; the files are with the other one.
        assert (chat.prompt.text, chip_names(chat)) == ("other", [])
        await chat.pilot.press("ctrl+o")
        await chat.seen("first")
        await chat.pilot.press(*"first", "enter")
        await attached(chat, "notes.txt", "b c.txt")
        assert chat.prompt.text == "see"
