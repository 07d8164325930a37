"""What a conversation has used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a path, as far as the endpoints told them; None where none told."""

    input_tokens: int | None
    output_tokens: int | None

    @classmethod
    def of(cls, path: Sequence[Message]) -> Self:
        """Add up what the messages of a path tell."""
        return cls(
            _sum([message.input_tokens for message in path]),
            _sum([message.output_tokens for message in path]),
        )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
