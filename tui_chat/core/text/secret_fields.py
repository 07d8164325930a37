"""Finds secrets among named values: HTTP headers, fields of a request body, URL parameters.

Either the name implies a secret (`Authorization`, `client_secret`), or the value itself
looks like a key of a known kind.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from tui_chat.core.profile import Secret
from tui_chat.core.text.redact import is_placeholder, redaction_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECRET_HEADER: Final = re.compile(
    r"(?!.*(?:ratelimit|www-authenticate|-tokens\Z))"
    r".*(?:auth|key|token|secret|cookie|password|passwd|credential|signature|access-code)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS: Final = frozenset(
    {
        "apikey", "auth", "authorization", "bearer", "cookie", "credential", "credentials", "jwt",
        "key", "passphrase", "passwd", "password", "pat", "pwd", "secret", "signature", "token",
    }
)  # fmt: skip
_PLAIN_BEFORE: Final = frozenset(
    {
        "bos", "cache", "eos", "first", "foreign", "group", "last", "max", "next", "pad", "page",
        "partition", "primary", "public", "sort", "start", "stop", "unk",
    }
)  # fmt: skip
"""`stop_token` and `prompt_cache_key` are no secrets."""
_SCHEME: Final = re.compile(
    r"(?:bearer|basic|token|apikey|digest|negotiate)(?:\s+|\Z)", re.IGNORECASE
)
_RANDOM: Final = re.compile(r"[0-9a-f]{32,}\Z|(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[\w+=-]{24,}\Z")
_KEY_LIMIT: Final = 20_000
"""In characters; longer values are texts."""


def is_secret_header(name: str) -> bool:
    """Return whether the value of a header is a secret, by its name."""
    return bool(_SECRET_HEADER.match(name))


def is_secret_field(name: str) -> bool:
    """Return whether the value of a field in a request body is a secret, by its name."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] not in _SECRET_WORDS:
        return False
    return not _PLAIN_BEFORE.intersection(words[:-1])


def looks_secret(value: str) -> bool:
    """Return whether a value is a key of a known kind, or as random as one."""
    text = value.strip()
    return len(text) < _KEY_LIMIT and (
        redaction_patterns(text) != text or any(map(_RANDOM.match, text.split()))
    )


def header_secrets(headers: Mapping[str, str]) -> Iterator[Secret]:
    """Yield the secrets among the values of headers, in every form that may be quoted."""
    for name, value in headers.items():
        if is_secret_header(name) or looks_secret(value):
            yield from _forms(value)


def body_secrets(body: Any, *, is_secret: bool = False) -> Iterator[Secret]:
    """Yield the secrets among the fields of a request body, at any depth.

    Args:
        body: A value of JSON.
        is_secret: Whether the name of the value implies a secret.
    """
    if isinstance(body, dict):
        for name, value in body.items():
            yield from body_secrets(value, is_secret=is_secret_field(name))
    elif isinstance(body, list | tuple):
        for value in body:
            yield from body_secrets(value, is_secret=is_secret)
    elif isinstance(body, str) and (is_secret or looks_secret(body)):
        yield from _forms(body)


def url_secrets(url: str) -> Iterator[Secret]:
    """Yield the secrets in the query of a URL."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return
    for name, value in parse_qsl(query):
        if is_secret_field(name) or looks_secret(value):
            yield from _forms(value)


def _forms(value: str) -> Iterator[Secret]:
    """Yield a secret verbatim, without its scheme, decoded, and as the values of a cookie."""
    text = value.strip()
    bare = _SCHEME.sub("", text, count=1)
    if is_placeholder(bare):
        return
    forms = {text, bare}
    if bare != text and text.lower().startswith("basic"):
        forms |= _decoded(bare)
    for pair in re.split(r"[;,]\s*", bare):
        name, mark, inner = pair.partition("=")
        if mark and name and len(inner) >= 8:
            forms.add(inner)
    yield from map(Secret, sorted(form for form in forms if not is_placeholder(form)))


def _decoded(text: str) -> set[str]:
    try:
        user, mark, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return set()
    return {password} if mark and user and len(password) >= 8 else set()
