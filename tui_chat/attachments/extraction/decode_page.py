"""Decodes a web page: by its mark, the server, its declaration, else its statistics."""

from __future__ import annotations

import codecs
import re
from typing import Final

from tui_chat.attachments.decode_text import decode_text
from tui_chat.attachments.extraction.problems import Unreadable

_DECLARED: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION: Final = 4_096
"""The part of a page in which its encoding may be declared."""
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SUPERSETS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252"}
"""As in browsers: an older name means the encoding that contains it."""


def decode_page(data: bytes, charset: str = "") -> str:
    """Return the text of a page.

    Args:
        data: The page.
        charset: The encoding that the server names; empty if it names none.

    Raises:
        Unreadable: It is binary data.
    """
    declared = _DECLARED.search(data[:_DECLARATION])
    for name in (charset, declared[1].decode("ascii") if declared else ""):
        if name and not data.startswith(_MARKS):
            try:
                return data.decode(_SUPERSETS.get(name.lower(), name), "replace")
            except LookupError:
                continue
    page = decode_text(data)
    if page is None:
        raise Unreadable("damaged")
    return page
