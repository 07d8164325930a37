from __future__ import annotations

from gettext import NullTranslations

import pytest
from textual.binding import Binding

from tests.chat_app import running_chat
from tests.ui.bare import BareApp
from tui_chat.core import labels
from tui_chat.ui.help.key_help import KeyHelp
from tui_chat.ui.help.key_rows import KeyRow, filtered, key_groups, key_rows

BINDINGS = [
    Binding("ctrl+n", "new", "new", id="chat.new", tooltip="New conversation"),
    Binding("up,k", "move(-1)", "up", id="up", tooltip="The message before"),
    Binding("x", "copy_one", "", id="one", tooltip="Copy"),
    Binding("y", "copy_two", "", id="two", tooltip="Copy"),
    Binding("z", "copy_three", "", id="three", tooltip="Copy"),
    Binding("ctrl+a", "home", "go home"),
    Binding("ctrl+b", "nothing", ""),
]


def test_rows_are_one_per_thing_they_do() -> None:
    assert key_rows(BINDINGS, {}, slashes={"chat.new": "/new"}) == [
        ("^N", "New conversation", "/new"),
        ("↑ k", "The message before", ""),
        ("x y", "Copy", ""),
    ]
    assert key_rows(BINDINGS, {}, are_ours=False) == [("^A", "Go home", "")]


def test_remapped_keys_take_the_place() -> None:
    assert key_rows(BINDINGS, {"chat.new": "f5,ctrl+g"})[0] == ("F5 ^G", "New conversation", "")


async def test_long_words_stay_beside_their_keys() -> None:
    app = BareApp()
    async with app.run_test(size=(40, 20)) as pilot:
        await app.push_screen(
            KeyHelp([("Here [bold]", [KeyRow("^N", "many words " * 8), KeyRow("[", "[/x]")])])
        )
        await pilot.pause()
        lines = [line.strip(" │╭╮╰╯─") for line in app.text.splitlines()]
        assert "Here [bold]" in lines
        start = lines.index("^N   many words many words")
        assert lines[start + 1].startswith("many words")
        assert any(line.startswith("[    [/x]") for line in lines)


@pytest.mark.parametrize("width", [5, 40, 160])
async def test_a_group_without_keys_is_left_out(width: int) -> None:
    app = BareApp()
    async with app.run_test(size=(width, 20)) as pilot:
        await app.push_screen(KeyHelp([("Empty", []), ("Here", [KeyRow("^N", "new")])]))
        await pilot.pause()
        assert "Empty" not in app.text
        await app.push_screen(KeyHelp([("Empty", [])]))
        await pilot.pause()
        assert app.return_code is None


async def test_it_opens_scrolls_filters_and_closes() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("f1")
        await chat.seen("Asking")
        await chat.pilot.press("pagedown", "pagedown")
        await chat.until(lambda: "Asking" not in chat.screen_text)
        await chat.pilot.press(*"trash")
        await chat.seen("/trash")
        assert "Reading" not in chat.screen_text
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert chat.app.focused is chat.prompt


def test_descriptions_are_translated() -> None:
    class Upper(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

    labels.use(Upper())
    try:
        assert key_rows(BINDINGS, {})[0] == ("^N", "NEW CONVERSATION", "")
        assert key_rows(BINDINGS, {}, are_ours=False) == [("^A", "GO HOME", "")]
    finally:
        labels.use(NullTranslations())


def test_rows_are_grouped_by_activity_and_keyless_commands_are_listed() -> None:
    groups = dict(key_groups(BINDINGS, {"chat.new": "f5"}))
    assert groups["Conversations"][0] == ("F5", "New conversation", "/new")
    assert (
        KeyRow("", "Restore deleted conversations and messages", "/trash")
        in (groups["Conversations"])
    )
    assert KeyRow("^A", "Go home") in groups["Editing text"]


def test_a_filter_takes_words_in_any_order_and_case() -> None:
    groups = [("Reading", [KeyRow("^F", "Find it", "/find")]), ("Rest", [KeyRow("x", "Fix")])]
    assert filtered(groups, "it FIND") == groups[:1]
    assert filtered(groups, "reading") == groups[:1]
    assert filtered(groups, "zzz") == []
    assert filtered(groups, "") == groups
