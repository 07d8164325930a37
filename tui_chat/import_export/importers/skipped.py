"""What was left out of a file that is brought in, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tui_chat.core.text.quantities import counted
from tui_chat.core.text.sanitize import sanitize_line

_MOST_MARKS: Final = 20


@dataclass(slots=True)
class Tally:
    """Counts what is left out, by kind, and keeps why conversations could not be read."""

    skipped: Counter[str] = field(default_factory=Counter)
    """By what it is, in the singular."""
    broken: list[str] = field(default_factory=list)
    """One entry for each conversation that could not be read: which, and why."""

    def skip(self, kind: str, count: int = 1) -> None:
        """Count what is left out on purpose.

        Args:
            kind: What it is, in the singular: `image`.
            count: How many.
        """
        if count:
            self.skipped[kind] += count

    def marks_since(self, before: Counter[str]) -> str:
        """Return a mark for each thing left out since a moment.

        It stands in for a message that is nothing else: without it two answers would follow each
        other, and a question would be gone.

        Args:
            before: `skipped` at that moment, copied.
        """
        kinds = (self.skipped - before).elements()
        return " ".join(f"[{kind}]" for kind in islice(kinds, _MOST_MARKS))

    def reject(self, which: str, why: str) -> None:
        """Note a conversation that cannot be read.

        Args:
            which: Its title, or its place in the file.
            why: What is wrong with it.
        """
        self.broken.append(f"{sanitize_line(which, 60)}: {sanitize_line(why, 200)}")

    def skipped_words(self) -> list[str]:
        """Return what was left out, each kind with its count, the most frequent first."""
        return [counted(count, kind) for kind, count in self.skipped.most_common()]
