"""The keys of a tool call that has the focus."""

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
        Group.MESSAGE,
        Scope.CALL,
        action or f"want('{name}')",
        is_listed=False,
    )


CALL_COMMANDS: Final = (
    _key(
        "enter",
        N_("On a tool call: run it, answer its server, or fold and unfold its result"),
        "enter",
        N_("run"),
        "enter",
    ),
    _key(
        "always",
        N_("On a tool call: run it, and this tool always in this conversation"),
        "a",
        N_("always here"),
    ),
    _key("edit", N_("On a tool call: edit its arguments"), "e", N_("edit")),
    _key("refuse", N_("On a tool call: refuse it, with a reason"), "n", N_("refuse")),
    _key(
        "open", N_("On a tool call: show its arguments or its result in full"), "o", N_("in full")
    ),
    _key("copy", N_("On a tool call: copy its result, or its arguments"), "y", N_("copy")),
    _key("up", N_("On a tool call: previous call"), "up,k", N_("up"), "move(-1)"),
    _key("down", N_("On a tool call: next call"), "down,j", N_("down"), "move(1)"),
)
