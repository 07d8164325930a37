"""Access codes, which clients send instead of the key.

A code has 192 random bits, so a fast hash is as safe as a slow one: brute force is impossible. The
salt prevents the comparison of two databases.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.caps import UNCAPPED, Caps
from tui_chat.core.profile import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_PREFIX: Final = "tcg-"
_RANDOM_BYTES: Final = 24
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """Limits of a code; None means unlimited."""

    expires_at: datetime | None = None
    models: tuple[str, ...] | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    """Input and output together; a day begins at midnight UTC."""
    tokens_per_month: int | None = None
    cost_per_month: int | None = None
    """In millionths of the currency in which the profile's prices are given."""
    concurrent_requests: int | None = None
    """None for the default of the gateway."""
    profiles: tuple[str, ...] | None = None
    """The profiles that it allows, if the gateway serves several."""
    caps: Caps = UNCAPPED

    @property
    def has_budget(self) -> bool:
        """Return whether tokens or money are limited."""
        return (self.tokens_per_day, self.tokens_per_month, self.cost_per_month) != (
            None,
            None,
            None,
        )


@dataclass(frozen=True, slots=True)
class AccessCode:
    """A stored code: its limits and its salted hash."""

    id: int
    name: str
    """The name of its owner."""
    salt: bytes
    digest: bytes
    created_at: datetime
    limits: CodeLimits
    revoked_at: datetime | None = None

    def is_valid(self, moment: datetime) -> bool:
        """Return whether the code is valid at a moment."""
        expires_at = self.limits.expires_at
        return self.revoked_at is None and (expires_at is None or moment < expires_at)

    def may_use(self, model: str) -> bool:
        """Return whether the code allows a model."""
        return self.limits.models is None or model in self.limits.models


def new_code() -> Secret:
    """Return a new random code."""
    return Secret(_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES))


def new_salt() -> bytes:
    """Return a new random salt."""
    return secrets.token_bytes(_SALT_BYTES)


def digest_of(code: bytes, salt: bytes) -> bytes:
    """Return the hash of a code, which is stored instead of it."""
    return hmac.digest(salt, code, "sha256")


def find_valid_code(
    given: bytes, codes: Sequence[AccessCode], moment: datetime
) -> AccessCode | None:
    """Return the valid code that matches the one from a client; None if there is none.

    Compares with every code, in constant time, so that neither the response nor its timing reveals
    whether a code is missing, wrong, expired or revoked.
    """
    found: AccessCode | None = None
    for code in codes:
        is_same = hmac.compare_digest(digest_of(given, code.salt), code.digest)
        if is_same and code.is_valid(moment):
            found = code
    return found


def code_from_headers(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the code in the headers of a request, whose names are in lower case.

    The code stays bytes: a code with non-ASCII characters is wrong, but no error.
    """
    code = headers.get(b"x-access-code", b"").strip()
    if code:
        return code
    scheme, _, value = headers.get(b"authorization", b"").strip().partition(b" ")
    return value.strip() if scheme.lower() == b"bearer" else b""
