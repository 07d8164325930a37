"""Writes JSON to standard output: plain into a file or a pipe, escaped on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.text.sanitize import ascii_json, escaped_json

if TYPE_CHECKING:
    from typing import TextIO


def json_for(out: TextIO, text: str) -> str:
    """Return JSON text as it can be written to a stream; its values stay the same.

    Args:
        out: A terminal must not be acted upon, and some streams cannot encode everything.
        text: JSON, or a piece of it.
    """
    text = escaped_json(text) if out.isatty() else text
    try:
        text.encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ascii_json(text)
    return text
