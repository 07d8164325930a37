"""Extracts the title and the main text of a web page. Runs in the child process."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from tui_chat.attachments.extraction.decode_page import decode_page
from tui_chat.attachments.extraction.web import text_of_html

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
_MIN_LENGTH: Final = 200
"""A main text that is shorter, and less than half of all text, is taken for a mistake."""


def read_page(data: bytes, *, url: str, charset: str) -> tuple[dict[str, Any], bytes]:
    """Return the main text of a page as Markdown, or all of its text.

    Args:
        data: The page.
        url: Its address, which helps to recognize what belongs to it.
        charset: The encoding that the server names; empty if it names none.
    """
    page = decode_page(data, charset)
    whole = text_of_html(page)
    title, main = _main_text(page, url)
    title = title or _title(page)
    whole = whole.removeprefix(title).lstrip()
    is_main = len(main) >= _MIN_LENGTH or 2 * len(main) >= max(1, len(whole))
    fields = {"title": title, "is_main_text": is_main}
    return fields, (main if is_main else whole).encode("utf-8", "replace")


def _main_text(page: str, url: str) -> tuple[str, str]:
    """Return the title and the main text; empty if the library is missing or finds none."""
    try:
        import trafilatura
    except ImportError:
        return "", ""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text = trafilatura.extract(
        page,
        url=url,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_links=False,
        include_tables=True,
    )
    metadata = trafilatura.extract_metadata(page, default_url=url)
    return metadata.title or "", (text or "").strip()


def _title(page: str) -> str:
    found = _TITLE.search(page[:200_000])
    return " ".join(text_of_html(found[1]).split()) if found else ""
