"""Which headers leave, and how they are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat import __version__
from tui_chat.config.urls import is_same_origin
from tui_chat.core.errors import KeyRefused
from tui_chat.core.masking import STARS
from tui_chat.core.profile import OPENAI_BASE_URL, Secret
from tui_chat.core.secret_fields import body_secrets, header_secrets, is_secret_header, url_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from tui_chat.core.profile import Profile

_SENDABLE: Final = re.compile(r"[\x21-\x7e]*\Z")
_NEEDED: Final = frozenset(
    {
        "host", "accept", "accept-encoding", "connection", "content-type", "content-length",
        "transfer-encoding", "user-agent",
        # The SDK reads from the request whether the answer is ours to read.
        "x-stainless-raw-response",
    }
)  # fmt: skip


def sendable_key(key: Secret | None) -> Secret | None:
    """Return a key without blanks around it; None for none.

    Raises:
        KeyRefused: It holds a character that cannot be sent in a header.
    """
    text = key.reveal().strip() if key else ""
    if not _SENDABLE.match(text):
        raise KeyRefused(
            "The key holds a blank, a line break or a character that is not ASCII.",
            "Copy it once more: it is one word of letters, digits and signs.",
        )
    return Secret(text) if text else None


def own_headers(profile: Profile, key: Secret | None) -> dict[str, str]:
    """Return the headers that are ours, whatever the environment says.

    Args:
        profile: Whose endpoint is asked.
        key: As `sendable_key` returns it.
    """
    own = {"User-Agent": f"tui-chat/{__version__}", **profile.headers}
    return {"Authorization": f"Bearer {key.reveal()}", **own} if key else own


def secrets_of(profile: Profile, key: Secret | None) -> list[Secret]:
    """Return all that is sent to an endpoint and must never be shown."""
    return [*([key] if key else ()), *profile_secrets(profile)]


def profile_secrets(profile: Profile) -> Iterator[Secret]:
    """Yield the secrets that stand in a profile itself: in headers, body and cancel request."""
    yield from header_secrets(profile.headers)
    yield from body_secrets(profile.extra_body)
    if profile.cancel is not None:
        yield from url_secrets(profile.cancel.url)


def shown_headers(headers: Mapping[str, str], mask: Callable[[str], str]) -> dict[str, str]:
    """Return headers as they may be shown."""
    return {
        name: STARS if is_secret_header(name) else mask(value) for name, value in headers.items()
    }


class SentHeaders:
    """Lets only those headers leave that the endpoint needs or the profile names.

    The SDK adds facts about this machine, and takes an organization and further headers from the
    environment: those belong to OpenAI and go nowhere else.
    """

    def __init__(self, profile: Profile, own: Mapping[str, str]) -> None:
        """Prepare for a profile.

        Args:
            profile: Whose endpoint is asked.
            own: The headers that are ours: they stand, whatever the environment says.
        """
        self._base_url = profile.base_url
        self._own = dict(own)
        self._allowed = _NEEDED | {name.lower() for name in own}
        self._is_openai = is_same_origin(profile.base_url, OPENAI_BASE_URL)

    def reduce(self, url: str, headers: MutableMapping[str, str]) -> None:
        """Take out the headers that must not leave for a URL, and put ours back."""
        is_at_home = is_same_origin(url, self._base_url)
        allowed = self._allowed if is_at_home else _NEEDED
        keeps_facts = is_at_home and self._is_openai
        for name in list(headers):
            lower = name.lower()
            if lower in allowed:
                continue
            if keeps_facts and not lower.startswith("x-stainless") and lower != "authorization":
                continue
            del headers[name]
        if is_at_home:
            headers.update(self._own)
