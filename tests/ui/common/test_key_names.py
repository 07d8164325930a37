from __future__ import annotations

import os

import pytest
from textual.binding import Binding

from tests.chat_app import running_chat
from tests.fakes import FakeProvider
from tui_chat.config.paths import find_paths
from tui_chat.core.errors import CutOff
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.app import ChatApp
from tui_chat.ui.chat.screen import ChatScreen
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.common.key_names import binding_name, key_name, usual_key
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.prompt.prompt_input import PromptInput


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+j", "^J"),
        ("ctrl+up", "Ctrl+↑"),
        ("shift+enter", "Shift+Enter"),
        ("escape", "Esc"),
        ("f1", "F1"),
        ("f", "f"),
        ("G", "G"),
        ("pageup", "PgUp"),
        ("left_square_bracket", "["),
    ],
)
def test_keys_are_written_as_people_write_them(key: str, name: str) -> None:
    assert key_name(key) == name


def test_the_keys_that_are_spoken_of_are_those_that_work() -> None:
    bindings = [
        *MessageList.BINDINGS,
        *EditingArea.BINDINGS,
        *PromptInput.BINDINGS,
        *ChatScreen.BINDINGS,
        *ChatApp.BINDINGS,
    ]
    found = {it.id: binding_name(it) for it in bindings if isinstance(it, Binding) and it.id}
    for binding, key in found.items():
        if not binding.startswith("prompt.") or binding in ("prompt.up", "prompt.undo"):
            assert usual_key(binding) == key


async def test_changed_keys_are_spoken_of() -> None:
    config = find_paths(os.environ).config_file.parent
    config.mkdir(parents=True, exist_ok=True)
    keys = '[keys]\n"message.again" = "f7"\n"message.undo" = "z"\n'
    (config / "config.toml").write_text(keys, encoding="utf-8")
    provider = FakeProvider([TextDelta("cut"), CutOff("It broke off.")])
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.idle()
        await chat.seen("↑ then c continues, F7 regenerates")
        await chat.pilot.press("up", "d")
        await chat.seen("z undoes it")
        await chat.pilot.press("z")
        await chat.seen("Message restored.")
