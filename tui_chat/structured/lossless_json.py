"""JSON read and written with every digit of its numbers; nothing but RFC 8259 is accepted."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple, Self

DEEPEST: Final = 200
"""How many levels are read. The live view's parser (jiter) stops there too, and nothing a person
asks a model for comes near it; a bound keeps hostile answers from exhausting the stack."""

_MOST_DIGITS: Final = 4300
"""Python turns longer texts into an int only when told to: it takes quadratic time."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_encoded: Final = json.encoder.encode_basestring


class InvalidJson(ValueError):
    """A text is not JSON.

    Attributes:
        message: Why, as a phrase.
        at: Where, as an offset into the text; None when it is the whole.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class _Constant(Exception):
    """NaN, Infinity or -Infinity, which Python's reader would take."""


class _Enough(Exception):
    """As much as is wanted has been written."""


class Number(Decimal):
    """A number that a float or an int would change, as it was written.

    Attributes:
        text: Its digits in the answer, such as `1.10` or `1E5`.
    """

    text: str

    def __new__(cls, text: str) -> Self:
        """Return the number of a JSON text; what is beyond a Decimal too counts as infinite."""
        try:
            number = super().__new__(cls, text)
        except InvalidOperation:
            mantissa, _, exponent = text.lower().partition("e")
            beyond = "0" if exponent.startswith("-") else "Infinity"
            number = super().__new__(cls, f"-{beyond}" if mantissa.startswith("-") else beyond)
        number.text = text
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return Number, (self.text,)


class ParsedJson(NamedTuple):
    """What a JSON text holds."""

    value: Any
    """Of dict, list, str, int, Number, bool and None."""
    duplicates: tuple[str, ...]
    """Keys that stand twice in one object, of which the last one counts; each named once."""


def loads(text: str) -> ParsedJson:
    """Return what a text holds, if it is JSON to the letter.

    Raises:
        InvalidJson: It is not, or it is nested deeper than DEEPEST levels.
    """
    value, _, duplicates = _load(text, 0, is_whole=True)
    return ParsedJson(value, duplicates)


def load_at(text: str, at: int) -> tuple[Any, int, tuple[str, ...]]:
    """Return the value that begins at a place, where it ends, and its duplicate keys.

    Raises:
        InvalidJson: There is none, or it is nested deeper than DEEPEST levels.
    """
    return _load(text, at, is_whole=False)


def _load(text: str, at: int, *, is_whole: bool) -> tuple[Any, int, tuple[str, ...]]:
    duplicates: dict[str, None] = {}

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            counts = Counter(key for key, _ in pairs)
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
        raise InvalidJson(f"{error} is no number of JSON", found.start() if found else at) from None
    except RecursionError:
        raise InvalidJson(_TOO_DEEP) from None
    if depth_of(value) > DEEPEST:
        raise InvalidJson(_TOO_DEEP)
    return value, end, tuple(duplicates)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Return a value of `loads`, or any made of plain types, as JSON text.

    Args:
        value: No deeper than DEEPEST levels.
        indent: Blanks for each level; None for one line.
    """
    parts: list[str] = []
    _write(value, parts.append, "\n" if indent is not None else "", " " * (indent or 0))
    return _without_halves("".join(parts))


def dumps_truncated(value: Any, most: int, *, indent: int = 2) -> tuple[str, bool]:
    """Return the dumps_truncated of what `dumps` writes, without writing the rest.

    Args:
        value: As for `dumps`.
        most: Characters from which on it ends, within a line.
        indent: Blanks for each level.

    Returns:
        The text, and whether it is the whole.
    """
    parts: list[str] = []
    left = most

    def put(part: str) -> None:
        nonlocal left
        parts.append(part[: max(0, left)])
        left -= len(part)
        if left < 0:
            raise _Enough

    try:
        _write(value, put, "\n", " " * indent)
    except _Enough:
        return _without_halves("".join(parts)), False
    return _without_halves("".join(parts)), True


def _without_halves(text: str) -> str:
    try:
        # Cheaper than to look for what is hardly ever there: 10 MB took the loop 100 ms.
        text.encode()
    except UnicodeEncodeError:
        # Half a character cannot be written out as UTF-8.
        return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return text


def scalar_text(value: Any) -> str:
    """Return a leaf as JSON writes it: a text in quotes, a number with all its digits."""
    if isinstance(value, str):
        return str(_encoded(value))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Number):
        return value.text
    if isinstance(value, int):
        # Of the live view: its parser makes ints of any length.
        return str(value) if value.bit_length() < 3 * _MOST_DIGITS else f"{Decimal(value):f}"
    return str(value)


def depth_of(value: Any) -> int:
    """Return how many levels of objects and arrays a value has; 0 for a leaf."""
    depth, level = 0, [value]
    while level:
        inner: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                inner.extend(node.values())
            elif isinstance(node, list):
                inner.extend(node)
        if not any(isinstance(node, dict | list) for node in level):
            break
        depth, level = depth + 1, inner
    return depth


def describe_type(value: Any) -> str:
    """Return what a value is, for a sentence."""
    for kinds, words in _TYPES:
        if isinstance(value, kinds):
            return words
    return "a number"


_TOO_DEEP: Final = f"it is nested more than {DEEPEST} levels deep"
_TYPES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (dict, "an object"),
    (list, "a list"),
    (str, "a text"),
    (bool, "true or false"),
    (type(None), "null"),
)


def _write(value: Any, put: Any, line: str, step: str) -> None:
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


_TRAILING_COMMA: Final = "a comma stands before the end"
_MEANINGS: Final = (
    ("Expecting value", "a value is missing or is not JSON"),
    ("Expecting property name", "a key in double quotes is missing"),
    ("Expecting ':'", "a colon is missing after a key"),
    ("Expecting ','", "a comma is missing"),
    ("Unterminated string", "a text has no closing quote"),
    ("Invalid control character", "a text holds a line break or another control character"),
    ("Invalid \\escape", "a text holds a backslash that means nothing"),
    ("Invalid \\u", "a text holds a broken \\u escape"),
    ("Extra data", "more follows after the end"),
    ("Illegal trailing comma", _TRAILING_COMMA),
)
_AFTER_COMMA: Final = (("Expecting property name", "}"), ("Expecting value", "]"))
"""How Python before 3.13 reports a trailing comma: at the bracket that follows it."""


def describe_error(error: json.JSONDecodeError) -> tuple[str, int]:
    """Return what is wrong with a text and where, alike in every version of Python."""
    closer = error.doc[error.pos : error.pos + 1]
    if any(error.msg.startswith(words) and closer == end for words, end in _AFTER_COMMA):
        before = error.doc[: error.pos].rstrip(" \t\n\r")
        if before.endswith(","):
            return _TRAILING_COMMA, len(before) - 1
    return _plain(error.msg), error.pos


def _plain(message: str) -> str:
    for dumps_truncated, words in _MEANINGS:
        if message.startswith(dumps_truncated):
            return words
    return message[:1].lower() + message[1:]
