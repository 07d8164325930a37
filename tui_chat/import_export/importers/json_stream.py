"""A text of JSON, read value by value: one conversation at a time, and errors with their line."""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.import_export.malformed import Malformed
from tui_chat.structured.lossless_json import describe_error

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
    def is_object(self) -> bool:
        """Whether it begins with an object."""
        return self._at(self._skip(0)) == "{"

    @property
    def is_lines(self) -> bool:
        """Whether the first line is a value of its own, and others follow it."""
        start = self._skip(0)
        end_of_line = self._text.find("\n", start)
        if end_of_line < 0 or self._skip(end_of_line) == len(self._text):
            return False
        try:
            _, end = self._decoder.raw_decode(self._text[start:end_of_line])
        except (ValueError, RecursionError):
            return False
        return not self._text[start + end : end_of_line].strip()

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self._at(self._skip(0)) == "["

    def split(self, name: str) -> tuple[dict[str, Any], Iterator[Any]]:
        """Return an object without one of its lists, and the elements of that list.

        Args:
            name: The key of the list; where its value is none, that stays in the object.

        Raises:
            Malformed: It is not JSON; all of it has been looked at.
        """
        head: dict[str, Any] = {}
        elements: Iterator[Any] = iter(())
        start = self._skip(self._skip(0) + 1)
        while self._at(start) != "}":
            key, end = self._value(start)
            start = self._skip(end)
            if not isinstance(key, str) or self._at(start) != ":":
                raise self._wrong(start, "here a name and a colon are missing")
            start = self._skip(start + 1)
            if key == name and self._at(start) == "[":
                elements = self._elements(start)
                end = self._end_of_list(start)
            else:
                head[key], end = self._value(start)
            start = self._separated(end, "}")
        self._finish(start + 1)
        return head, elements

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
        start = self._skip(0)
        yield from self._elements(start)

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
        if self.is_list:
            self._finish(self._end_of_list(self._skip(0)))
        else:
            for _ in self.values():
                pass

    def _elements(self, start: int) -> Iterator[Any]:
        for value, _ in self._places(start):
            yield value

    def _end_of_list(self, start: int) -> int:
        last = deque(self._places(start), maxlen=1)
        return (last[0][1] if last else self._skip(start + 1)) + 1

    def _places(self, start: int) -> Iterator[tuple[Any, int]]:
        """Yield each element of a list, and where what is behind its comma begins."""
        start = self._skip(start + 1)
        while self._at(start) != "]":
            value, end = self._value(start)
            start = self._separated(end, "]")
            yield value, start

    def _separated(self, end: int, closer: str) -> int:
        """Return where the next element begins, or the bracket that closes all of them."""
        start = self._skip(end)
        if self._at(start) == ",":
            return self._skip(start + 1)
        if self._at(start) != closer:
            raise self._wrong(start, f"here a comma or {closer} is missing")
        return start

    def _value(self, start: int) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            words, at = describe_error(error)
            raise self._wrong(at, words) from None
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
