"""The commands on a message: its keys, and their rows in the palette and after `/`."""

from __future__ import annotations

from typing import Final

from tui_chat.core.labels import N_
from tui_chat.ui.commands.command import Command, Group, Scope


def _key(
    name: str, tooltip: str, key: str, action: str, label: str = "", group: Group = Group.READ
) -> Command:
    """Return a key that is of no use by its name."""
    return Command(
        name, tooltip, tooltip, key, label, group, Scope.MESSAGE, action, is_listed=False
    )


def _row(
    name: str,
    title: str,
    tooltip: str,
    key: str,
    label: str,
    *,
    action: str = "",
    slash: str = "",
    aliases: tuple[str, ...] = (),
) -> Command:
    return Command(
        name,
        title,
        tooltip,
        key,
        label,
        Group.MESSAGE,
        Scope.MESSAGE,
        action or f"want('{name}')",
        slash=slash,
        aliases=aliases,
    )


MESSAGE_COMMANDS: Final = (
    # First, so that they take precedence over the other bindings of these keys during a search.
    _key("find_next", N_("Next match of the search (Ctrl+F)"), "n,enter", "find(1)", N_("next")),
    _key("find_previous", N_("Previous match of the search"), "N", "find(-1)", N_("previous")),
    _key("previous", N_("Previous message"), "up,k", "move(-1)", N_("up")),
    _key("next", N_("Next message"), "j", "move(1)", N_("down")),
    _key(
        "next_or_prompt",
        N_("Next message; from the last one to the prompt"),
        "down",
        "move(1, True)",
        N_("down"),
    ),
    _key("first", N_("First message"), "g,home", "go(0)", N_("first")),
    _key("last", N_("Last message"), "G,end", "go(-1)", N_("last")),
    _key("previous_question", N_("Previous question"), "K", "question(-1)", N_("question")),
    _key("next_question", N_("Next question"), "J", "question(1)", N_("question")),
    _key(
        "previous_heading", N_("Previous heading in this message"), "H", "landmark('heading', -1)"
    ),
    _key("next_heading", N_("Next heading in this message"), "L", "landmark('heading', 1)"),
    _key("previous_code", N_("Previous code block in this message"), "B", "landmark('code', -1)"),
    _key("next_code", N_("Next code block in this message"), "b", "landmark('code', 1)"),
    _row(
        "links",
        N_("Links"),
        N_("List the links of the message"),
        "l",
        N_("links"),
        action="links",
    ),
    _row(
        "cursor",
        N_("Select in the message"),
        N_("Cursor in the message: move, select, quote"),
        "V",
        N_("select"),
        slash="select",
    ),
    _row(
        "files",
        N_("Files and sources"),
        N_("Open or save the files of the message, or open its sources"),
        "a",
        N_("files"),
        aliases=("attachments", "sources"),
    ),
    _row(
        "copy",
        N_("Copy message"),
        N_("Copy the message"),
        "y",
        N_("copy"),
        action="copy",
        aliases=("yank",),
    ),
    _key("copy_all", N_("Copy the whole conversation"), "Y", "copy_all", group=Group.MESSAGE),
    *(
        _key(
            f"copy_block_{digit}",
            N_("Copy the code block with this number (two digits from 10 on)"),
            str(digit),
            f"copy_block({digit})",
            group=Group.MESSAGE,
        )
        for digit in (*range(1, 10), 0)
    ),
    _row(
        "edit",
        N_("Edit message"),
        N_("Edit and resend a question; edit an answer"),
        "e",
        N_("edit"),
    ),
    _row(
        "again",
        N_("Regenerate"),
        N_("Generate another answer"),
        "r",
        N_("regenerate"),
        slash="regenerate",
        aliases=("retry", "again"),
    ),
    _key(
        "compare",
        N_("Ask several models this question, or show their answers"),
        "R",
        "want('compare')",
        N_("several"),
        Group.MESSAGE,
    ),
    _row(
        "remember",
        N_("Add to the memory"),
        N_("Add a line to the memory of the profile"),
        "M",
        N_("remember"),
        slash="add-to-memory",
    ),
    _row(
        "continue",
        N_("Continue answer"),
        N_("Continue an incomplete answer"),
        "c",
        N_("continue"),
    ),
    _row(
        "previous_version",
        N_("Previous version"),
        N_("Previous version"),
        "left_square_bracket",
        N_("version"),
    ),
    _row(
        "next_version",
        N_("Next version"),
        N_("Next version"),
        "right_square_bracket",
        N_("version"),
    ),
    _row(
        "fork",
        N_("Fork conversation"),
        N_("Fork the conversation here"),
        "f",
        N_("fork"),
        aliases=("branch",),
    ),
    _row(
        "delete",
        N_("Delete message"),
        N_("Delete the message and everything after it"),
        "d",
        N_("delete"),
        slash="delete-message",
    ),
    _row(
        "delete_alone",
        N_("Delete only this message"),
        N_("Delete the message and keep what follows"),
        "D",
        N_("delete this"),
        slash="delete-only",
    ),
    _key(
        "undo",
        N_("Undo the last deletion"),
        "u,ctrl+underscore",
        "want('undo')",
        N_("undo"),
        Group.MESSAGE,
    ),
    _row(
        "fix",
        N_("Fix object"),
        N_("Ask the model to fix its object, as another answer"),
        "x",
        N_("fix"),
    ),
    _row(
        "elsewhere",
        N_("Try with another profile"),
        N_("Choose another profile and ask again"),
        "p",
        N_("try another profile"),
        slash="try-another",
    ),
    _row("details", N_("Error details"), N_("Show the full error"), "v", N_("why")),
    _row(
        "leave_out",
        N_("Ask again with less context"),
        N_("Ask again without the oldest turns, when the context is full"),
        "o",
        N_("leave out the oldest"),
        slash="retry-shorter",
    ),
    _key(
        "fold",
        N_("Open an object; or fold or unfold reasoning or a long question"),
        "enter",
        "fold",
        N_("fold"),
        Group.MESSAGE,
    ),
    _key(
        "form",
        N_("Show the source of formulas; or an object as a tree, as text or as the raw answer"),
        "t",
        "form",
        N_("view"),
        Group.MESSAGE,
    ),
    _key("leave", N_("Back to the prompt"), "i", "leave", N_("prompt"), Group.ASK),
)

OFFER_OF: Final = {
    "previous_version": "versions",
    "next_version": "versions",
    "cursor": "copy",
}
"""Names of the offers of a message (`MessageActions.offers`) that differ from their command's."""
ALWAYS_OFFERED: Final = frozenset({"links"})
