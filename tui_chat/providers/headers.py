"""Which headers leave, and how they are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.urls import is_same_origin
from tui_chat.core.masking import STARS
from tui_chat.core.profile import OPENAI_BASE_URL, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from tui_chat.core.profile import Profile

_SECRET_NAME: Final = re.compile(r"auth|key|token|secret|cookie|password|access-code", re.I)
_NEEDED: Final = frozenset(
    {
        "host", "accept", "accept-encoding", "connection", "content-type", "content-length",
        "transfer-encoding", "user-agent",
        # The SDK reads from the request whether the answer is ours to read.
        "x-stainless-raw-response",
    }
)  # fmt: skip


def secret_headers(headers: Mapping[str, str]) -> Iterator[Secret]:
    """Yield the values of headers whose names say that they hold a secret."""
    for name, value in headers.items():
        if _SECRET_NAME.search(name):
            yield Secret(value)


def shown_headers(headers: Mapping[str, str], mask: Callable[[str], str]) -> dict[str, str]:
    """Return headers as they may be shown."""
    return {
        name: STARS if _SECRET_NAME.search(name) else mask(value) for name, value in headers.items()
    }


class SentHeaders:
    """Lets only those headers leave that the endpoint needs or the profile names.

    The SDK adds facts about this machine, and takes an organization and further headers from the
    environment: those belong to OpenAI and go nowhere else.
    """

    def __init__(self, profile: Profile, *, has_key: bool) -> None:
        self.has_key = has_key
        self._allowed = _NEEDED | {name.lower() for name in profile.headers}
        if has_key:
            self._allowed |= {"authorization"}
        self._is_openai = is_same_origin(profile.base_url, OPENAI_BASE_URL)

    def reduce(self, headers: MutableMapping[str, str]) -> None:
        """Take out the headers that must not leave."""
        for name in list(headers):
            lower = name.lower()
            if lower in self._allowed:
                continue
            if self._is_openai and not lower.startswith("x-stainless") and lower != "authorization":
                continue
            del headers[name]
