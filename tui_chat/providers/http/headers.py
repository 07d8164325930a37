"""Builds the headers of requests, and redacts headers for display."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat import __version__
from tui_chat.config.base_url import is_same_origin
from tui_chat.core.errors import KeyRefused
from tui_chat.core.labels import _
from tui_chat.core.profile import OPENAI_BASE_URL, Secret
from tui_chat.core.text.redact import STARS
from tui_chat.core.text.secret_fields import (
    body_secrets,
    header_secrets,
    is_secret_header,
    url_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from tui_chat.core.profile import Profile

_SENDABLE: Final = re.compile(r"[\x21-\x7e]*\Z")
_NEEDED: Final = frozenset(
    {
        "host", "accept", "accept-encoding", "connection", "content-type", "content-length",
        "transfer-encoding", "user-agent",
    }
)  # fmt: skip

_OPENAI_VARIABLES: Final = {
    "OPENAI_ORG_ID": "OpenAI-Organization",
    "OPENAI_PROJECT_ID": "OpenAI-Project",
}
_AZURE_HOSTS: Final = (".openai.azure.com", ".cognitiveservices.azure.com")
_NOT_FROM_ENV: Final = frozenset({"", "authorization"})


def sendable_key(key: Secret | None) -> Secret | None:
    """Return a key without surrounding whitespace; None if it is empty.

    Raises:
        KeyRefused: It contains a character that cannot be sent in a header.
    """
    text = key.reveal().strip() if key else ""
    if not _SENDABLE.match(text):
        raise KeyRefused(
            _("The key contains a blank, a line break or a character that is not ASCII."),
            _("Copy it again: a key is one word of letters, digits and signs."),
        )
    return Secret(text) if text else None


def own_headers(profile: Profile, key: Secret | None, env: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that are sent only to a profile's endpoint.

    Args:
        profile: The endpoint and its settings.
        key: As returned by `sendable_key`.
        env: The environment; its headers are sent only to OpenAI's own host.
    """
    own = {**_openai_headers(profile, env), "User-Agent": f"tui-chat/{__version__}"}
    if key is not None:
        key_header = profile.key_header or _usual_key_header(profile.base_url)
        if key_header is not None:
            own[key_header] = key.reveal()
        else:
            own["Authorization"] = f"Bearer {key.reveal()}"
    return {**own, **profile.headers}


def _usual_key_header(base_url: str) -> str | None:
    """Return the header that Azure's deployments expect; None for a bearer token."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return None
    is_azure = (parts.hostname or "").endswith(_AZURE_HOSTS)
    return "api-key" if is_azure or "/openai/deployments/" in parts.path.lower() else None


def secrets_of(profile: Profile, key: Secret | None, env: Mapping[str, str]) -> list[Secret]:
    """Return the secrets that are sent to an endpoint and must never be shown."""
    from_env = header_secrets(_openai_headers(profile, env))
    return [*([key] if key else ()), *from_env, *profile_secrets(profile)]


def _openai_headers(profile: Profile, env: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that the openai SDK reads from the environment; OpenAI's own host only."""
    if not is_same_origin(profile.base_url, OPENAI_BASE_URL):
        return {}
    lines = (line.partition(":") for line in env.get("OPENAI_CUSTOM_HEADERS", "").split("\n"))
    headers = {name.strip(): value.strip() for name, colon, value in lines if colon}
    for variable, name in _OPENAI_VARIABLES.items():
        if value := env.get(variable):
            headers[name] = value
    return {name: value for name, value in headers.items() if name.lower() not in _NOT_FROM_ENV}


def profile_secrets(profile: Profile) -> Iterator[Secret]:
    """Yield the secrets in the profile itself: in headers, query, body and cancel request."""
    yield from header_secrets(profile.headers)
    yield from body_secrets(profile.query)
    yield from body_secrets(profile.extra_body)
    if profile.cancel is not None:
        yield from url_secrets(profile.cancel.url)


def shown_headers(headers: Mapping[str, str], mask: Callable[[str], str]) -> dict[str, str]:
    """Return headers with their secrets redacted."""
    return {
        name: STARS if is_secret_header(name) else mask(value) for name, value in headers.items()
    }


class SentHeaders:
    """Allowlist for headers: only those that the endpoint needs or the profile defines are sent.

    The HTTP client adds headers of its own, such as credentials that it finds in a URL.
    """

    def __init__(self, profile: Profile, own: Mapping[str, str]) -> None:
        """Create the filter.

        Args:
            profile: The endpoint and its settings.
            own: The result of `own_headers`; sent to no other origin.
        """
        self._base_url = profile.base_url
        self._own = dict(own)

    def reduce(self, url: str, headers: MutableMapping[str, str]) -> None:
        """Remove the headers that must not be sent to a URL, and add those of the profile."""
        for name in list(headers):
            if name.lower() not in _NEEDED:
                del headers[name]
        if is_same_origin(url, self._base_url):
            headers.update(self._own)
