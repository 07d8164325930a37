"""The keys that act on the focused message, as bindings of the message list."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from tui_chat.core.labels import N_

MESSAGE_BINDINGS: Final[list[BindingType]] = [
    # First, so that they take precedence over the other bindings of these keys during a search.
    *(
        Binding(key, f"find({step})", label, id=f"message.find_{side}", tooltip=tooltip)
        for key, step, side, label, tooltip in (
            ("n,enter", 1, "next", N_("next"), N_("Next match of the search (Ctrl+F)")),
            ("N", -1, "previous", N_("previous"), N_("Previous match of the search")),
        )
    ),
    Binding("up,k", "move(-1)", N_("up"), id="message.previous", tooltip=N_("Previous message")),
    Binding("j", "move(1)", N_("down"), id="message.next", tooltip=N_("Next message")),
    Binding(
        "down",
        "move(1, True)",
        N_("down"),
        id="message.next_or_prompt",
        tooltip=N_("Next message; from the last one to the prompt"),
    ),
    Binding("g,home", "go(0)", N_("first"), id="message.first", tooltip=N_("First message")),
    Binding("G,end", "go(-1)", N_("last"), id="message.last", tooltip=N_("Last message")),
    Binding(
        "K",
        "question(-1)",
        N_("question"),
        id="message.previous_question",
        tooltip=N_("Previous question"),
    ),
    Binding(
        "J",
        "question(1)",
        N_("question"),
        id="message.next_question",
        tooltip=N_("Next question"),
    ),
    *(
        Binding(
            key,
            f"landmark('{kind}', {step})",
            id=f"message.{side}_{kind}",
            tooltip=tooltip,
        )
        for key, kind, side, step, tooltip in (
            ("H", "heading", "previous", -1, N_("Previous heading in this message")),
            ("L", "heading", "next", 1, N_("Next heading in this message")),
            ("B", "code", "previous", -1, N_("Previous code block in this message")),
            ("b", "code", "next", 1, N_("Next code block in this message")),
        )
    ),
    Binding(
        "l",
        "links",
        N_("links"),
        id="message.links",
        tooltip=N_("List the links of the message"),
    ),
    Binding("y", "copy", N_("copy"), id="message.copy", tooltip=N_("Copy the message")),
    Binding("Y", "copy_all", id="message.copy_all", tooltip=N_("Copy the whole conversation")),
    *(
        Binding(
            str(digit),
            f"copy_block({digit})",
            id=f"message.copy_block_{digit}",
            tooltip=N_("Copy the code block with this number (two digits from 10 on)"),
        )
        for digit in (*range(1, 10), 0)
    ),
    *(
        Binding(key, f"want('{action}')", label, id=f"message.{action}", tooltip=tooltip)
        for key, action, label, tooltip in (
            ("e", "edit", N_("edit"), N_("Edit and resend a question; edit an answer")),
            ("r", "again", N_("another answer"), N_("Generate another answer")),
            ("c", "continue", N_("continue"), N_("Continue an incomplete answer")),
            ("left_square_bracket", "previous_version", N_("version"), N_("Previous version")),
            ("right_square_bracket", "next_version", N_("version"), N_("Next version")),
            ("f", "fork", N_("fork"), N_("Fork the conversation here")),
            ("d", "delete", N_("delete"), N_("Delete the message and everything after it")),
            ("u,ctrl+underscore", "undo", N_("undo"), N_("Undo the last deletion")),
            ("x", "fix", N_("fix"), N_("Ask the model to fix its object, as another answer")),
            ("v", "details", N_("details"), N_("Show the full error")),
            (
                "o",
                "leave_out",
                N_("leave out the oldest"),
                N_("Ask again without the oldest turns, when the context is full"),
            ),
        )
    ),
    Binding(
        "enter",
        "fold",
        N_("fold"),
        id="message.fold",
        tooltip=N_("Open an object; or fold or unfold reasoning or a long question"),
    ),
    Binding(
        "t",
        "form",
        N_("view"),
        id="message.form",
        tooltip=N_("Show an object as a tree, as text or as the raw answer"),
    ),
    Binding("i", "leave", N_("prompt"), id="message.leave", tooltip=N_("Back to the prompt")),
]
