from __future__ import annotations

from textual.binding import Binding

from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.commands.message_table import MESSAGE_COMMANDS
from tui_chat.ui.commands.table import APP_COMMANDS, COMMANDS
from tui_chat.ui.help.footer_keys import footer_keys
from tui_chat.ui.prompt.prompt_input import PromptInput

LIVE = {
    binding.id: binding
    for binding in (
        *bindings_for((*COMMANDS, *APP_COMMANDS, *MESSAGE_COMMANDS)),
        *PromptInput.BINDINGS,
        Binding("escape", "stop", "stop", id="turn.stop"),
    )
    if isinstance(binding, Binding) and binding.id and "find" not in binding.id
}
ALWAYS = {"again", "copy", "edit", "delete"}


def shown(
    *,
    is_running: bool = False,
    is_pausing: bool = False,
    in_messages: bool = False,
    offers: set[str] = ALWAYS,
) -> str:
    keys = footer_keys(
        LIVE,
        is_running=is_running,
        is_pausing=is_pausing,
        in_messages=in_messages,
        offers=offers,
    )
    return "  ".join(f"{key} {words}" for key, words in keys)


def test_the_keys_of_each_state() -> None:
    assert shown().startswith("Enter send  ^J newline  ↑ messages")
    assert "stop" not in shown()
    assert shown(is_running=True).startswith("Esc stop  ^J newline")
    assert "send" not in shown(is_running=True)
    assert shown(is_running=True, is_pausing=True).startswith("Enter retry now  Esc stop")
    assert "y copy  r regenerate" in shown(in_messages=True)
    assert shown(in_messages=True, is_running=True).startswith("Esc stop  y copy")


def test_only_what_this_message_allows() -> None:
    whole = shown(in_messages=True)
    assert "continue" not in whole
    assert "versions" not in whole
    assert "undo" not in whole
    cut = shown(in_messages=True, offers={*ALWAYS, "continue", "versions", "undo"})
    assert cut.startswith("c continue  y copy  r again  [ ] versions  Esc prompt  F1 keys  u undo")
    assert shown(in_messages=True, offers={*ALWAYS, "question"}).startswith("e edit")
    an_object = shown(in_messages=True, offers={*ALWAYS, "open", "form"})
    assert an_object.startswith("Enter open  t view")
    assert "fold" not in an_object
    arriving = shown(in_messages=True, is_running=True, offers={*ALWAYS, "open", "form"})
    assert arriving.startswith("Esc stop  Enter open  t view  y copy")


def test_only_keys_that_work_now() -> None:
    live = {"prompt.send": Binding("f5", "submit", "send", id="prompt.send")}
    keys = footer_keys(live, is_running=False, is_pausing=False, in_messages=False)
    assert keys == [("F5", "send")]


def test_every_state_shows_the_way_to_all_keys() -> None:
    for is_running in (False, True):
        for in_messages in (False, True):
            assert "F1 keys" in shown(is_running=is_running, in_messages=in_messages)
