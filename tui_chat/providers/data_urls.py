"""`data:` URLs in requests: built, encoded and shown without handling megabytes in one step.

A step in C holds the interpreter: Base64 of 20 MB and its JSON take 0.3 s, in any thread.
"""

from __future__ import annotations

import base64
import json
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.quantities import byte_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STEP: Final = 3 * 128 * 1_024
"""Bytes encoded at once; a multiple of 3, so that the pieces can be joined."""
_LONG: Final = 10_000
"""A longer URL is kept out of the JSON encoder."""
_MARK: Final = b";base64,"
_SHOWN: Final = 24
"""Base64 characters that are shown."""


def data_url(mime: str, data: bytes) -> str:
    """Return bytes as a `data:` URL."""
    pieces = (base64.b64encode(data[at : at + _STEP]) for at in range(0, len(data), _STEP))
    return f"data:{mime};base64,{b''.join(pieces).decode('ascii')}"


def encoded_body(body: Mapping[str, Any]) -> bytes:
    """Return compact JSON in UTF-8."""
    urls: dict[str, str] = {}
    short = {**body, "messages": [_without_urls(it, urls) for it in body.get("messages") or ()]}
    if not urls:
        return _json(body)
    rest = _json(short)
    pieces: list[bytes] = []
    for placeholder, url in urls.items():
        head, _mark, rest = rest.partition(placeholder.encode())
        pieces += [head, url.encode("ascii")]
    return b"".join([*pieces, rest])


def shortened(body: bytes) -> bytes:
    """Return a body, to be shown, whose `data:` URLs end after a few characters."""
    return b"".join(_shortened(body)) if _MARK in body else body


def _shortened(body: bytes) -> Iterator[bytes]:
    at = 0
    while (mark := body.find(_MARK, at)) >= 0:
        begin = mark + len(_MARK)
        end = body.find(b'"', begin)
        if end < 0:
            break
        yield body[at : min(begin + _SHOWN, end)]
        if end - begin > _SHOWN:
            yield f"… ({byte_size((end - begin) * 3 // 4)})".encode()
        at = end
    yield body[at:]


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A lone surrogate, which JSON can escape and UTF-8 cannot encode.
        return json.dumps(value, separators=(",", ":")).encode()


def _without_urls(message: Any, urls: dict[str, str]) -> Any:
    """Return a message with placeholders for its long URLs, which are added to `urls`."""
    if not isinstance(message, dict) or not isinstance(content := message.get("content"), list):
        return message
    return {**message, "content": [_without_url(part, urls) for part in content]}


def _without_url(part: Any, urls: dict[str, str]) -> Any:
    for kind, name in (("image_url", "url"), ("file", "file_data")):
        if not isinstance(part, dict) or not isinstance(holder := part.get(kind), dict):
            continue
        url = holder.get(name)
        if isinstance(url, str) and len(url) > _LONG and _is_plain(url):
            placeholder = f"data-url-{token_hex()}"
            urls[placeholder] = url
            return {**part, kind: {**holder, name: placeholder}}
    return part


def _is_plain(url: str) -> bool:
    """Return whether a URL needs no escaping in JSON."""
    return url.startswith("data:") and url.isascii() and '"' not in url and "\\" not in url
