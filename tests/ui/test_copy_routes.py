"""Every route into the clipboard: nothing that is copied can act on where it is pasted."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.geometry import Offset
from textual.selection import Selection

import tui_chat.ui
from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider
from tui_chat.core.errors import RequestRejected
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta
from tui_chat.ui.app import ChatApp
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.objects.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.fakes import Step

HOSTILE = "one\x1b[201~;rm -rf ~\r\x9b201~\x1b]52;c;aGk=\x07\x00\x7f\x08\u202e\u2066\U000e0041end"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
TEXT = f"Text {HOSTILE}\n\n```sh\ncode {HOSTILE}\n```\n\n[link](https://h.example/{HOSTILE})\n"
OBJECT = '{"key": ["value \\u001b[201~\\u009b201~\\u202e\\r", 1]}'
SCRIPT: list[Step] = [ReasoningDelta(f"thinking {HOSTILE}"), TextDelta(TEXT), Finished("stop")]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is written to the terminal beside the screen."""
    found: list[str] = []
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(ChatApp, "write_to_terminal", lambda app, sequence: found.append(sequence))
    return found


def pasted(written: list[str]) -> str:
    """Return what a terminal has in its clipboard after the last copy."""
    found = re.fullmatch("\x1b]52;c;([A-Za-z0-9+/=]*)\x07", written[-1])
    assert found, written[-1]
    return base64.b64decode(found[1]).decode()


async def keys(chat: ChatHarness, *names: str) -> None:
    await chat.pilot.press("up", *names)


async def select_all(chat: ChatHarness) -> None:
    await chat.pilot.press("up", "enter")
    chat.app.screen.selections = {
        widget: Selection(None, None)
        for widget in chat.messages.query("*")
        if widget.allow_select and widget.size.height and not widget.children
    }
    await chat.pilot.press("ctrl+c")


async def select_a_part(chat: ChatHarness) -> None:
    widgets = [
        widget
        for widget in chat.messages.query("*")
        if widget.allow_select and widget.size.height and not widget.children
    ]
    end = Offset(60, 0)
    chat.app.screen.selections = {it: Selection(Offset(0, 0), end) for it in widgets}
    await chat.pilot.press("ctrl+c")


async def in_the_prompt(chat: ChatHarness) -> None:
    chat.prompt.set_draft(f"draft {HOSTILE}")
    chat.prompt.focus()
    chat.prompt.select_all()
    await chat.pilot.press("ctrl+c")


async def copy_all_command(chat: ChatHarness) -> None:
    chat.chat.action_command("copy_all")


ROUTES: dict[str, tuple[Callable[[ChatHarness], Awaitable[None]], str]] = {
    "message": (lambda chat: keys(chat, "y"), "Text one"),
    "conversation": (lambda chat: keys(chat, "Y"), "ask one"),
    "code block": (lambda chat: keys(chat, "1"), "code one"),
    "question": (lambda chat: keys(chat, "up", "y"), "ask one"),
    "command": (copy_all_command, "ask one"),
    "selection": (select_all, "one"),
    "part of a selection": (select_a_part, "one"),
    "prompt": (in_the_prompt, "draft one"),
}


@pytest.mark.parametrize("route", ROUTES)
async def test_nothing_copied_can_act(route: str, written: list[str]) -> None:
    copy, begin = ROUTES[route]
    async with running_chat(FakeProvider(SCRIPT), size=(100, 40)) as chat:
        await chat.submit(f"ask {HOSTILE}")
        await chat.idle()
        await copy(chat)
        await chat.until(lambda: written)
        assert len(written) == 1
        text = pasted(written)
        assert begin in text
        assert "end" in text or route == "part of a selection"
        assert not ACTING.search(text), ascii(text)
        # What Ctrl+V pastes within the program is the same.
        assert chat.app.clipboard == text


@pytest.mark.parametrize("press", [["y"], ["Y"], ["p"], ["down", "y"], ["down", "down", "y"]])
async def test_nothing_copied_from_an_object_can_act(press: list[str], written: list[str]) -> None:
    provider = FakeProvider([TextDelta(OBJECT), Finished("stop")])
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(provider, size=(100, 40), given=given) as chat:
        await chat.submit("an object")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.until(lambda: "201~" in chat.screen_text)
        await chat.pilot.press(*press)
        await chat.until(lambda: written)
        text = pasted(written)
        assert not ACTING.search(text), ascii(text)
        if press == ["Y"]:
            assert json.loads(text) == json.loads(OBJECT)


