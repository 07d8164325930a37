"""Strict JSON (RFC 8259) that keeps every digit of every number when it is read and written."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST: Final = 200
"""Levels of nesting that are accepted. The parser of the live view (jiter) has the same limit; it
keeps hostile replies from exhausting the stack."""

_MOST_DIGITS: Final = 4300
"""Python's own limit for str to int, which takes quadratic time."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_encoded: Final = json.encoder.encode_basestring


class InvalidJson(ValueError):
    """A text is not JSON.

    Attributes:
        message: Why, as a phrase.
        at: Where, as an offset into the text; None when the text as a whole is rejected.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class _Constant(Exception):
    """NaN, Infinity or -Infinity, which Python's reader accepts."""


class _LimitReached(Exception):
    """Enough has been written."""


class Number(Decimal):
    """A number that a float or an int would change.

    Attributes:
        text: Its digits as they were written, such as `1.10` or `1E5`.
    """

    text: str

    def __new__(cls, text: str) -> Self:
        """Parse the digits; what exceeds the range of Decimal becomes zero or infinite."""
        try:
            number = super().__new__(cls, text)
        except InvalidOperation:
            mantissa, _e, exponent = text.lower().partition("e")
            beyond = "0" if exponent.startswith("-") else "Infinity"
            number = super().__new__(cls, f"-{beyond}" if mantissa.startswith("-") else beyond)
        number.text = text
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return Number, (self.text,)


class ParsedJson(NamedTuple):
    """The result of parsing."""

    value: Any
    """Made of dict, list, str, int, Number, bool and None."""
    duplicates: tuple[str, ...]
    """Keys that occur twice in one object, each once; the last value wins."""


def loads(text: str) -> ParsedJson:
    """Parse a text that is strictly JSON.

    Raises:
        InvalidJson: It is not JSON, or nested deeper than DEEPEST levels.
    """
    value, _end, duplicates = _load(text, 0, is_whole=True)
    return ParsedJson(value, duplicates)


def load_at(text: str, at: int) -> tuple[Any, int, tuple[str, ...]]:
    """Parse the value that begins at an offset; return it, its end, and its duplicate keys.

    Raises:
        InvalidJson: There is no value, or it is nested deeper than DEEPEST levels.
    """
    return _load(text, at, is_whole=False)


def _load(text: str, at: int, *, is_whole: bool) -> tuple[Any, int, tuple[str, ...]]:
    duplicates: dict[str, None] = {}

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            counts = Counter(key for key, _value in pairs)
            duplicates.update(dict.fromkeys(key for key, count in counts.items() if count > 1))
        return made

    decoder = json.JSONDecoder(
        parse_int=_integer,
        parse_float=Number,
        parse_constant=_constant,
        object_pairs_hook=as_object,
    )
    try:
        if is_whole:
            value, end = decoder.decode(text), len(text)
        else:
            value, end = decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise InvalidJson(*describe_error(error)) from None
    except _Constant as error:
        found = re.compile(rf"(?<![\w\"]){error}").search(text, at)
        message = _("{name} is not a JSON number").format(name=error)
        raise InvalidJson(message, found.start() if found else at) from None
    except RecursionError:
        raise InvalidJson(too_deep()) from None
    if depth_of(value) > DEEPEST:
        raise InvalidJson(too_deep())
    return value, end, tuple(duplicates)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Write a value of `loads`, or any made of plain types, as JSON.

    Args:
        value: At most DEEPEST levels deep.
        indent: Spaces per level; None for one line.
    """
    parts: list[str] = []
    _write(value, parts.append, "\n" if indent is not None else "", " " * (indent or 0))
    return _escape_surrogates("".join(parts))


def dumps_truncated(value: Any, limit: int) -> tuple[str, bool]:
    """Write the beginning of an indented JSON text without writing the rest.

    Args:
        value: As for `dumps`.
        limit: Characters to write at most.

    Returns:
        The text, and whether it is complete.
    """
    parts: list[str] = []
    left = limit

    def put(part: str) -> None:
        nonlocal left
        parts.append(part[: max(0, left)])
        left -= len(part)
        if left < 0:
            raise _LimitReached

    try:
        _write(value, put, "\n", "  ")
    except _LimitReached:
        return _escape_surrogates("".join(parts)), False
    return _escape_surrogates("".join(parts)), True


def _escape_surrogates(text: str) -> str:
    try:
        # Cheaper than a search for what hardly ever occurs, which takes 100 ms for 10 MB.
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8 form.
        return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return text


def scalar_text(value: Any) -> str:
    """Return a string, number or literal as JSON text, a number with all its digits."""
    if isinstance(value, str):
        return str(_encoded(value))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Number):
        return value.text
    if isinstance(value, int):
        # jiter, the parser of the live view, makes ints of any length.
        return str(value) if value.bit_length() < 3 * _MOST_DIGITS else f"{Decimal(value):f}"
    return str(value)


def depth_of(value: Any) -> int:
    """Return how many levels of objects and arrays a value has; 0 for a scalar."""
    depth, level = 0, [value]
    while nodes := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [
            child for node in nodes for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth


def describe_type(value: Any) -> str:
    """Return the name of a value's type, for a sentence."""
    for kinds, name in _TYPES:
        if isinstance(value, kinds):
            return _(name)
    return _("a number")


