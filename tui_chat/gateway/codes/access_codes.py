"""Access codes: what a client shows in place of the key.

A code is 192 random bits, so a fast hash keeps it as safe as a slow one would: nobody can try them
all. The salt keeps two databases from being compared.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.profile import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_BEGIN: Final = "tcg-"
_RANDOM_BYTES: Final = 24
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What a code may do; None: without limit."""

    expires_at: datetime | None = None
    models: tuple[str, ...] | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    """In and out together; a day begins at midnight UTC."""


@dataclass(frozen=True, slots=True)
class AccessCode:
    """A code as it is stored: what it may do, and how it is recognised."""

    id: int
    name: str
    """Who it was made for."""
    salt: bytes
    digest: bytes
    created_at: datetime
    allowance: CodeLimits
    revoked_at: datetime | None = None

    def is_valid(self, moment: datetime) -> bool:
        """Say whether it opens anything at a moment."""
        expires_at = self.allowance.expires_at
        return self.revoked_at is None and (expires_at is None or moment < expires_at)

    def may_use(self, model: str) -> bool:
        """Say whether it is for a model."""
        return self.allowance.models is None or model in self.allowance.models


def new_code() -> Secret:
    """Return a code that nobody has."""
    return Secret(_BEGIN + secrets.token_urlsafe(_RANDOM_BYTES))


def new_salt() -> bytes:
    """Return a salt."""
    return secrets.token_bytes(_SALT_BYTES)


def digest_of(code: bytes, salt: bytes) -> bytes:
    """Return what is stored of a code."""
    return hmac.digest(salt, code, "sha256")


def recognised(given: bytes, codes: Sequence[AccessCode], moment: datetime) -> AccessCode | None:
    """Return the valid code that a client has given.

    Every code is compared, in constant time, whatever was given: an answer tells neither by its
    words nor by its time whether a code is missing, wrong, expired or revoked.
    """
    found: AccessCode | None = None
    for code in codes:
        is_same = hmac.compare_digest(digest_of(given, code.salt), code.digest)
        if is_same and code.is_valid(moment):
            found = code
    return found


def given_code(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the code in a request's headers, of which the names are in lower case.

    It is taken as bytes: a code in letters outside ASCII is a wrong one, not an error.
    """
    code = headers.get(b"x-access-code", b"").strip()
    if code:
        return code
    scheme, _, value = headers.get(b"authorization", b"").strip().partition(b" ")
    return value.strip() if scheme.lower() == b"bearer" else b""
