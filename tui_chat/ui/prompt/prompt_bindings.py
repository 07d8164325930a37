"""The keys of the prompt."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from tui_chat.core.labels import N_

PROMPT_BINDINGS: Final = (
    Binding("enter", "submit", N_("send"), id="prompt.send", tooltip=N_("Send the question")),
    Binding(
        "ctrl+j,shift+enter,alt+enter,ctrl+enter",
        "newline",
        N_("newline"),
        id="prompt.newline",
        tooltip=N_("New line (in most terminals also Shift+Enter, Alt+Enter)"),
    ),
    Binding(
        "up",
        "cursor_up",
        N_("messages"),
        id="prompt.up",
        tooltip=N_("To the messages, from an empty prompt"),
    ),
    Binding(
        "ctrl+up,alt+up",
        "older_question",
        N_("older question"),
        id="prompt.older",
        tooltip=N_("Previous question (also ↑ from the first row)"),
    ),
    Binding(
        "ctrl+down,alt+down",
        "newer_question",
        N_("newer question"),
        id="prompt.newer",
        tooltip=N_("Next question, finally the draft (also ↓)"),
    ),
    Binding(
        "pageup",
        "page_messages(-1)",
        N_("scroll up"),
        id="prompt.page_up",
        tooltip=N_("Scroll the messages up"),
    ),
    Binding(
        "pagedown",
        "page_messages(1)",
        N_("scroll down"),
        id="prompt.page_down",
        tooltip=N_("Scroll the messages down"),
    ),
    Binding(
        "ctrl+end",
        "follow",
        N_("to the end"),
        id="prompt.follow",
        tooltip=N_("Scroll to the end and follow it"),
    ),
    Binding(
        "ctrl+r",
        "expand_paste",
        N_("pasted text"),
        id="prompt.expand",
        tooltip=N_(
            "Turn the last long paste or file into text (Backspace at the beginning removes it)"
        ),
    ),
)
