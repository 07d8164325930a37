"""Keeps secrets out of words: errors, logs, the wire view, exports, crash reports.

A server's own words may hold the key that was sent to it, whole, encoded or in part.
"""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui_chat.core.profile import Secret

STARS: Final = "***"
FRAGMENT: Final = 8
"""From how many characters on a piece of the key is masked too."""
_SHORTEST_SECRET: Final = 4
"""A shorter key than this stands in too many words to be masked wherever it occurs."""

# What looks like a key or stands where keys stand, whoever it belongs to. A value must hold a digit
# or a star, so that "Bearer authentication is required" stays readable.
_VALUE: Final = r"(?=[^\s\"',;]*[\d*])[^\s\"',;<>&]{6,}"
_PATTERNS: Final = (
    re.compile(rf"(?i)(\b(?:bearer|basic|apikey)\s+){_VALUE}"),
    re.compile(
        rf"(?i)((?:authorization|x-api-key|api[-_ ]?key|access[-_]?token|x-access-code)"
        rf"[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?){_VALUE}"
    ),
    re.compile(r"()\b(?:sk|pk|rk|gsk|xai|hf|ghp|nvapi|pplx|r8)[-_](?=[\w*.-]*[\d*])[\w*.-]{5,}"),
    re.compile(r"()\bAIza[\w-]{20,}"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(\w+://)[^/\s@:]+:[^/\s@]+(?=@)"),
)


def mask_patterns(text: str) -> str:
    """Return text without what looks like a key, known or not."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{STARS}", text)
    return text


class Masker:
    """Masks known secrets, in all their spellings and in part, and what looks like one."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        texts = [secret.reveal().strip() for secret in secrets]
        kept = [text for text in texts if len(text) >= _SHORTEST_SECRET]
        spellings = {spelling for text in kept for spelling in _spellings(text)}
        # The longest first: a short spelling may be a part of a long one.
        ordered = sorted(spellings, key=len, reverse=True)
        self._whole = re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE)
        self._has_secrets = bool(ordered)
        self._fragments = {
            text[start : start + FRAGMENT]
            for text in kept
            for start in range(len(text) - FRAGMENT + 1)
            if _is_telling(text[start : start + FRAGMENT])
        }

    def __call__(self, text: str) -> str:
        """Return text with every secret replaced by stars."""
        if self._has_secrets:
            text = self._whole.sub(STARS, text)
        if self._fragments:
            text = self._without_fragments(text)
        return mask_patterns(text)

    def _without_fragments(self, text: str) -> str:
        parts: list[str] = []
        position = start = 0
        while start + FRAGMENT <= len(text):
            if text[start : start + FRAGMENT] not in self._fragments:
                start += 1
                continue
            end = start + FRAGMENT
            while text[end - FRAGMENT + 1 : end + 1] in self._fragments:
                end += 1
            parts += (text[position:start], STARS)
            position = start = end
        parts.append(text[position:])
        return "".join(parts)


def _spellings(text: str) -> Iterator[str]:
    yield text
    yield quote(text, safe="")
    yield quote_plus(text)
    yield quote(quote(text, safe=""), safe="")
    escaped = json.dumps(text)[1:-1]
    yield escaped
    yield escaped.replace("/", "\\/")
    yield json.dumps(escaped)[1:-1]
    yield "".join(f"\\u{ord(character):04x}" for character in text)
    yield html.escape(text)
    yield repr(text)[1:-1]
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    yield encoded.rstrip("=")


def _is_telling(fragment: str) -> bool:
    """Say whether a piece of a key could not be a piece of an ordinary word."""
    return any(c.isdigit() for c in fragment) or (
        any(c.isupper() for c in fragment[1:]) and any(c.islower() for c in fragment)
    )
