"""Base URLs as people write them, made right or refused in words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tui_chat.config.problems import looks_like_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import is_private_host

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# The endpoint client appends these itself; users copy them from an example with curl.
_ENDPOINT_PATH: Final = re.compile(
    r"(?:/+(?:chat/completions|completions|responses|embeddings|models))+\Z", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BROKEN_SCHEME: Final = re.compile(r"\A(?:https?(?::|/)[:/]*|[:/]+)", re.IGNORECASE)
_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9.:/_~\[\]-]+\Z")
_LONGEST: Final = 2000
_SUGGESTION_LIMIT: Final = 120


def checked_base_url(text: str, name: str) -> str:
    """Return a base URL without what does not belong to it: blanks, a last slash, the endpoint.

    Args:
        text: What the person wrote. It may hold a secret and is never quoted as a whole.
        name: What it was written for, such as `base_url`, for the words.

    Raises:
        ConfigError: It is not the URL of an endpoint.
    """
    url = text.strip()
    if not url:
        raise ConfigError(f"{name} is empty.", "It looks like https://api.openai.com/v1.")
    if len(url) > _LONGEST or any(c.isspace() or not c.isprintable() for c in url):
        raise ConfigError(f"{name} has blanks or control characters in it.", "Write it again.")
    if not _SCHEME.match(url):
        raise ConfigError(f"{name} has no http:// or https:// in front.", _suggestion(url))
    parts = _split(url, name)
    path = _ENDPOINT_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a URL; None when it has none.

    A key that was given for one origin never goes to another.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    host = parts.hostname.rstrip(".")
    return parts.scheme, host, port or _DEFAULT_PORTS.get(parts.scheme)


def is_same_origin(url: str, other: str) -> bool:
    """Say whether two URLs lead to the same scheme, host and port."""
    origin = origin_of(url)
    return origin is not None and origin == origin_of(other)


def _split(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        raise ConfigError(f"{name} has no valid host or port.", "Write it again.") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConfigError(f"{name} does not begin with http:// or https://.", "Use one of them.")
    if not host or parts.netloc.lower() in {"http:", "https:"}:
        raise ConfigError(f"{name} has no host.", "It looks like https://api.openai.com/v1.")
    if "@" in parts.netloc:
        raise ConfigError(
            f"{name} has a user name or a password in it.",
            "Take it out and name a key source: api_key_env, api_key_file or api_key_command.",
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"{name} has a ? or a # in it.", "Leave out everything from there on.")
    return parts


def _suggestion(url: str) -> str:
    rest = _BROKEN_SCHEME.sub("", url, count=1)
    host = origin_of(f"https://{rest}")
    if not host or not _PLAIN_HOST.match(rest) or looks_like_key(rest):
        return "Did you mean https://…?"
    scheme = "http" if is_private_host(host[1]) else "https"
    return f"Did you mean {scheme}://{rest[:_SUGGESTION_LIMIT]}?"
