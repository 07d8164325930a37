"""Chooses the keys that the footer shows in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_Keys = tuple[tuple[str, str], ...]

_PAUSING: Final[_Keys] = (
    ("prompt.send", N_("retry now")),
    ("turn.stop", N_("stop")),
    ("app.help", N_("keys")),
    ("app.quit", N_("quit")),
)
_RUNNING: Final[_Keys] = (
    ("turn.stop", N_("stop")),
    ("prompt.newline", N_("newline")),
    ("prompt.page_up", N_("scroll")),
    ("app.help", N_("keys")),
    ("app.quit", N_("quit")),
)
_PROMPT: Final[_Keys] = (
    ("prompt.send", N_("send")),
    ("prompt.newline", N_("newline")),
    ("prompt.up", N_("messages")),
    ("chat.model", N_("model")),
    ("app.help", N_("keys")),
    ("chat.new", N_("new")),
    ("chat.open", N_("open")),
    ("chat.find", N_("find")),
    ("app.quit", N_("quit")),
)
_EDITING: Final[_Keys] = (
    ("prompt.send", N_("send as a new version")),
    ("prompt.newline", N_("newline")),
    ("turn.stop", N_("cancel")),
    ("app.help", N_("keys")),
)
# Keys for an interrupted, failed or invalid answer come first, then the most frequent ones.
_FIRST: Final[_Keys] = (
    ("message.continue", N_("continue")),
    ("message.fix", N_("fix")),
    ("message.leave_out", N_("leave out the oldest")),
    ("message.details", N_("why")),
)
_ANSWER: Final[_Keys] = (
    *_FIRST,
    ("message.open", N_("open")),
    ("message.form", N_("view")),
    ("message.copy", N_("copy")),
    ("message.again", N_("regenerate")),
    ("message.fold", N_("fold")),
    ("message.versions", N_("versions")),
    ("turn.stop", N_("prompt")),
    ("app.help", N_("keys")),
    ("message.undo", N_("undo")),
    ("message.edit", N_("edit")),
    ("message.delete", N_("delete")),
    ("message.fork", N_("fork")),
)
_QUESTION: Final[_Keys] = (
    ("message.edit", N_("edit")),
    ("message.again", N_("regenerate")),
    ("message.copy", N_("copy")),
    ("message.fold", N_("fold")),
    ("message.versions", N_("versions")),
    ("turn.stop", N_("prompt")),
    ("app.help", N_("keys")),
    ("message.undo", N_("undo")),
    ("message.delete", N_("delete")),
    ("message.fork", N_("fork")),
)
_MESSAGE_WHILE_RUNNING: Final[_Keys] = (
    ("turn.stop", N_("stop")),
    ("message.open", N_("open")),
    ("message.form", N_("view")),
    ("message.copy", N_("copy")),
    ("message.leave", N_("prompt")),
    ("message.fold", N_("fold")),
    ("app.help", N_("keys")),
)
_FINDING: Final[_Keys] = (
    ("message.find_next", N_("next")),
    ("message.find_previous", N_("previous")),
    ("chat.find", N_("edit search")),
    ("turn.stop", N_("end the search")),
    ("message.copy", N_("copy")),
    ("app.help", N_("keys")),
)
_FIND_BAR: Final[_Keys] = (
    ("find.next", N_("next")),
    ("find.previous", N_("previous")),
    ("find.accept", N_("jump")),
    ("find.close", N_("close")),
    ("app.help", N_("keys")),
)


def footer_keys(
    live: Mapping[str, str],
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
        live: Active keys by binding id.
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
    live = _with_pairs(live)
    return [(live[binding], _(label)) for binding, label in wanted if binding in live]


def _on_message(offers: Collection[str], *, is_running: bool) -> _Keys:
    """Return the keys that act on the focused message."""
    if is_running:
        at_times = {"message.open", "message.form", "message.fold"}
        return tuple(
            (binding, label)
            for binding, label in _MESSAGE_WHILE_RUNNING
            if binding not in at_times or binding.removeprefix("message.") in offers
        )
    keys = _QUESTION if "question" in offers else _ANSWER
    is_broken = any(name in offers for name in ("continue", "fix", "details"))
    return tuple(
        (binding, N_("again") if is_broken and binding == "message.again" else label)
        for binding, label in keys
        if not binding.startswith("message.") or binding.removeprefix("message.") in offers
    )


def _with_pairs(live: Mapping[str, str]) -> Mapping[str, str]:
    """Join keys that form a pair, and add second actions."""
    before, after = live.get("message.previous_version"), live.get("message.next_version")
    pairs = {"message.versions": f"{before} {after}"} if before and after else {}
    if "message.fold" in live:
        pairs["message.open"] = live["message.fold"]
    return {**live, **pairs}
