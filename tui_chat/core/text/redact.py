"""Redacts secrets in texts: errors, logs, the wire view, exports, crash reports.

A server may echo the key that was sent to it, whole, encoded or in part. All functions run
in linear time for any text: it may come from a hostile server.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui_chat.core.profile import Secret

STARS: Final = "***"
FRAGMENT: Final = 8
"""The length in characters from which on a part of a key is redacted too."""
_SHORTEST_SECRET: Final = 4
"""A shorter key occurs in too many words to be redacted everywhere."""
_LONGEST_SPELLED: Final = 512
"""A longer key is matched verbatim and in part, not in every escaped spelling."""
_BACKSLASHES: Final = r"\\{1,8}"
_NO_SECRETS: Final = frozenset(
    {
        "none", "null", "test", "dummy", "empty", "local", "ollama", "lm-studio", "not-needed",
        "no-key", "sk-no-key-required", "no-key-required", "not-required", "no-key-needed",
        "nokey", "placeholder", "fake", "fake-key", "anything", "unused", "n/a", "key", "api-key",
        "api_key", "apikey", "your-api-key", "your_api_key", "token-abc123", "lmstudio", "vllm",
        "llama.cpp", "sk-none", "sk-dummy", "sk-fake", "sk-test", "sk-local", "sk-ollama",
    }
)  # fmt: skip
"""Placeholders for servers that ignore the key; ordinary words elsewhere."""
_ONE_CHARACTER: Final = re.compile(r"(?:sk-)?([x*.-])\1*\Z")

# Texts that look like a key or are in the place of one. A value must contain a digit
# or a star, so that "Bearer authentication is required" stays readable. Each pattern has
# words of which one must occur in the text (in lower case), because that check is much faster.
_VALUE: Final = r"(?=[^\s\"',;]{0,200}[\d*])[^\s\"',;<>&]{6,}"
_PATTERNS: Final = (
    (("bearer", "basic", "apikey"), re.compile(rf"(?i)(\b(?:bearer|basic|apikey)\s+){_VALUE}")),
    (
        ("authorization",),
        re.compile(
            r"(?i)(authorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer|basic)\s+)[^\s\"',;<>&\\]+"
        ),
    ),
    (
        ("authorization", "api", "token", "access-code"),
        re.compile(
            rf"(?i)((?:authorization|x-api-key|api[-_ ]?key|access[-_]?token|x-access-code)"
            rf"\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer\s+|basic\s+)?){_VALUE}"
        ),
    ),
    (
        ("sk", "pk", "rk", "xai", "hf", "ghp", "nvapi", "pplx", "r8"),
        # The lookbehind keeps it linear: a long run of such characters is scanned once.
        re.compile(
            r"()(?<![\w.-])(?:sk|pk|rk|gsk|xai|hf|ghp|nvapi|pplx|r8)[-_](?=[\w*.-]*[\d*])[\w*.-]{5,}"
        ),
    ),
    (("aiza",), re.compile(r"()(?<![\w-])AIza[\w-]{20,}")),
    (("eyj",), re.compile(r"()(?<![\w.-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    (("@",), re.compile(r"(\b\w+://)[^/\s@:]+:[^/\s@]+(?=@)")),
)


def redaction_patterns(text: str) -> str:
    """Return text without anything that looks like a key, known or not."""
    lower = text.lower()
    for words, pattern in _PATTERNS:
        if any(word in lower for word in words):
            text = pattern.sub(rf"\1{STARS}", text)
    return text


def is_placeholder(text: str) -> bool:
    """Return whether a text is a placeholder for a key, and no secret.

    Local servers ignore the key, and their users write `ollama`, `none` or `sk-xxxx`.
    """
    word = text.strip().lower()
    return _is_ordinary(word) or bool(_ONE_CHARACTER.match(word))


def _is_ordinary(word: str) -> bool:
    return len(word) < _SHORTEST_SECRET or word.lower() in _NO_SECRETS


class Redactor:
    """Redacts known secrets in all spellings and in part, and texts that look like secrets.

    Attributes:
        texts: The secrets in lower case, for callers that match one across chunks.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Compile the patterns of some secrets; placeholders are ignored."""
        texts = {secret.reveal().strip() for secret in secrets}
        kept = [text for text in texts if not _is_ordinary(text)]
        # The longest first: one secret may be a part of another.
        kept.sort(key=len, reverse=True)
        self.texts = tuple(text.lower() for text in kept)
        self._written = _written(kept)
        encoded = {(mark, pattern) for text in kept for mark, pattern in _encodings(text)}
        self._encoded = [(mark, re.compile(pattern)) for mark, pattern in sorted(encoded)]
        self._fragments = {
            text[start : start + FRAGMENT].lower()
            for text in kept
            for start in range(len(text) - FRAGMENT + 1)
            if _is_distinctive(text[start : start + FRAGMENT])
        }
        self._runs = _runs_of({character for text in kept for character in text})

    def __call__(self, text: str) -> str:
        """Return text with every secret replaced by stars."""
        # Before the fragments: a key with stars in the middle is still recognized.
        return self._without_pieces(redaction_patterns(self._without_whole(text)))

    def redact_known(self, text: str) -> str:
        """Return text without the known secrets; other texts that look like a key stay."""
        return self._without_pieces(self._without_whole(text))

    def _without_whole(self, text: str) -> str:
        if self._written is not None:
            text = self._written.sub(STARS, text)
        for mark, pattern in self._encoded:
            if mark in text:
                text = pattern.sub(STARS, text)
        return text

    def _without_pieces(self, text: str) -> str:
        return self._runs.sub(self._without_fragments, text) if self._fragments else text

    def _without_fragments(self, found: re.Match[str]) -> str:
        """Return a run of key characters without the fragments of a secret."""
        run = found[0]
        lower = run.lower()
        parts: list[str] = []
        position = start = 0
        while start + FRAGMENT <= len(run):
            if lower[start : start + FRAGMENT] not in self._fragments:
                start += 1
                continue
            end = start + FRAGMENT
            while lower[end - FRAGMENT + 1 : end + 1] in self._fragments:
                end += 1
            parts += (run[position:start], STARS)
            position = start = end
        parts.append(run[position:])
        return "".join(parts)


def _runs_of(characters: set[str]) -> re.Pattern[str]:
    """Return a pattern for runs that are long enough to contain a fragment."""
    both = {case for character in characters for case in _cases(character)}
    if not both:
        return re.compile(r"(?!)")
    return re.compile(f"[{re.escape(''.join(sorted(both)))}]{{{FRAGMENT},}}")


def _written(texts: list[str]) -> re.Pattern[str] | None:
    """Return a pattern for secrets verbatim and escaped for URLs, JSON and HTML."""
    if not texts:
        return None
    patterns = [
        "".join(map(_character_pattern, text)) if len(text) <= _LONGEST_SPELLED else re.escape(text)
        for text in texts
    ]
    firsts = {case for text in texts for case in _cases(text[0])} | set("%&\\")
    # Checking one character first makes it about eight times as fast.
    return re.compile(f"(?=[{re.escape(''.join(sorted(firsts)))}])(?:{'|'.join(patterns)})")


def _encodings(text: str) -> Iterator[tuple[str, str]]:
    """Yield a required text and a pattern for each encoding of a secret: hex and Base64."""
    data = text.encode("utf-8", "replace")
    for digits in (data.hex(), data.hex().upper()):
        yield digits, digits
    for lead in range(3):
        # Base64 of data that contains the secret, at each of the three offsets in a group.
        encoded = base64.b64encode(b"\0" * lead + data).decode().rstrip("=")
        inner = encoded[-(-lead * 8 // 6) : len(encoded) - (1 if (lead + len(data)) % 3 else 0)]
        for spelling in (inner, inner.replace("+", "-").replace("/", "_")):
            yield spelling, re.escape(spelling) + "[A-Za-z0-9+/=_-]{0,3}"


def _character_pattern(character: str) -> str:
    """Return a pattern for one character: verbatim, or escaped for a URL, JSON or HTML."""
    cases = _cases(character)
    ways = [re.escape(case) for case in cases]
    for case in cases:
        code = ord(case)
        digits = "".join(
            f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:02x}"
        )
        ways += [
            f"%(?:25){{0,4}}{digits}",
            rf"{_BACKSLASHES}(?:u00|x){digits}",
            f"&(?:amp;)?#0{{0,4}}(?:{code}|[xX]0{{0,4}}{digits});",
        ]
    if not character.isalnum():
        ways.append(rf"{_BACKSLASHES}{re.escape(character)}")
    name = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "+": "plus"}.get(character)
    if name:
        ways.append(f"&(?:amp;)?{name};")
    return rf"(?:{'|'.join(ways)})[\u200b-\u200d\u2060\ufeff\xad]*"


def _cases(character: str) -> list[str]:
    return sorted({case for case in (character.lower(), character.upper()) if len(case) == 1})


def _is_distinctive(fragment: str) -> bool:
    """Return whether a part of a key could not be a part of an ordinary word."""
    return any(c.isdigit() for c in fragment) or (
        any(c.isupper() for c in fragment[1:]) and any(c.islower() for c in fragment)
    )
