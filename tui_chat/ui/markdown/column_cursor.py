"""A position in a line that counts columns, because a tab may belong half to the indentation."""

from __future__ import annotations

from typing import Final

_TAB_STOP: Final = 4


class Cursor:
    """Reads a line's indentation and markers from left to right."""

    __slots__ = ("_column", "_line", "_pending", "_position")

    def __init__(self, line: str) -> None:
        self._line = line
        self._position = 0
        self._column = 0
        self._pending = 0
        """Columns of a tab that was consumed only in part."""

    @property
    def rest(self) -> str:
        """What follows, indentation included."""
        return " " * self._pending + self._line[self._position :]

    @property
    def text(self) -> str:
        """What follows, without its indentation."""
        return self._line[self._position :].lstrip(" \t")

    def indent(self) -> int:
        """Return the columns of blank space here."""
        width = self._pending
        column = self._column + width
        for character in self._line[self._position :]:
            if character == " ":
                step = 1
            elif character == "\t":
                step = _TAB_STOP - column % _TAB_STOP
            else:
                break
            width += step
            column += step
        return width

    def skip_indent(self, columns: int) -> None:
        """Consume up to so many columns of blank space."""
        while columns > 0:
            if self._pending:
                self._pending -= 1
                self._column += 1
                columns -= 1
                continue
            character = self._line[self._position : self._position + 1]
            if character not in {" ", "\t"}:
                return
            self._position += 1
            self._pending = 1 if character == " " else _TAB_STOP - self._column % _TAB_STOP

    def skip(self, characters: int) -> None:
        """Consume a marker; the indentation before it must have been consumed."""
        self._position += characters
        self._column += characters
