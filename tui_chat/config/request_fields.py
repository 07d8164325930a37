"""Reads the fields of a profile that extend its requests: extra_body, headers, query, cancel."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.base_url import checked_base_url
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import CancelRequest
from tui_chat.core.text.secret_fields import body_secrets, is_secret_header, looks_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.toml_table import Table

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?\Z")
# Set by the HTTP client; other values break the request.
_CLIENT_HEADERS: Final = frozenset(
    {"connection", "content-length", "content-type", "host", "transfer-encoding"}
)
# Set by the program; extra_body must not overwrite them.
OWN_BODY_KEYS: Final = frozenset({"messages", "model", "stream"})
_MAX_DEPTH: Final = 50
_METHODS: Final = ("POST", "DELETE", "PUT", "PATCH", "GET")


class Headers(dict[str, str]):
    """Headers, or the query of a URL. The repr hides the values, because some contain the key."""

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, "***"))


def read_extra_body(table: Table) -> Mapping[str, Any]:
    """Return the JSON values to add to the request body."""
    inner = table.table("extra_body")
    if inner is None:
        return {}
    body: dict[str, Any] = {}
    for field, value in inner.items():
        if field in OWN_BODY_KEYS:
            summary = _("{key} is set by the program.")
            inner.reject(field, summary, _("Set it in the profile."))
        elif not is_json(value):
            summary = _("{key} contains a value JSON cannot represent, for example a date.")
            inner.reject(field, summary, _("Write it as a string."))
        else:
            body[field] = value
    if any(body_secrets(body)):
        inner.problems.warn_if_others_can_read(inner.path)
    return body


def read_web(table: Table) -> Mapping[str, Any] | None:
    """Return the fields of a request that ask for web search; None if it is not asked for."""
    if dict(table.items()).get("web") in (True, False):
        return {} if table.flag("web") else None
    inner = table.table("web")
    if inner is None:
        return None
    fields: dict[str, Any] = {}
    for field in inner.names():
        value = dict(inner.items())[field]
        if field in OWN_BODY_KEYS:
            inner.reject(field, _("{key} is set by the program."), _("Set it in the profile."))
        elif not is_json(value):
            summary = _("{key} contains a value JSON cannot represent, for example a date.")
            inner.reject(field, summary, _("Write it as a string."))
        else:
            fields[field] = value
    if any(body_secrets(fields)):
        inner.problems.warn_if_others_can_read(inner.path)
    return fields


def read_headers(table: Table) -> Mapping[str, str]:
    """Return the valid HTTP headers to add to a request."""
    inner = table.table("headers")
    headers = Headers()
    if inner is None:
        return headers
    for field in inner.names():
        value = inner.text(field)
        if value is None:
            continue
        if not _HEADER_NAME.match(field) or field.lower() in _CLIENT_HEADERS:
            inner.reject(field, _("{key} is not allowed as a header."), _("Remove it."))
        elif not _HEADER_VALUE.match(value.strip()):
            summary = _("{key} is empty or has characters that a header cannot contain.")
            inner.reject(field, summary, _("Use ASCII and one line."))
        else:
            headers[field] = value.strip()
    if any(is_secret_header(name) or looks_secret(value) for name, value in headers.items()):
        inner.problems.warn_if_others_can_read(inner.path)
    return headers


def is_header(name: str, value: str) -> bool:
    """Return whether a header can be sent; its name is not one that the HTTP client sets."""
    is_name = _HEADER_NAME.match(name) and name.lower() not in _CLIENT_HEADERS
    return bool(is_name and _HEADER_VALUE.match(value.strip()))


def read_query(table: Table) -> Mapping[str, str]:
    """Return the parameters to add to the URL of a request."""
    inner = table.table("query")
    query = Headers()
    if inner is None:
        return query
    for field in inner.names():
        value = inner.text(field, limit=1000)
        if value is not None and not (field.isprintable() and value.isprintable()):
            inner.reject(field, _("{key} contains control characters."), _("Remove them."))
        elif value is not None:
            query[field] = value
    if any(body_secrets(query)):
        inner.problems.warn_if_others_can_read(inner.path)
    return query


def read_key_header(table: Table) -> str | None:
    """Return the name of the header that carries the key."""
    name = table.name("key_header")
    if name is None:
        return None
    if not _HEADER_NAME.match(name) or name.lower() in _CLIENT_HEADERS or looks_secret(name):
        hint = _("Example: {example}").format(example='key_header = "api-key"')
        table.reject("key_header", _("{key} is not the name of a header."), hint)
        return None
    return name


def read_cancel(table: Table) -> CancelRequest | None:
    """Return the request that cancels a completion on the server."""
    inner = table.table("cancel")
    if inner is None:
        return None
    method = (inner.name("method") or "POST").upper()
    url = inner.text("url", limit=2000)
    inner.finish()
    if method not in _METHODS:
        hint = _("Use one of {values}.").format(values=join_list(_METHODS))
        inner.reject("method", _("{key} is not an HTTP method."), hint)
        return None
    if "url" not in inner:
        hint = _("Example: {example}").format(example='url = "{base_url}/responses/{id}/cancel"')
        inner.reject("url", _("{key} is missing."), hint)
    if url is None:
        return None
    filled = url.replace("{base_url}", "https://host").replace("{id}", "id")
    if set(filled) & set("{}"):
        summary = _("{key} has braces other than {placeholders}.")
        inner.reject("url", summary, _("Remove them."), placeholders="{base_url}, {id}")
        return None
    try:
        checked_base_url(filled.partition("?")[0], inner.label("url"))
    except ConfigError as error:
        inner.reject("url", "{error}", error.hint, error=error.summary)
        return None
    return CancelRequest(method, url.strip())


def is_json(value: object, depth: int = 0) -> bool:
    """Return whether JSON can represent a value."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(value, dict):
        return all(is_json(inner, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return all(is_json(inner, depth + 1) for inner in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int)
