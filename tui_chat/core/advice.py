"""Advice for expected failures, in the words of the face that shows it.

The chat names keys. The command line (`ask`, `doctor`, the gateway) names flags and commands,
because nobody can press a key there.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator


class Face(Enum):
    """The part of the program that shows a message."""

    CHAT = auto()
    COMMAND_LINE = auto()


class Advice(Enum):
    """Advice for the user about a failure: the text for the chat, and for the command line."""

    READ_ALL = (
        N_("Press v on this message to read the full response."),
        N_("The response names no cause that is known here."),
    )
    """Advice for an error whose cause is unknown and whose response is longer than its excerpt."""
    CHOOSE_MODEL = (
        N_("Choose another model with Ctrl+L, or start with --model."),
        N_("Name another model with --model; `tui-chat doctor` lists what the endpoint offers."),
    )
    MAKE_ROOM = (
        N_("Drop the oldest turns (o on this message), or start a new conversation (Ctrl+N)."),
        N_("Send a shorter question, or name a model with a larger context with --model."),
    )
    SEND_LESS = (
        N_("Send less, or start a new conversation (Ctrl+N)."),
        N_("Send less in one request."),
    )
    WAIT_THEN_RETRY = (
        N_("It asks you to wait {time}; then press r."),
        N_("It asks you to wait {time}; then run the command again."),
    )
    ASK_AGAIN_LATER = (
        N_("Press r to try again later, or choose another model with Ctrl+L."),
        N_("Run the command again later, or name another model with --model."),
    )
    STREAM = (
        N_("Set stream = true in the profile, and start without --no-stream."),
        N_("Set stream = true in the profile, and leave out --no-stream."),
    )
    DO_NOT_STREAM = (
        N_("Set stream = false in the profile, or start with --no-stream."),
        N_("Add --no-stream, or set stream = false in the profile."),
    )

    def __init__(self, chat: str, command_line: str) -> None:
        self.chat = chat
        self.command_line = command_line

    @property
    def text(self) -> str:
        """The translated advice for the face of this process."""
        return _(self.chat if face() is Face.CHAT else self.command_line)

    def is_in(self, text: str) -> bool:
        """Return whether a message ends with this advice, for whichever face it was made."""
        return text.endswith((_(self.chat), _(self.command_line)))

    def removed_from(self, text: str) -> str:
        """Return a message without this advice at its end."""
        for advice in (self.chat, self.command_line):
            text = text.removesuffix(_(advice)).rstrip()
        return text


_FACE: Final = [Face.CHAT]


def face() -> Face:
    """Return the face of this process."""
    return _FACE[0]


@contextmanager
def shown_on(shown: Face) -> Iterator[None]:
    """Set the face of this process within a context."""
    before, _FACE[0] = _FACE[0], shown
    try:
        yield
    finally:
        _FACE[0] = before
