"""How many tokens a text has, where the endpoint does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ASCII_PER_TOKEN: Final = 4
"""About so many letters of English or code make a token of the usual vocabularies."""
_PER_MESSAGE: Final = 4
"""What a message costs beside its text: its role, and the marks around it."""


def estimated(text: str) -> int:
    """Return about how many tokens a text has: a Chinese character counts as one."""
    others = 0 if text.isascii() else sum(character > "\x7f" for character in text)
    return -(-(len(text) - others) // _ASCII_PER_TOKEN) + others


def estimated_input(messages: Iterable[Any]) -> int:
    """Return about how many tokens the messages of a request have."""
    return sum(_PER_MESSAGE + estimated(_text_of(message)) for message in messages)


def _text_of(value: Any) -> str:
    """Return all texts within a value but the pictures, which are no words."""
    if isinstance(value, str):
        return "" if value.startswith("data:") else value
    if isinstance(value, dict):
        return "".join(_text_of(inner) for name, inner in value.items() if name != "role")
    if isinstance(value, list):
        return "".join(map(_text_of, value))
    return ""
