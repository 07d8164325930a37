"""Errors in an imported file: those that reject a conversation, and those that cost only a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_MAX_TEXTS: Final = 20
"""Texts kept for one conversation: in a hostile file, each of a million messages may have one."""


class Malformed(Exception):
    """A file, or one conversation in it, does not follow its format.

    Its text is a clause to be put after "<file or conversation>: ".
    """


@dataclass(slots=True)
class Problems:
    """The problems of a conversation that was read in spite of them."""

    count: int = 0
    texts: list[str] = field(default_factory=list)
    """A clause for each of the first ones."""
    left_out: int = 0
    """The number of messages that could not be read."""

    def add(self, text: str) -> None:
        """Record a problem."""
        self.count += 1
        if len(self.texts) < _MAX_TEXTS:
            self.texts.append(text)
