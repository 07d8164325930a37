"""Search in the lines of a view: where the words are, how often, and which match is next."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.ui.text_view.view_lines import LINE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.ui.text_view.view_lines import Rows

MOST_MATCHES: Final = 50_000
_VERIFIED: Final = 200
"""Up to so many matches, each is looked up in the masked text too: masking is slow."""


class Match(NamedTuple):
    """One place where the words are."""

    section: int
    serial: int
    """The line, by its serial number in the section."""
    ordinal: int
    """Which match of its line."""
    start: int


class LineSearch:
    """Finds words in sections of lines, whatever their case.

    Attributes:
        words: What is looked for; empty when nothing is.
        current: The match that `step` has gone to.
    """

    def __init__(self, sections: Sequence[Rows], prepare: Callable[[str], str]) -> None:
        """Begin with nothing to look for.

        Args:
            sections: Where to look, from the top down.
            prepare: Makes of a line's text what is shown of it.
        """
        self.words = ""
        self.current: Match | None = None
        self._sections = sections
        self._prepare = prepare
        self._pattern: re.Pattern[str] | None = None
        self._found: list[list[Match]] = [[] for _ in sections]

    @property
    def count(self) -> int:
        """How many matches there are, up to `MOST_MATCHES` in each section."""
        return sum(map(len, self._found))

    @property
    def place(self) -> int:
        """The number of the current match, counted from 1; 0 for none."""
        if self.current is None:
            return 0
        before = sum(map(len, self._found[: self.current.section]))
        return before + bisect_left(self._found[self.current.section], self.current) + 1

    def look_for(self, words: str) -> None:
        """Look for other words, everywhere."""
        self.words = words
        self.current = None
        # Words that are masked are nowhere to be seen.
        is_shown = bool(words) and self._prepare(words) == words
        self._pattern = re.compile(re.escape(words), re.IGNORECASE) if is_shown else None
        for section in range(len(self._sections)):
            self.look_again(section)

    def look_again(self, section: int) -> None:
        """Look through a section whose lines are others now."""
        self._found[section] = []
        self.look_from(section, self._sections[section].dropped)
        if self.current is not None and self.current.section == section:
            self.current = None

    def look_from(self, section: int, serial: int) -> None:
        """Look through the lines of a section from one on: they are new."""
        pattern, rows, known = self._pattern, self._sections[section], self._found[section]
        if pattern is None:
            return
        found: list[Match] = []
        for number in range(serial, rows.end):
            if len(known) + len(found) > MOST_MATCHES:
                break
            for ordinal, match in enumerate(pattern.finditer(rows[number].text, 0, LINE_LIMIT)):
                found.append(Match(section, number, ordinal, match.start()))
        known += self._verified(found) if len(found) <= _VERIFIED else found

    def forget_dropped(self, section: int) -> None:
        """Forget the matches in lines that are gone."""
        first = self._sections[section].dropped
        found = self._found[section]
        del found[: bisect_left(found, (section, first))]
        if self.current and self.current.section == section and self.current.serial < first:
            self.current = None

    def step(self, direction: int, section: int, serial: int) -> Match | None:
        """Go to the next match or the one before, around the ends.

        Args:
            direction: 1 or -1.
            section: Where to begin when no match is the current one.
            serial: The line to begin at.
        """
        matches = [match for found in self._found for match in found]
        if not matches:
            return None
        if self.current is not None:
            index = bisect_left(matches, self.current) + direction
        else:
            index = bisect_left(matches, (section, serial)) - (direction < 0)
        self.current = matches[index % len(matches)]
        return self.current

    def marks(self, text: str, section: int = 0, serial: int = -1) -> list[tuple[int, int, str]]:
        """Return where the words are in a line as it is shown, and how they are marked.

        Args:
            text: The text that is shown of the line.
            section: Where the line is.
            serial: Its number there.
        """
        if self._pattern is None:
            return []
        current = self.current
        is_here = current is not None and (current.section, current.serial) == (section, serial)
        chosen = current.ordinal if current is not None and is_here else -1
        return [
            (*match.span(), "current" if ordinal == chosen else "match")
            for ordinal, match in enumerate(self._pattern.finditer(text))
        ]

    def _verified(self, found: list[Match]) -> list[Match]:
        """Return the matches that are seen."""
        counts: dict[int, int] = {}
        for match in found:
            if match.serial not in counts:
                line = self._sections[match.section][match.serial]
                counts[match.serial] = len(self.marks(self._prepare(line.text)))
        return [match for match in found if match.ordinal < counts[match.serial]]
