"""Position in a line that counts columns, because indentation may end within a tab."""

from __future__ import annotations

from typing import Final

_TAB_STOP: Final = 4


class Cursor:
    """Reads the indentation and the markers of a line from left to right."""

    __slots__ = ("_column", "_line", "_pending", "_position")

    def __init__(self, line: str) -> None:
        self._line = line
        self._position = 0
        self._column = 0
        self._pending = 0
        """Remaining columns of a partly consumed tab."""

    @property
    def rest(self) -> str:
        """The rest of the line, with its indentation."""
        return " " * self._pending + self._line[self._position :]

    @property
    def text(self) -> str:
        """The rest of the line, without its indentation."""
        return self._line[self._position :].lstrip(" \t")

    def indent(self) -> int:
        """Return the width of the blank space here, in columns."""
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
        """Consume blank space up to a number of columns."""
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
        """Consume a marker; its indentation must have been consumed."""
        self._position += characters
        self._column += characters
