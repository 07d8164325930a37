"""Encodes JSON for an output stream: plain for a file or a pipe, escaped for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.text.sanitize import ascii_json, escaped_json

if TYPE_CHECKING:
    from typing import TextIO


def json_for(out: TextIO, text: str) -> str:
    """Return JSON text that is safe to write to a stream; its values do not change.

    Args:
        out: Control characters are escaped for a terminal, unencodable characters everywhere.
        text: JSON, or a piece of it.
    """
    text = escaped_json(text) if out.isatty() else text
    try:
        text.encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ascii_json(text)
    return text