def too_deep() -> str:
    """Return the phrase for a value that is nested too deeply."""
    return _("it is nested more than {count} levels deep").format(count=DEEPEST)


_TYPES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (dict, N_("an object")),
    (list, N_("a list")),
    (str, N_("a string")),
    (bool, N_("true or false")),
    (type(None), N_("null")),
)


def _write(value: Any, put: Callable[[str], None], line: str, step: str) -> None:
    if isinstance(value, dict) and value:
        inner, separator = line + step if line else line, "{"
        for key, member in value.items():
            put(f"{separator}{inner}{_encoded(key)}: ")
            _write(member, put, inner, step)
            separator = "," if line else ", "
        put(line + "}")
    elif isinstance(value, list | tuple) and value:
        inner, separator = line + step if line else line, "["
        for member in value:
            put(separator + inner)
            _write(member, put, inner, step)
            separator = "," if line else ", "
        put(line + "]")
    elif isinstance(value, dict | list | tuple):
        put("{}" if isinstance(value, dict) else "[]")
    else:
        put(scalar_text(value))


def _integer(text: str) -> int | Number:
    return Number(text) if len(text) > _MOST_DIGITS or text == "-0" else int(text)


def _constant(name: str) -> Any:
    raise _Constant(name)


_TRAILING_COMMA: Final = N_("there is a comma before the closing bracket")
_MESSAGES: Final = (
    ("Expecting value", N_("a value is missing or is not JSON")),
    ("Expecting property name", N_("a key in double quotes is missing")),
    ("Expecting ':'", N_("a colon is missing after a key")),
    ("Expecting ','", N_("a comma is missing")),
    ("Unterminated string", N_("a string has no closing quote")),
    ("Invalid control character", N_("a string contains a line break or control character")),
    ("Invalid \\escape", N_("a string contains an unknown backslash escape")),
    ("Invalid \\u", N_("a string contains a broken \\u escape")),
    ("Extra data", N_("more text follows after the end")),
    ("Illegal trailing comma", _TRAILING_COMMA),
)
_AFTER_COMMA: Final = (("Expecting property name", "}"), ("Expecting value", "]"))
"""The report of Python before 3.13 of a trailing comma: at the bracket that follows it."""


def describe_error(error: json.JSONDecodeError) -> tuple[str, int]:
    """Return what is wrong with a text and where; the same for every Python version."""
    closer = error.doc[error.pos : error.pos + 1]
    if any(error.msg.startswith(start) and closer == end for start, end in _AFTER_COMMA):
        before = error.doc[: error.pos].rstrip(" \t\n\r")
        if before.endswith(","):
            return _(_TRAILING_COMMA), len(before) - 1
    for start, message in _MESSAGES:
        if error.msg.startswith(start):
            return _(message), error.pos
    return error.msg[:1].lower() + error.msg[1:], error.pos
