"""A whole conversation, as it is exported, imported or read at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Conversation, Message, path_to

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation and all of its messages, every version, deleted ones too."""

    conversation: Conversation
    messages: Sequence[Message]
    """Each after its parent."""

    @property
    def path(self) -> list[Message]:
        """The messages on the shown path, oldest first."""
        path = path_to(self.conversation.leaf_id, self.messages)
        return [message for message in path if message.deleted_at is None]

    @property
    def model(self) -> str | None:
        """The conversation's own model, or the model of the last reply on the shown path."""
        answered = (message.model for message in reversed(self.path) if message.model)
        return self.conversation.model or next(answered, None)


def version_numbers(transcript: Transcript) -> dict[str, tuple[int, int]]:
    """Return the version number and the number of versions of each message with siblings.

    The first version is 1; deleted ones do not count.
    """
    kept = [message for message in transcript.messages if message.deleted_at is None]
    totals = Counter((message.parent_id, message.role) for message in kept)
    seen: Counter[tuple[str | None, str]] = Counter()
    numbers: dict[str, tuple[int, int]] = {}
    for message in kept:
        slot = (message.parent_id, message.role)
        seen[slot] += 1
        if totals[slot] > 1:
            numbers[message.id] = (seen[slot], totals[slot])
    return numbers
