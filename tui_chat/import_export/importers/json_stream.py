"""Parses JSON value by value: one conversation in memory at a time, errors with line numbers."""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _
from tui_chat.import_export.malformed import Malformed
from tui_chat.structured.lossless_json import describe_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = re.compile(r"[ \t\n\r]*")


class JsonText:
    """Untrusted JSON or JSON Lines.

    Args:
        name: The name of the file, for errors.
        data: Its content.

    Raises:
        Malformed: The content is not text.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._decoder = json.JSONDecoder()
        try:
            self._text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise Malformed(
                _("{file}, line {line}: {error}").format(
                    file=name, line=line, error=_("this is not UTF-8 text")
                )
            ) from None

    @property
    def is_object(self) -> bool:
        """True if it starts with an object."""
        return self._at(self._skip(0)) == "{"

    @property
    def is_lines(self) -> bool:
        """True if the first line is a complete value and more lines follow."""
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
        """True if it starts with a list."""
        return self._at(self._skip(0)) == "["

    def split(self, name: str) -> tuple[dict[str, Any], Iterator[Any]]:
        """Return an object without one of its lists, and the elements of that list.

        Args:
            name: The key of the list; a value that is not a list stays in the object.

        Raises:
            Malformed: The text is not JSON; all of it has been checked.
        """
        head: dict[str, Any] = {}
        elements: Iterator[Any] = iter(())
        start = self._skip(self._skip(0) + 1)
        while self._at(start) != "}":
            key, end = self._value(start)
            start = self._skip(end)
            if not isinstance(key, str) or self._at(start) != ":":
                raise self._error(start, _("a name and a colon are missing here"))
            start = self._skip(start + 1)
            if key == name and self._at(start) == "[":
                elements = self._elements(start)
                end = self._end_of_list(start)
            else:
                head[key], end = self._value(start)
            start = self._next(end, "}")
        self._finish(start + 1)
        return head, elements

    def sample(self, most: int) -> list[Any]:
        """Return the first elements of a list, or the first value.

        Raises:
            Malformed: The text is not JSON.
        """
        return (
            list(islice(self.elements(), most)) if self.is_list else [self._value(self._skip(0))[0]]
        )

    def elements(self) -> Iterator[Any]:
        """Yield the elements of a list.

        Raises:
            Malformed: The text is not JSON.
        """
        start = self._skip(0)
        yield from self._elements(start)

    def values(self) -> Iterator[Any]:
        """Yield the values of JSON Lines.

        Raises:
            Malformed: The text is not JSON.
        """
        start = self._skip(0)
        while start < len(self._text):
            value, end = self._value(start)
            yield value
            start = self._skip(end)

    def check(self) -> None:
        """Validate the whole text first, so that no part of a truncated file is imported.

        Raises:
            Malformed: The text is not JSON.
        """
        if self.is_list:
            self._finish(self._end_of_list(self._skip(0)))
        else:
            for _ in self.values():
                pass

    def _elements(self, start: int) -> Iterator[Any]:
        for value, _position in self._elements_with_next(start):
            yield value

    def _end_of_list(self, start: int) -> int:
        last = deque(self._elements_with_next(start), maxlen=1)
        return (last[0][1] if last else self._skip(start + 1)) + 1

    def _elements_with_next(self, start: int) -> Iterator[tuple[Any, int]]:
        """Yield each element of a list with the position of the next one, or of the bracket."""
        start = self._skip(start + 1)
        while self._at(start) != "]":
            value, end = self._value(start)
            start = self._next(end, "]")
            yield value, start

    def _next(self, end: int, closer: str) -> int:
        """Return the position of the next element, or of the closing bracket."""
        start = self._skip(end)
        if self._at(start) == ",":
            return self._skip(start + 1)
        if self._at(start) != closer:
            message = _("a comma or {bracket} is missing here").format(bracket=closer)
            raise self._error(start, message)
        return start

    def _value(self, start: int) -> tuple[Any, int]:
        try:
            return self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            message, position = describe_error(error)
            raise self._error(position, message) from None
        except RecursionError:
            raise self._error(start, _("this is nested too deeply")) from None
        except ValueError:
            raise self._error(start, _("a number in this is too long")) from None

    def _finish(self, end: int) -> None:
        end = self._skip(end)
        if end < len(self._text):
            raise self._error(end, _("the file should end here"))

    def _error(self, position: int, message: str) -> Malformed:
        line = self._text.count("\n", 0, position) + 1
        if position >= len(self._text):
            message = _("the file is incomplete")
        return Malformed(
            _("{file}, line {line}: {error}").format(file=self._name, line=line, error=message)
        )

    def _skip(self, position: int) -> int:
        blank = _BLANK.match(self._text, position)
        return blank.end() if blank else position

    def _at(self, position: int) -> str:
        return self._text[position : position + 1]
