"""Extracts the endpoint's error message from the body of a response."""

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
"""Length of the part of a page that is searched, which bounds the time of the patterns."""
_FIELDS: Final = (
    "error", "message", "msg", "status_msg", "detail", "details", "errors", "error_message",
    "error_msg", "error_description", "reason", "title", "description", "base_resp", "err",
    "errmsg", "fault", "faultstring", "exception", "failure", "cause",
)  # fmt: skip
_CODES: Final = ("code", "type", "reason", "__type", "status")
_TEXT_WITHIN: Final = re.compile(r"[:\[,]\s*\"[^\"]")


def parsed_body(body: str) -> Any:
    """Return a body decoded as JSON; None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_html(body: str) -> bool:
    """Return whether a body is a web page."""
    start = _COMMENT.sub("", body[:_PAGE_LIMIT]).lstrip("\ufeff \t\r\n")[:64].lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


def server_message(body: Any, depth: int = 6) -> str:
    """Return the message in a body: a text in one of the usual fields, a page's title, or all text.

    Args:
        body: A text, or decoded JSON.
        depth: Depth limit for nested objects and lists.
    """
    if isinstance(body, str):
        return _message_in_text(body, depth)
    if depth <= 0:
        return ""
    if isinstance(body, list):
        found = [server_message(item, depth - 1) for item in body[:5]]
        return "; ".join(message for message in found if message)
    if isinstance(body, dict):
        return _message_in_object(body, depth)
    return ""


def message_or_body(parsed: Any, body: str) -> str:
    """Return the message in a body; all of it if it is JSON without any of the usual fields."""
    message = server_message(body if parsed is None else parsed)
    if not message and isinstance(parsed, dict | list) and _TEXT_WITHIN.search(body):
        message = " ".join(body.split())
    return message


def _message_in_object(body: dict[str, Any], depth: int) -> str:
    # The case of the field names varies (Message, MESSAGE).
    fields = {str(name).lower(): value for name, value in body.items()}
    for name in _FIELDS:
        value = fields.get(name)
        if not value or isinstance(value, bool | int | float):
            continue
        message = server_message(value, depth - 1)
        if not message:
            continue
        raw = body.get("metadata")
        if isinstance(raw, dict) and raw.get("raw"):
            # OpenRouter: the message of the endpoint behind it.
            inner = server_message(raw["raw"], depth - 1)
            message = f"{message}: {inner}" if inner else message
        location = body.get("loc")
        if name == "msg" and isinstance(location, list):
            # FastAPI: the path of the invalid field in the request.
            return f"{'.'.join(str(step) for step in location)}: {message}"
        return message
    return ""


def _message_in_text(text: str, depth: int) -> str:
    if is_html(text):
        page = text[:_PAGE_LIMIT]
        found = _TITLE.search(page) or _HEADING.search(page)
        return _without_tags(found[1]) if found else ""
    start = text.lstrip()[:1]
    if start == "{" and depth > 0:
        # The error of another endpoint, forwarded as text.
        inner = server_message(parsed_body(text), depth - 1)
        if inner:
            return inner
    if start == "<":
        return _without_tags(text[:_PAGE_LIMIT])
    return " ".join(text.split())


def _without_tags(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def error_fields(body: Any) -> tuple[str, str]:
    """Return the codes of an error object, in lower case, and its parameter."""
    if isinstance(body, list):
        body = next((item for item in body if isinstance(item, dict)), None)
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = body if isinstance(body, dict) else {}
    codes = (error.get(name) for name in _CODES)
    code = " ".join(str(it) for it in codes if it and isinstance(it, str | int))
    return code[:200].lower(), str(error.get("param") or "")[:200]
