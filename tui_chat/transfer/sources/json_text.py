"""A text of JSON, read value by value: one conversation at a time, and errors with their line."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.transfer.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = re.compile(r"[ \t\n\r]*")


class JsonText:
    """JSON, or lines of it, that anybody may have written."""

    def __init__(self, name: str, data: bytes) -> None:
        """Decode the text.

        Args:
            name: Names the file in words.
            data: What is in it.

        Raises:
            Malformed: It is not a text.
        """
        self._name = name
        self._decoder = json.JSONDecoder()
        try:
            self._text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise Malformed(f"{name}, line {line}: this is not a text in UTF-8") from None

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self._at(self._skip(0)) == "["

    def whole(self) -> Any:
        """Return the value.

        Raises:
            Malformed: It is not JSON.
        """
        value, end = self._value(self._skip(0))
        self._finish(end)
        return value

    def sample(self, most: int) -> list[Any]:
        """Return the first elements of a list, or the first value.

        Raises:
            Malformed: It is not JSON.
        """
        return (
            list(islice(self.elements(), most)) if self.is_list else [self._value(self._skip(0))[0]]
        )

    def elements(self) -> Iterator[Any]:
        """Yield the elements of a list.

        Raises:
            Malformed: It is not JSON.
        """
        start = self._skip(self._skip(0) + 1)
        while self._at(start) != "]":
            value, end = self._value(start)
            yield value
            start = self._skip(end)
            if self._at(start) == ",":
                start = self._skip(start + 1)
            elif self._at(start) != "]":
                raise self._wrong(start, "here a comma or ] is missing")
        self._finish(start + 1)

    def values(self) -> Iterator[Any]:
        """Yield the values that follow each other, one a line.

        Raises:
            Malformed: It is not JSON.
        """
        start = self._skip(0)
        while start < len(self._text):
            value, end = self._value(start)
            yield value
            start = self._skip(end)

    def check(self) -> None:
        """Read all of it once, so that nothing is taken from a file that ends in the middle.

        Raises:
            Malformed: It is not JSON.
        """
        for _ in self.elements() if self.is_list else self.values():
            pass

    def _value(self, start: int) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            raise self._wrong(error.pos, error.msg) from None
        except RecursionError:
            raise self._wrong(start, "this is nested too deeply") from None
        except ValueError:
            raise self._wrong(start, "a number in this is too long") from None

    def _finish(self, end: int) -> None:
        end = self._skip(end)
        if end < len(self._text):
            raise self._wrong(end, "here the file should end")

    def _wrong(self, position: int, what: str) -> Malformed:
        line = self._text.count("\n", 0, position) + 1
        if position >= len(self._text):
            what = "the file ends in the middle"
        return Malformed(f"{self._name}, line {line}: {what}")

    def _skip(self, position: int) -> int:
        blank = _BLANK.match(self._text, position)
        return blank.end() if blank else position

    def _at(self, position: int) -> str:
        return self._text[position : position + 1]
