"""Which keys the footer shows in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    ("app.quit", "quit"),
)
_EDITING: Final[_Keys] = (
    ("prompt.send", "send as a new version"),
    ("prompt.newline", "newline"),
    ("turn.stop", "leave it as it is"),
    ("app.help", "keys"),
)
_MESSAGE: Final[_Keys] = (
    ("message.copy", "copy"),
    ("message.again", "another answer"),
    ("message.edit", "edit"),
    ("message.previous_version", "] versions"),
    ("message.delete", "delete"),
    ("turn.stop", "prompt"),
    ("app.help", "keys"),
    ("message.continue", "continue"),
    ("message.fork", "fork"),
    ("message.undo", "undo"),
    ("message.fold", "fold reasoning"),
)


def footer_keys(
    live: Mapping[str, str],
    *,
    is_running: bool,
    is_pausing: bool,
    in_messages: bool,
    is_editing: bool = False,
) -> list[tuple[str, str]]:
    """Return keys and what they do, the ones that matter most first.

    Args:
        live: The keys that work now, by the id of their binding.
        is_running: Whether a turn runs.
        is_pausing: Whether that turn waits to try again.
        in_messages: Whether a message has the focus.
        is_editing: Whether the prompt holds an earlier message.
    """
    if is_pausing and not in_messages:
        wanted = _PAUSING
    elif is_running and not in_messages:
        wanted = _RUNNING
    elif in_messages:
        wanted = _MESSAGE
    else:
        wanted = _EDITING if is_editing else _PROMPT
    return [(live[binding], words) for binding, words in wanted if binding in live]
