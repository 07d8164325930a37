"""Links by click and by key in the running chat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.common.test_web_browser import program
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.terminal.painting.compositor import RowsUpdate

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "See [the docs](https://a.example/docs) and [another](https://b.example), [local](x.md)."


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "TMUX", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def xdg_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return program(tmp_path, "xdg-open")


@pytest.mark.usefixtures("no_display")
async def test_where_nothing_opens_a_click_copies_the_address_and_says_so() -> None:
    async with running_chat(FakeProvider(answer(TEXT)), size=(110, 24)) as chat:
        await chat.submit("where?")
        await chat.idle()
        await chat.seen("the docs")
        body = chat.messages.virtual_list.views[-1].query_one(".body")
        await chat.pilot.click(body, offset=(8, 0))

        await chat.seen("No browser could be opened here. Copied the address")
        assert chat.app.clipboard == "https://a.example/docs"


async def test_a_click_opens_the_browser_and_says_so(xdg_open: Path) -> None:
    async with running_chat(FakeProvider(answer(TEXT)), size=(110, 24)) as chat:
        await chat.submit("where?")
        await chat.idle()
        await chat.seen("the docs")
        body = chat.messages.virtual_list.views[-1].query_one(".body")
        await chat.pilot.click(body, offset=(8, 0))

        await chat.seen("Opened https://a.example/docs")
        assert xdg_open.read_text(encoding="utf-8") == "https://a.example/docs"


async def test_links_are_reached_by_key(xdg_open: Path) -> None:
    async with running_chat(FakeProvider(answer(TEXT)), size=(110, 24)) as chat:
        await chat.submit("where? https://mine.example/")
        await chat.idle()
        await chat.pilot.press("up", "l")
        await chat.seen("https://b.example")
        assert isinstance(chat.app.screen, LinkPicker)
        await chat.pilot.press("j", "enter")

        await chat.seen("Opened https://b.example")
        assert xdg_open.read_text(encoding="utf-8") == "https://b.example"

        await chat.pilot.press("up", "k", "l")
        await chat.seen("https://mine.example/")
        await chat.pilot.press("escape")
        assert not isinstance(chat.app.screen, LinkPicker)


@pytest.mark.usefixtures("no_display")
async def test_other_links_are_never_opened_and_their_target_is_copied() -> None:
    async with running_chat(FakeProvider(answer(TEXT)), size=(110, 24)) as chat:
        await chat.submit("where?")
        await chat.idle()
        await chat.pilot.press("up", "l")
        await chat.until(lambda: isinstance(chat.app.screen, LinkPicker))
        await chat.pilot.press("end", "enter")

        await chat.seen("Only http, https and mailto links are opened.")
        assert chat.app.clipboard == "x.md"


async def test_a_message_without_links_says_so() -> None:
    async with running_chat(FakeProvider(answer("none")), size=(110, 24)) as chat:
        await chat.submit("where?")
        await chat.idle()
        await chat.pilot.press("up", "l")

        await chat.seen("This message has no links.")


async def test_a_wrapped_link_is_one_link_for_the_terminal_and_nothing_of_it_stays_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    text = f"[{'words ' * 20}](https://a.example/\x1b]8;;x) and [two](https://b.example)"
    async with running_chat(FakeProvider(answer(text)), size=(60, 24)) as chat:
        await chat.submit("where?")
        await chat.idle()
        await chat.seen("and two")
        update = chat.chat._compositor.render_update(full=True)
        assert isinstance(update, RowsUpdate)
        written = update.render_segments(chat.app.console)

    found = re.findall(r"\x1b\]8;id=([^;]*);([^\x1b]*)\x1b\\", written)
    assert len(found) > 2
    assert {target for _, target in found} == {
        "https://a.example/%E2%90%9B%5D8;;x",
        "https://b.example",
    }
    assert len({number for number, _ in found}) == 2
    assert written.count("\x1b]8;;\x1b\\") == len(found)
