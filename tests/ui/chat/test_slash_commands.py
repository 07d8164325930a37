"""Commands typed in the prompt of the running chat."""

from __future__ import annotations

import os

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tui_chat.config.paths import find_paths
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.commands.slash_menu import SlashMenu
from tui_chat.ui.commands.table import COMMANDS
from tui_chat.ui.common.question import Question
from tui_chat.ui.conversations.picker import ConversationPicker
from tui_chat.ui.help.key_help import KeyHelp
from tui_chat.ui.models.profile_picker import ProfilePicker


def menu(chat: ChatHarness) -> SlashMenu:
    return chat.chat.query_one(SlashMenu)


def highlighted(chat: ChatHarness) -> str:
    entry = menu(chat).highlighted
    return entry.name if entry is not None else ""


async def test_the_list_is_filtered_moved_completed_and_closed() -> None:
    provider = FakeProvider(answer("Hello."))
    async with running_chat(provider, size=(80, 24)) as chat:
        await chat.pilot.press("/")
        await chat.seen("/new")
        assert "^N" in next(line for line in chat.screen_text.splitlines() if "/new" in line)
        assert "/regenerate" not in chat.screen_text
        await chat.pilot.press("down", "down", "up")
        assert highlighted(chat) == "open"
        await chat.pilot.press("escape")
        assert (menu(chat).display, chat.prompt.text) == (False, "/")
        await chat.pilot.press("m", "o")
        assert highlighted(chat) == "model"
        await chat.pilot.press("tab")
        assert chat.prompt.text == "/model"
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
        assert (chat.prompt.text, menu(chat).display) == ("", False)
        await chat.pilot.press("escape")

        await chat.submit("first")
        await chat.idle()
        await chat.pilot.press("/", "c", "o", "p", "y")
        await chat.seen("Copy the message")
        await chat.pilot.press("enter")
        await chat.until(lambda: "Copied the message" in chat.status)
        assert chat.app.focused is chat.prompt
        await chat.pilot.press("/", "h", "e", "l")
        await chat.pilot.click(SlashMenu, offset=(2, 0))
        await chat.until(lambda: isinstance(chat.app.screen, KeyHelp))
        assert len(provider.requests) == 1


async def test_names_paths_and_unknown_words() -> None:
    provider = FakeProvider(*(answer("ok") for _ in range(4)))
    async with running_chat(provider) as chat:
        parts = chat.chat.parts
        assert parts is not None
        runners = {*parts.commands._opening, *parts.commands._at_once}
        assert runners == {command.name for command in COMMANDS}

        await chat.submit("/etc/hosts")
        await chat.until(lambda: len(provider.requests) == 1)
        await chat.idle()
        await chat.submit("//new")
        await chat.until(lambda: len(provider.requests) == 2)
        await chat.idle()
        assert provider.requests[-1].messages[-1].content == "/new"

        await chat.submit("/modle")
        await chat.until(lambda: isinstance(chat.app.screen, Question))
        await chat.seen("The nearest one is /model.")
        await chat.pilot.press("enter", "escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert (len(provider.requests), chat.prompt.text) == (2, "/modle")
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, Question))
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: len(provider.requests) == 3)
        await chat.idle()
        assert provider.requests[-1].messages[-1].content == "/modle"
        assert chat.prompt.text == ""


async def test_a_running_answer_keeps_what_a_command_may_not_change() -> None:
    config = find_paths(os.environ).config_file.parent
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text('[keys]\n"chat.format" = "f5"\n', encoding="utf-8")
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        await chat.pilot.press(*"/format")
        await chat.seen("F5")
        await chat.pilot.press("enter")
        await chat.until(lambda: any("Stop the" in it.message for it in chat.app._notifications))
        assert chat.chat.session is not None
        assert len(chat.chat.session.path) == 2
        await chat.pilot.press(*"/help", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, KeyHelp))


async def test_commands_with_an_argument() -> None:
    provider = FakeProvider(answer("The sky is blue."))
    async with running_chat(provider, size=(80, 24)) as chat:
        parts = chat.chat.parts
        assert parts is not None
        with_argument = {it.name for it in COMMANDS if it.argument}
        assert set(parts.commands._with_argument) == with_argument

        await chat.submit("why")
        await chat.idle()
        await chat.pilot.press("/", "r", "e", "n")
        await chat.seen("/rename TITLE")
        await chat.pilot.press("tab")
        assert (chat.prompt.text, menu(chat).display) == ("/rename ", False)
        await chat.submit("/rename Sky 天空")
        await chat.seen("Sky 天空")
        await chat.submit("/find blue")
        await chat.seen("1/1")
        await chat.pilot.press("escape")
        await chat.submit("/open sky")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))
        await chat.seen("天空")
        await chat.pilot.press("escape")
        assert len(provider.requests) == 1
