"""Incremental search in the lines of a view."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.ui.text_view.wrapped_lines import LINE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.ui.text_view.wrapped_lines import Rows

MOST_MATCHES: Final = 50_000
_VERIFIED: Final = 200
"""Up to this many matches are verified against the redacted text; redaction is slow."""


class Match(NamedTuple):
    """One match of the query."""

    section: int
    serial: int
    """Serial number of the line in the section."""
    ordinal: int
    """Index of the match in its line."""
    start: int


class LineSearch:
    """Case-insensitive search in sections of lines.

    Attributes:
        query: The searched text; empty when no search is active.
        current: The match that `step` selected.
    """

    def __init__(self, sections: Sequence[Rows], prepare: Callable[[str], str]) -> None:
        """Create an inactive search.

        Args:
            sections: The searched sections, top down.
            prepare: Converts the text of a line to the text that is shown.
        """
        self.query = ""
        self.current: Match | None = None
        self._sections = sections
        self._prepare = prepare
        self._pattern: re.Pattern[str] | None = None
        self._found: list[list[Match]] = [[] for _ in sections]

    @property
    def count(self) -> int:
        """Number of matches, up to `MOST_MATCHES` per section."""
        return sum(map(len, self._found))

    @property
    def position(self) -> int:
        """Number of the current match, from 1; 0 for none."""
        if self.current is None:
            return 0
        before = sum(map(len, self._found[: self.current.section]))
        return before + bisect_left(self._found[self.current.section], self.current) + 1

    def set_query(self, query: str) -> None:
        """Search for another text in all sections."""
        self.query = query
        self.current = None
        # A redacted text is never visible.
        is_shown = bool(query) and self._prepare(query) == query
        self._pattern = re.compile(re.escape(query), re.IGNORECASE) if is_shown else None
        for section in range(len(self._sections)):
            self.rescan(section)

    def rescan(self, section: int) -> None:
        """Search a section again after its lines were replaced."""
        self._found[section] = []
        self.scan_from(section, self._sections[section].dropped)
        if self.current is not None and self.current.section == section:
            self.current = None

    def scan_from(self, section: int, serial: int) -> None:
        """Search the new lines of a section, from a serial number on."""
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
        """Remove the matches in dropped lines."""
        first = self._sections[section].dropped
        found = self._found[section]
        del found[: bisect_left(found, (section, first))]
        if self.current and self.current.section == section and self.current.serial < first:
            self.current = None

    def step(self, direction: int, section: int, serial: int) -> Match | None:
        """Select the next or previous match, wrapping around.

        Args:
            direction: 1 or -1.
            section: Section to start in when there is no current match.
            serial: Line to start at in that case.
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
        """Return the highlights of a line: start, end and style.

        Args:
            text: The shown text of the line.
            section: The section of the line.
            serial: Its serial number.
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
        """Return the matches that are visible after redaction."""
        counts: dict[int, int] = {}
        for match in found:
            if match.serial not in counts:
                line = self._sections[match.section][match.serial]
                counts[match.serial] = len(self.marks(self._prepare(line.text)))
        return [match for match in found if match.ordinal < counts[match.serial]]