_ADDRESS = "".join(character for character in HOSTILE if character not in " \r")
LINKS = {
    "inline": f"[words](https://h.example/{_ADDRESS})",
    "defined later": f"[words][r]\n\n[r]: https://h.example/{_ADDRESS}",
    "not opened": f"[words](h.example/{_ADDRESS})",
    "entities": "[words](<https://h.example/&#27;[201~&#10;&#155;201~&NewLine;end>)",
    "disguised": f"[https://bank.example {_ADDRESS}](https://h.example/{_ADDRESS})",
    "in a table": f"| a |\n|---|\n| [w](https://h.example/{_ADDRESS}) |",
}


@pytest.mark.parametrize(
    ("kind", "press"),
    [*((kind, "y") for kind in LINKS), ("inline", "enter"), ("not opened", "enter")],
)
async def test_no_address_that_is_copied_can_act(
    kind: str, press: str, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "TMUX", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    provider = FakeProvider([TextDelta(LINKS[kind]), Finished("stop")])
    async with running_chat(provider, size=(100, 40)) as chat:
        await chat.submit("links")
        await chat.idle()
        await chat.pilot.press("up", "l")
        await chat.until(lambda: isinstance(chat.app.screen, LinkPicker))
        await chat.pilot.press(press)
        await chat.until(lambda: written)
        text = pasted(written)
        assert "h.example/" in text
        assert "end" in text
        assert not ACTING.search(text), ascii(text)
        # A line end in an address would run the text before it in a shell.
        assert len(text.splitlines()) == 1
        assert chat.app.clipboard == text


SCREENS = {
    "wire": ("f12", "raw"),
    "keys": ("f1", "Keys"),
    "conversations": ("ctrl+o", "one"),
    "profiles": ("ctrl+l", ""),
    "export": ("ctrl+s", ""),
    "commands": ("ctrl+p", ""),
    "find": ("ctrl+f", ""),
}


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_selection_in_another_screen_cannot_act(screen: str, written: list[str]) -> None:
    key, seen = SCREENS[screen]
    async with running_chat(FakeProvider(SCRIPT), size=(100, 40)) as chat:
        await chat.submit(f"ask {HOSTILE}")
        await chat.idle()
        await chat.pilot.press(key)
        await chat.pilot.pause()
        await chat.until(lambda: seen in chat.screen_text)
        if fields := list(chat.app.screen.query(LineInput)):
            fields[0].value = f"field {HOSTILE}"
            fields[0].focus()
            fields[0].select_all()
            await chat.pilot.press("ctrl+c")
            await chat.until(lambda: written)
            assert "field one" in pasted(written)
            assert not ACTING.search(pasted(written))
            fields[0].select_all()
            await chat.pilot.press("ctrl+x")
            await chat.until(lambda: len(written) == 2)
            assert not ACTING.search(pasted(written))
        written.clear()
        widgets = [
            widget
            for widget in chat.app.screen.query("*")
            if widget.allow_select and widget.size.height and not widget.children
        ]
        chat.app.screen.selections = {widget: Selection(None, None) for widget in widgets}
        if text := chat.app.screen.get_selected_text():
            chat.app.copy_to_clipboard(text)
            await chat.until(lambda: written)
            assert not ACTING.search(pasted(written)), ascii(pasted(written))
        # The rows of the view themselves: what a terminal's own selection takes.
        assert not ACTING.search(chat.screen_text.replace("\n", "")), ascii(chat.screen_text)


async def test_the_body_of_a_failure_cannot_act(written: list[str]) -> None:
    failure = RequestRejected("It was refused.", body=f"body {HOSTILE}", status=400)
    async with running_chat(FakeProvider([failure]), size=(100, 40)) as chat:
        await chat.submit("ask")
        await chat.idle()
        await chat.pilot.press("up", "v")
        await chat.seen("It was refused")
        await chat.pilot.press("y")
        await chat.until(lambda: written)
        text = pasted(written)
        assert "body one" in text
        assert not ACTING.search(text), ascii(text)


def test_only_the_clipboard_writes_the_sequence() -> None:
    """A route that writes by itself would miss what the clipboard makes safe."""
    folder = Path(tui_chat.ui.__file__).parent
    writers = {
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"\]52;c;\{", path.read_text(encoding="utf-8"))
    }
    assert writers == {"clipboard.py"}
