"""Chooses the keys that the footer shows in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.key_names import binding_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from textual.binding import Binding

_Wanted = tuple[str | tuple[str, str], ...]
"""Ids of bindings, most useful first; a pair names the action differently in its state."""

_PAUSING: Final[_Wanted] = (
    ("prompt.send", N_("retry now")),
    "turn.stop",
    "app.help",
    "app.quit",
)
_RUNNING: Final[_Wanted] = (
    "turn.stop",
    "prompt.newline",
    ("prompt.page_up", N_("scroll")),
    "app.help",
    "app.quit",
)
_PROMPT: Final[_Wanted] = (
    "prompt.send",
    "prompt.newline",
    "prompt.up",
    "chat.model",
    "app.help",
    "chat.new",
    "chat.open",
    "chat.find",
    "app.quit",
)
_EDITING: Final[_Wanted] = (
    ("prompt.send", N_("send as a new version")),
    "prompt.newline",
    ("turn.stop", N_("cancel")),
    "app.help",
)
# Keys for an interrupted, failed or invalid answer come first, then the most frequent ones.
_FIRST: Final[_Wanted] = (
    "message.continue",
    "message.fix",
    "message.leave_out",
    "message.elsewhere",
    "message.details",
)
_LAST: Final[_Wanted] = (
    "message.fold",
    ("message.versions", N_("versions")),
    ("turn.stop", N_("prompt")),
    "app.help",
    "message.undo",
)
_ANSWER: Final[_Wanted] = (
    *_FIRST,
    ("message.open", N_("open")),
    "message.form",
    "message.files",
    "message.copy",
    "message.again",
    *_LAST,
    "message.edit",
    "message.delete",
    "message.fork",
)
_QUESTION: Final[_Wanted] = (
    "message.edit",
    "message.again",
    "message.files",
    "message.copy",
    *_LAST,
    "message.delete",
    "message.fork",
)
_MESSAGE_WHILE_RUNNING: Final[_Wanted] = (
    "turn.stop",
    ("message.open", N_("open")),
    "message.form",
    "message.files",
    "message.copy",
    "message.leave",
    "message.fold",
    "app.help",
)
_FINDING: Final[_Wanted] = (
    "message.find_next",
    "message.find_previous",
    ("chat.find", N_("edit search")),
    ("turn.stop", N_("end the search")),
    "message.copy",
    "app.help",
)
_FIND_BAR: Final[_Wanted] = (
    "find.next",
    "find.previous",
    ("find.accept", N_("jump")),
    ("find.close", N_("close")),
    "app.help",
)
_START: Final[_Wanted] = (
    "start.choose",
    ("turn.stop", N_("prompt")),
    "chat.model",
    "chat.open",
    "app.help",
    "app.quit",
)
"""On the start page, whose bindings are active only while it has the focus."""
_CALL: Final[_Wanted] = (
    ("call.up", N_("previous call")),
    ("call.down", N_("next call")),
    ("turn.stop", N_("prompt")),
    "app.help",
)
_CALL_WHILE_RUNNING: Final[_Wanted] = ("turn.stop", *_CALL[:2], "app.help")
"""On a tool call, whose block shows its own keys. Its bindings are active only there."""
_CURSOR: Final[_Wanted] = (
    "cursor.select",
    "cursor.copy",
    "cursor.quote",
    "cursor.link",
    "cursor.open",
    "cursor.leave",
    "app.help",
)
"""In a message with a cursor, whose bindings are active only there."""
_AT_TIMES: Final = frozenset({"message.open", "message.form", "message.fold", "message.files"})
"""Actions of a running answer that only some messages offer."""


def footer_keys(
    live: Mapping[str, Binding],
    *,
    is_running: bool,
    is_pausing: bool,
    in_messages: bool,
    is_editing: bool = False,
    is_finding: bool = False,
    in_find_bar: bool = False,
    offers: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Return keys and their labels, most useful first.

    Args:
        live: Active bindings by id.
        is_running: Whether a turn is running.
        is_pausing: Whether that turn is waiting to retry.
        in_messages: Whether a message has the focus.
        is_editing: Whether the prompt holds an earlier message for editing.
        is_finding: Whether matches are highlighted.
        in_find_bar: Whether the find bar has the focus.
        offers: Actions available on the focused message: see `MessageActions.offers`.
    """
    if in_find_bar:
        wanted = _FIND_BAR
    elif "cursor.select" in live:
        wanted = _CURSOR
    elif "call.open" in live:
        wanted = _CALL_WHILE_RUNNING if is_running else _CALL
    elif "start.choose" in live:
        wanted = _START
    elif in_messages and is_finding:
        wanted = _FINDING
    elif is_pausing and not in_messages:
        wanted = _PAUSING
    elif is_running and not in_messages:
        wanted = _RUNNING
    elif in_messages:
        wanted = _on_message(offers, is_running=is_running)
    else:
        wanted = _EDITING if is_editing else _PROMPT
    keys = _with_pairs(live)
    shown = (it if isinstance(it, tuple) else (it, "") for it in wanted)
    return [
        (keys[name], _(words or live[name].description)) for name, words in shown if name in keys
    ]


def _on_message(offers: Collection[str], *, is_running: bool) -> _Wanted:
    """Return the keys that act on the focused message."""
    if is_running:
        return tuple(
            it
            for it in _MESSAGE_WHILE_RUNNING
            if _id(it) not in _AT_TIMES or _id(it).removeprefix("message.") in offers
        )
    is_broken = any(name in offers for name in ("continue", "fix", "details"))
    return tuple(
        ("message.again", N_("again")) if is_broken and it == "message.again" else it
        for it in (_QUESTION if "question" in offers else _ANSWER)
        if not _id(it).startswith("message.") or _id(it).removeprefix("message.") in offers
    )


def _id(wanted: str | tuple[str, str]) -> str:
    return wanted if isinstance(wanted, str) else wanted[0]


def _with_pairs(live: Mapping[str, Binding]) -> Mapping[str, str]:
    """Return the names of keys, of pairs of keys, and of second actions."""
    keys = {name: binding_name(binding) for name, binding in live.items()}
    before, after = keys.get("message.previous_version"), keys.get("message.next_version")
    if before and after:
        keys["message.versions"] = f"{before} {after}"
    if "message.fold" in keys:
        keys["message.open"] = keys["message.fold"]
    return keys
