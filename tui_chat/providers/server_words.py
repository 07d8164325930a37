"""Finds the endpoint's own words in the body of an error."""

from __future__ import annotations

import html
import json
import re
from typing import Any, Final

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HEADING: Final = re.compile(r"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_FIELDS: Final = (
    "error", "message", "msg", "detail", "details", "errors", "error_message", "error_msg",
    "error_description", "reason", "title", "description",
)  # fmt: skip


def parsed_body(body: str) -> Any:
    """Return a body as JSON; None when it is something else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_html(body: str) -> bool:
    """Say whether a body is a web page."""
    start = body.lstrip("\ufeff \t\r\n")[:64].lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


def server_words(body: Any, depth: int = 4) -> str:
    """Return what a body says: the text under the usual fields, a page's title, or plain text.

    Args:
        body: A text, or what JSON made of it.
        depth: How deep to look into objects and lists.
    """
    if isinstance(body, str):
        return _page_words(body) if is_html(body) else " ".join(body.split())
    if depth <= 0:
        return ""
    if isinstance(body, list):
        found = [server_words(item, depth - 1) for item in body[:5]]
        return "; ".join(words for words in found if words)
    if isinstance(body, dict):
        return _object_words(body, depth)
    return ""


def _object_words(body: dict[str, Any], depth: int) -> str:
    for name in _FIELDS:
        value = body.get(name)
        if not value or isinstance(value, bool | int | float):
            continue
        words = server_words(value, depth - 1)
        if not words:
            continue
        place = body.get("loc")
        if name == "msg" and isinstance(place, list):
            # FastAPI: where in the request it went wrong.
            return f"{'.'.join(str(step) for step in place)}: {words}"
        return words
    return ""


def _page_words(page: str) -> str:
    found = _TITLE.search(page) or _HEADING.search(page)
    words = _TAG.sub(" ", found[1]) if found else ""
    return " ".join(html.unescape(words).split())


def error_fields(body: Any) -> tuple[str, str]:
    """Return code (or type) and parameter of an error object, as lower-case texts."""
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = body if isinstance(body, dict) else {}
    code = error.get("code") or error.get("type") or ""
    return str(code).lower(), str(error.get("param") or "")
