"""The keys of the cursor in a message."""

from __future__ import annotations

from typing import Final

from tui_chat.core.labels import N_
from tui_chat.ui.commands.command import Command, Group, Scope


def _key(name: str, tooltip: str, key: str, label: str, action: str = "") -> Command:
    return Command(
        name,
        tooltip,
        tooltip,
        key,
        label,
        Group.READ,
        Scope.CURSOR,
        action or f"move('{name}')",
        is_listed=False,
    )


CURSOR_COMMANDS: Final = (
    _key("left", N_("Cursor in a message: previous character"), "left,h", N_("left")),
    _key("right", N_("Cursor in a message: next character"), "right,l", N_("right")),
    _key("up", N_("Cursor in a message: line above"), "up,k", N_("up")),
    _key("down", N_("Cursor in a message: line below"), "down,j", N_("down")),
    _key("word", N_("Cursor in a message: next word"), "w", N_("word")),
    _key("word_back", N_("Cursor in a message: previous word"), "b", N_("word")),
    _key("line_start", N_("Cursor in a message: start of the line"), "0,home", N_("line")),
    _key("line_end", N_("Cursor in a message: end of the line"), "dollar_sign,end", N_("line")),
    _key(
        "paragraph",
        N_("Cursor in a message: next paragraph"),
        "right_curly_bracket",
        N_("paragraph"),
    ),
    _key(
        "paragraph_back",
        N_("Cursor in a message: previous paragraph"),
        "left_curly_bracket",
        N_("paragraph"),
    ),
    _key("first", N_("Cursor in a message: start of the message"), "g", N_("first")),
    _key("last", N_("Cursor in a message: end of the message"), "G", N_("last")),
    _key("link", N_("Cursor in a message: next link"), "tab", N_("link")),
    _key("link_back", N_("Cursor in a message: previous link"), "shift+tab", N_("link")),
    _key(
        "select",
        N_("Cursor in a message: begin or end a selection"),
        "v,space",
        N_("select"),
        "select",
    ),
    _key(
        "copy",
        N_("Cursor in a message: copy the selection, or the paragraph"),
        "y",
        N_("copy"),
        "copy",
    ),
    _key(
        "quote",
        N_("Cursor in a message: quote the selection, or the paragraph, in the prompt"),
        "greater_than_sign",
        N_("quote"),
        "quote",
    ),
    _key("open", N_("Cursor in a message: open the link"), "enter", N_("open link"), "open"),
    _key(
        "leave",
        N_("Cursor in a message: end it, and stay on the message"),
        "q,V",
        N_("back"),
        "leave",
    ),
)
