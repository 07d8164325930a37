"""Moves a cursor through the rows of several texts, one grapheme cluster at a time. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rich.cells import cell_len

from tui_chat.ui.common.graphemes import at_border, border_after, border_before, borders
from tui_chat.ui.common.select_words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Rows(Protocol):
    """The rows of one text."""

    @property
    def height(self) -> int:
        """The number of rows."""

    def row(self, y: int) -> str:
        """Return the text of a row."""

    def paragraph(self, y: int) -> tuple[int, int]:
        """Return the first and the last row of the paragraph that contains a row."""

    def links(self, y: int) -> Sequence[tuple[int, int, str]]:
        """Return the links in a row: start, end, target."""


class Place(NamedTuple):
    """A grapheme cluster: the text, its row, and the index of its first character in the row."""

    text: int
    y: int
    x: int


class Span(NamedTuple):
    """A part of one text, from one place to the end of another."""

    text: int
    start: tuple[int, int]
    """Row and character."""
    end: tuple[int, int]
    """Row, and the character after the last one."""


class TextCursor:
    """A cursor, and the other end of a selection. Rows without text are skipped.

    Attributes:
        place: The cluster under the cursor.
        anchor: Where the selection began; None without a selection.
    """

    def __init__(self, texts: Sequence[Rows]) -> None:
        """Create a cursor at the first row with text.

        Args:
            texts: At least one.
        """
        self._texts = texts
        self.anchor: Place | None = None
        self.place = self._first() or Place(0, 0, 0)
        self._cells = 0
        """The column that movements between rows keep, in cells."""
        self._moves: Final[dict[str, Callable[[], Place | None]]] = {
            "left": self._left,
            "right": self._right,
            "up": lambda: self._vertical(-1),
            "down": lambda: self._vertical(1),
            "word": self._word,
            "word_back": self._word_back,
            "line_start": lambda: self.place._replace(x=0),
            "line_end": lambda: self.place._replace(x=self._last_x(self.place)),
            "paragraph": self._paragraph,
            "paragraph_back": self._paragraph_back,
            "first": self._first,
            "last": self._last,
            "link": lambda: self._link(1),
            "link_back": lambda: self._link(-1),
        }

    def move(self, name: str) -> bool:
        """Move by the name of a command; return False if there is nothing in that direction."""
        place = self._moves[name]()
        if place is None or place == self.place:
            return False
        self.place = place
        if name not in ("up", "down"):
            self._cells = cell_len(self._row(place)[: place.x])
        return True

    def toggle_selection(self) -> None:
        """Begin a selection at the cursor, or end it."""
        self.anchor = self.place if self.anchor is None else None

    def selected(self) -> list[Span]:
        """Return the selection, both ends included; without one, the cluster at the cursor."""
        first, last = sorted((self.place if self.anchor is None else self.anchor, self.place))
        spans = []
        for text in range(first.text, last.text + 1):
            end_y = last.y if text == last.text else self._texts[text].height - 1
            end_x = len(self._texts[text].row(end_y))
            if text == last.text:
                end_x = border_after(self._row(last), last.x)
            start = (first.y, first.x) if text == first.text else (0, 0)
            spans.append(Span(text, start, (end_y, end_x)))
        return spans

    def paragraph(self) -> Span:
        """Return the paragraph at the cursor."""
        first, last = self._texts[self.place.text].paragraph(self.place.y)
        return Span(
            self.place.text, (first, 0), (last, len(self._texts[self.place.text].row(last)))
        )

    @property
    def link(self) -> str | None:
        """The target of the link at the cursor."""
        links = self._texts[self.place.text].links(self.place.y)
        return next((href for start, end, href in links if start <= self.place.x < end), None)

    # Movements

    def _left(self) -> Place | None:
        if self.place.x:
            return self.place._replace(x=border_before(self._row(self.place), self.place.x))
        above = self._next_row(self.place, -1)
        return above._replace(x=self._last_x(above)) if above is not None else None

    def _right(self) -> Place | None:
        row = self._row(self.place)
        after = border_after(row, self.place.x)
        return self.place._replace(x=after) if after < len(row) else self._next_row(self.place, 1)

    def _vertical(self, step: int) -> Place | None:
        place = self._next_row(self.place, step)
        if place is None:
            return None
        row = self._row(place)
        x = max(at for at in borders(row)[:-1] if cell_len(row[:at]) <= self._cells)
        return place._replace(x=x)

    def _word(self) -> Place | None:
        starts = _word_starts(self._row(self.place))
        after = next((it for it in starts if it > self.place.x), None)
        if after is not None:
            return self.place._replace(x=after)
        below = self._next_row(self.place, 1)
        return below._replace(x=self._first_word(below)) if below is not None else None

    def _word_back(self) -> Place | None:
        place: Place | None = self.place
        limit = self.place.x
        while place is not None:
            starts = [it for it in _word_starts(self._row(place)) if it < limit]
            if starts:
                return place._replace(x=starts[-1])
            place = self._next_row(place, -1)
            limit = len(self._row(place)) if place is not None else 0
        return None

    def _paragraph(self) -> Place | None:
        last = self._texts[self.place.text].paragraph(self.place.y)[1]
        return self._next_row(self.place._replace(y=last), 1)

    def _paragraph_back(self) -> Place | None:
        first = self._texts[self.place.text].paragraph(self.place.y)[0]
        start = self.place._replace(y=first, x=0)
        if self.place > start:
            return start
        above = self._next_row(start, -1)
        if above is None:
            return None
        return above._replace(y=self._texts[above.text].paragraph(above.y)[0])

    def _first(self) -> Place | None:
        return self._next_row(Place(0, -1, 0), 1)

    def _last(self) -> Place | None:
        end = len(self._texts) - 1
        place = self._next_row(Place(end, self._texts[end].height, 0), -1)
        return place._replace(x=self._last_x(place)) if place is not None else None

    def _link(self, step: int) -> Place | None:
        """Return the next link in a direction; after the last one the first."""
        every = [*self._links()]
        if step < 0:
            every.reverse()
        beyond = [it for it in every if (it > self.place if step > 0 else it < self.place)]
        return next(iter(beyond or every), None)

    def _links(self) -> Iterator[Place]:
        for number, text in enumerate(self._texts):
            before = ""
            for y in range(text.height):
                links = text.links(y)
                for at, (start, _end, href) in enumerate(links):
                    # A link that is wrapped continues in the next row.
                    if at or href != before:
                        yield Place(number, y, at_border(text.row(y), start))
                before = links[-1][2] if links and links[-1][1] == len(text.row(y)) else ""

    # Rows

    def _row(self, place: Place) -> str:
        return self._texts[place.text].row(place.y)

    def _last_x(self, place: Place) -> int:
        row = self._row(place)
        return border_before(row, len(row))

    def _first_word(self, place: Place) -> int:
        return next(iter(_word_starts(self._row(place))), 0)

    def _next_row(self, place: Place, step: int) -> Place | None:
        """Return the start of the next row with text; None if there is none."""
        text, y = place.text, place.y + step
        while 0 <= text < len(self._texts):
            while 0 <= y < self._texts[text].height:
                if self._texts[text].row(y).strip():
                    return Place(text, y, 0)
                y += step
            text += step
            if 0 <= text < len(self._texts):
                y = 0 if step > 0 else self._texts[text].height - 1
        return None


def _word_starts(row: str) -> list[int]:
    """Return where words begin; a mark on a blank begins none."""
    known = frozenset(borders(row))
    return [start for start, _end in words(row) if start in known]
