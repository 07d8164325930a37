"""Chooses the keys that the footer shows in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_Keys = tuple[tuple[str, str], ...]

_PAUSING: Final[_Keys] = (
    ("prompt.send", "retry now"),
    ("turn.stop", "stop"),
    ("app.help", "keys"),
    ("app.quit", "quit"),
)
_RUNNING: Final[_Keys] = (
    ("turn.stop", "stop"),
    ("prompt.newline", "newline"),
    ("prompt.page_up", "scroll"),
    ("app.help", "keys"),
    ("app.quit", "quit"),
)
_PROMPT: Final[_Keys] = (
    ("prompt.send", "send"),
    ("prompt.newline", "newline"),
    ("prompt.up", "messages"),
    ("chat.model", "model"),
    ("app.help", "keys"),
    ("chat.new", "new"),
    ("chat.open", "open"),
    ("chat.find", "find"),
    ("app.quit", "quit"),
)
_EDITING: Final[_Keys] = (
    ("prompt.send", "send as a new version"),
    ("prompt.newline", "newline"),
    ("turn.stop", "leave it as it is"),
    ("app.help", "keys"),
)
# Keys for an interrupted, failed or invalid answer come first, then the most frequent ones.
_FIRST: Final[_Keys] = (
    ("message.continue", "continue"),
    ("message.fix", "put right"),
    ("message.leave_out", "leave out the oldest"),
    ("message.details", "why"),
)
_ANSWER: Final[_Keys] = (
    *_FIRST,
    ("message.open", "open"),
    ("message.form", "form"),
    ("message.copy", "copy"),
    ("message.again", "another answer"),
    ("message.fold", "fold"),
    ("message.versions", "versions"),
    ("turn.stop", "prompt"),
    ("app.help", "keys"),
    ("message.undo", "undo"),
    ("message.edit", "edit"),
    ("message.delete", "delete"),
    ("message.fork", "fork"),
)
_QUESTION: Final[_Keys] = (
    ("message.edit", "edit"),
    ("message.again", "another answer"),
    ("message.copy", "copy"),
    ("message.fold", "fold"),
    ("message.versions", "versions"),
    ("turn.stop", "prompt"),
    ("app.help", "keys"),
    ("message.undo", "undo"),
    ("message.delete", "delete"),
    ("message.fork", "fork"),
)
_MESSAGE_WHILE_RUNNING: Final[_Keys] = (
    ("turn.stop", "stop"),
    ("message.open", "open"),
    ("message.form", "form"),
    ("message.copy", "copy"),
    ("message.leave", "prompt"),
    ("message.fold", "fold"),
    ("app.help", "keys"),
)
_FINDING: Final[_Keys] = (
    ("message.find_next", "next"),
    ("message.find_previous", "before"),
    ("chat.find", "other words"),
    ("turn.stop", "end the search"),
    ("message.copy", "copy"),
    ("app.help", "keys"),
)
_FIND_BAR: Final[_Keys] = (
    ("find.next", "next"),
    ("find.previous", "before"),
    ("find.accept", "to it"),
    ("find.close", "back to where you were"),
    ("app.help", "keys"),
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
    return [(live[binding], words) for binding, words in wanted if binding in live]


def _on_message(offers: Collection[str], *, is_running: bool) -> _Keys:
    """Return the keys that act on the focused message."""
    if is_running:
        at_times = {"message.open", "message.form", "message.fold"}
        return tuple(
            (binding, words)
            for binding, words in _MESSAGE_WHILE_RUNNING
            if binding not in at_times or binding.removeprefix("message.") in offers
        )
    keys = _QUESTION if "question" in offers else _ANSWER
    is_broken = any(name in offers for name in ("continue", "fix", "details"))
    return tuple(
        (binding, "again" if is_broken and binding == "message.again" else words)
        for binding, words in keys
        if not binding.startswith("message.") or binding.removeprefix("message.") in offers
    )


def _with_pairs(live: Mapping[str, str]) -> Mapping[str, str]:
    """Join keys that form a pair, and add second actions."""
    before, after = live.get("message.previous_version"), live.get("message.next_version")
    pairs = {"message.versions": f"{before} {after}"} if before and after else {}
    if "message.fold" in live:
        pairs["message.open"] = live["message.fold"]
    return {**live, **pairs}
