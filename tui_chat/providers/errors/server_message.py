"""Finds the endpoint's own words in the body of an error."""

from __future__ import annotations

import html
import json
import re
from typing import Any, Final

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HEADING: Final = re.compile(r"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]*>")
_COMMENT: Final = re.compile(r"\A\s*<!--.*?-->", re.DOTALL)
_PAGE_LIMIT: Final = 16_384
"""How much of a page is looked at for its title; the patterns must not be slow on any text."""
_FIELDS: Final = (
    "error", "message", "msg", "status_msg", "detail", "details", "errors", "error_message",
    "error_msg", "error_description", "reason", "title", "description", "base_resp", "err",
    "errmsg", "fault", "faultstring", "exception", "failure", "cause",
)  # fmt: skip
_TEXT_WITHIN: Final = re.compile(r"[:\[,]\s*\"[^\"]")


def parsed_body(body: str) -> Any:
    """Return a body as JSON; None when it is something else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_html(body: str) -> bool:
    """Say whether a body is a web page."""
    start = _COMMENT.sub("", body[:_PAGE_LIMIT]).lstrip("\ufeff \t\r\n")[:64].lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


def server_message(body: Any, depth: int = 4) -> str:
    """Return what a body says: the text under the usual fields, a page's title, or plain text.

    Args:
        body: A text, or what JSON made of it.
        depth: How deep to look into objects and lists.
    """
    if isinstance(body, str):
        return _text_words(body, depth)
    if depth <= 0:
        return ""
    if isinstance(body, list):
        found = [server_message(item, depth - 1) for item in body[:5]]
        return "; ".join(words for words in found if words)
    if isinstance(body, dict):
        return _object_words(body, depth)
    return ""


def message_or_body(parsed: Any, body: str) -> str:
    """Return what a body says; all of it when it is JSON without any of the usual fields."""
    words = server_message(body if parsed is None else parsed)
    if not words and isinstance(parsed, dict | list) and _TEXT_WITHIN.search(body):
        words = " ".join(body.split())
    return words


def _object_words(body: dict[str, Any], depth: int) -> str:
    # Some write Message, some MESSAGE.
    fields = {str(name).lower(): value for name, value in body.items()}
    for name in _FIELDS:
        value = fields.get(name)
        if not value or isinstance(value, bool | int | float):
            continue
        words = server_message(value, depth - 1)
        if not words:
            continue
        raw = body.get("metadata")
        if isinstance(raw, dict) and raw.get("raw"):
            # OpenRouter: what the endpoint behind it said.
            inner = server_message(raw["raw"], depth - 1)
            words = f"{words}: {inner}" if inner else words
        place = body.get("loc")
        if name == "msg" and isinstance(place, list):
            # FastAPI: where in the request it went wrong.
            return f"{'.'.join(str(step) for step in place)}: {words}"
        return words
    return ""


def _text_words(text: str, depth: int) -> str:
    if is_html(text):
        page = text[:_PAGE_LIMIT]
        found = _TITLE.search(page) or _HEADING.search(page)
        return _without_tags(found[1]) if found else ""
    start = text.lstrip()[:1]
    if start == "{" and depth > 0:
        # An error of another endpoint, passed on as a text.
        inner = server_message(parsed_body(text), depth - 1)
        if inner:
            return inner
    if start == "<":
        return _without_tags(text[:_PAGE_LIMIT])
    return " ".join(text.split())


def _without_tags(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def error_fields(body: Any) -> tuple[str, str]:
    """Return code (or type) and parameter of an error object, as lower-case texts."""
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = body if isinstance(body, dict) else {}
    code = f"{error.get('code') or ''} {error.get('type') or ''}".strip()
    return code[:200].lower(), str(error.get("param") or "")[:200]
