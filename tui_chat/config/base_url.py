"""Normalizes and validates base URLs."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from tui_chat.config.problems import looks_like_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import is_private_host

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# The client appends these paths itself; users copy them from curl examples.
_ENDPOINT_PATH: Final = re.compile(
    r"(?:/+(?:chat/completions|completions|responses|embeddings|models))+\Z", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BROKEN_SCHEME: Final = re.compile(r"\A(?:https?(?::|/)[:/]*|[:/]+)", re.IGNORECASE)
_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9.:/_~\[\]-]+\Z")
_MAX_LENGTH: Final = 2000
_SUGGESTION_LIMIT: Final = 120


def checked_base_url(text: str, name: str) -> str:
    """Return a normalized base URL: without spaces, final slash and request path.

    Args:
        text: The input of the user. It may contain a secret, so errors never quote all of it.
        name: The name of the setting for error messages, such as `base_url`.

    Raises:
        ConfigError: The text is not the URL of an endpoint.
    """
    url = text.strip()
    if not url:
        raise ConfigError(_("{name} is empty.").format(name=name), _example())
    if len(url) > _MAX_LENGTH or any(c.isspace() or not c.isprintable() for c in url):
        raise ConfigError(
            _("{name} contains spaces or control characters.").format(name=name),
            _("Remove them."),
        )
    if not _SCHEME.match(url):
        raise ConfigError(
            _("{name} does not begin with http:// or https://.").format(name=name),
            _suggestion(url),
        )
    parts = _split(url, name)
    path = _ENDPOINT_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def checked_address(text: str, name: str) -> tuple[str, dict[str, str]]:
    """Return a normalized base URL and the query behind it, such as Azure's `api-version`.

    Args:
        text: The input of the user.
        name: The name of the setting for error messages.

    Raises:
        ConfigError: The text is not the URL of an endpoint.
    """
    url, _mark, query = text.strip().partition("?")
    if "#" in query:
        # Reported as for a URL without a query.
        return checked_base_url(text, name), {}
    return checked_base_url(url, name), dict(parse_qsl(query, keep_blank_values=True))


def origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a URL; None without a host.

    A key for one origin is never sent to another.
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
    """Return whether two URLs have the same scheme, host and port."""
    origin = origin_of(url)
    return origin is not None and origin == origin_of(other)


def _split(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        raise ConfigError(
            _("{name} has no valid host or port.").format(name=name), _example()
        ) from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConfigError(
            _("{name} does not begin with http:// or https://.").format(name=name), _example()
        )
    if not host or parts.netloc.lower() in {"http:", "https:"}:
        raise ConfigError(_("{name} has no host.").format(name=name), _example())
    if "@" in parts.netloc:
        raise ConfigError(
            _("{name} contains a user name or a password.").format(name=name),
            _("Remove it and set a key source: api_key_env, api_key_file or api_key_command."),
        )
    if parts.query or parts.fragment:
        raise ConfigError(
            _("{name} contains ? or #.").format(name=name), _("Remove everything from there on.")
        )
    return parts


def _suggestion(url: str) -> str:
    rest = _BROKEN_SCHEME.sub("", url, count=1)
    host = origin_of(f"https://{rest}")
    if not host or not _PLAIN_HOST.match(rest) or looks_like_key(rest):
        return _("Did you mean {url}?").format(url="https://…")
    scheme = "http" if is_private_host(host[1]) else "https"
    return _("Did you mean {url}?").format(url=f"{scheme}://{rest[:_SUGGESTION_LIMIT]}")


def _example() -> str:
    return _("Example: {example}").format(example="https://api.openai.com/v1")
