"""The fields of a profile that add to its requests: body, headers, the request to cancel."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.base_url import checked_base_url
from tui_chat.config.problems import lower_first
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import CancelRequest
from tui_chat.core.text.secret_fields import body_secrets, is_secret_header, looks_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.toml_table import Table

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?\Z")
# The client writes these; another value breaks the request.
_CLIENT_HEADERS: Final = frozenset(
    {"connection", "content-length", "content-type", "host", "transfer-encoding"}
)
# These belong to the program; extra_body would overwrite them behind its back.
_OWN_BODY_KEYS: Final = frozenset({"messages", "model", "stream"})
_DEEPEST: Final = 50
_METHODS: Final = ("POST", "DELETE", "PUT", "PATCH", "GET")


class Headers(dict[str, str]):
    """Headers whose values are not shown by their repr: some hosts take the key in one."""

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, "***"))


def read_extra_body(table: Table) -> Mapping[str, Any]:
    """Return what is added to the body of a request: only what JSON can hold."""
    inner = table.table("extra_body")
    if inner is None:
        return {}
    body: dict[str, Any] = {}
    for field, value in inner.items():
        if field in _OWN_BODY_KEYS:
            inner.reject(field, "is written by the program itself.", "Set it in the profile.")
        elif not _is_json(value):
            inner.reject(
                field, "holds something that JSON has not, such as a date.", "Write it as a text."
            )
        else:
            body[field] = value
    if any(body_secrets(body)):
        inner.problems.warn_if_others_can_read(inner.path)
    return body


def read_headers(table: Table) -> Mapping[str, str]:
    """Return the headers that are added to a request: only what HTTP can carry."""
    inner = table.table("headers")
    headers = Headers()
    if inner is None:
        return headers
    for field, _ in inner.items():
        value = inner.text(field)
        if value is None:
            continue
        if not _HEADER_NAME.match(field) or field.lower() in _CLIENT_HEADERS:
            inner.reject(field, "cannot be the name of a header here.", "Remove it.")
        elif not _HEADER_VALUE.match(value.strip()):
            inner.reject(
                field,
                "is empty or has characters that cannot be sent in a header.",
                "Write it in ASCII and in one line.",
            )
        else:
            headers[field] = value.strip()
    if any(is_secret_header(name) or looks_secret(value) for name, value in headers.items()):
        inner.problems.warn_if_others_can_read(inner.path)
    return headers


def read_cancel(table: Table) -> CancelRequest | None:
    """Return the request that tells the host to stop."""
    inner = table.table("cancel")
    if inner is None:
        return None
    method = (inner.name("method") or "POST").upper()
    url = inner.text("url", limit=2000)
    inner.finish()
    if method not in _METHODS:
        inner.reject("method", "is not a method of HTTP.", f"Use one of {', '.join(_METHODS)}.")
        return None
    if "url" not in inner:
        inner.reject("url", "is missing.", 'Such as url = "{base_url}/responses/{id}/cancel".')
    if url is None:
        return None
    filled = url.replace("{base_url}", "https://host").replace("{id}", "id")
    if set(filled) & set("{}"):
        inner.reject("url", "has other braces than {base_url} and {id}.", "Remove them.")
        return None
    try:
        checked_base_url(filled.partition("?")[0], "It")
    except ConfigError as error:
        inner.reject("url", f"cannot be used: {lower_first(error.summary)}", error.hint)
        return None
    return CancelRequest(method, url.strip())


def _is_json(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(_is_json(inner, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return all(_is_json(inner, depth + 1) for inner in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int)
