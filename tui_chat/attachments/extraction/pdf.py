"""Extracts the text of a PDF page by page. Runs in the child process."""

from __future__ import annotations

import io
import logging
import time
from typing import Any, Final

from tui_chat.attachments.extraction.child import MOST_CHARACTERS
from tui_chat.attachments.extraction.problems import Unreadable

_MOST_PAGES: Final = 2_000


def read_pdf(data: bytes, *, limit_s: float) -> tuple[dict[str, Any], bytes]:
    """Return the text of a PDF, with a heading for each page.

    Args:
        data: The file.
        limit_s: The time for the pages; those that were read by then are returned.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    until = time.monotonic() + limit_s
    reader = pypdf.PdfReader(io.BytesIO(data))
    try:
        # Many files are encrypted with an empty password, only to forbid printing.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("password")
    except pypdf.errors.DependencyError as error:
        # Encrypted by a method that pypdf alone cannot decrypt.
        raise Unreadable("password") from error
    count = len(reader.pages)
    texts: list[str] = []
    empty: list[int] = []
    length = 0
    for number in range(1, min(count, _MOST_PAGES) + 1):
        text = _page_text(reader, number - 1)
        if not text:
            empty.append(number)
        length += len(text)
        texts.append(f"[page {number}]\n{text}" if text else f"[page {number}: no text]")
        if length > MOST_CHARACTERS or time.monotonic() > until:
            break
    if not count:
        raise Unreadable("damaged")
    fields = {"pages": count, "read_pages": len(texts), "empty_pages": empty}
    is_scan = len(empty) == len(texts)
    return fields, b"" if is_scan else "\n\n".join(texts).encode("utf-8", "replace")


def _page_text(reader: Any, index: int) -> str:
    try:
        return str(reader.pages[index].extract_text()).strip()
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - one damaged page must not hide the others
        return ""
