"""Keeps secrets out of words: errors, logs, the wire view, exports, crash reports.

A server's own words may hold the key that was sent to it, whole, encoded or in part. All of it runs
in time linear in the text, whatever the text is: it may come from a hostile server.
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
"""From how many characters on a piece of the key is masked too."""
_SHORTEST_SECRET: Final = 4
"""A shorter key than this stands in too many words to be masked wherever it occurs."""
_LONGEST_SPELLED: Final = 512
"""A longer key is looked for as it is and in part, not character by character in any spelling."""
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
"""What people write where a server wants a key and looks at none; ordinary words elsewhere."""
_ONE_CHARACTER: Final = re.compile(r"(?:sk-)?([x*.-])\1*\Z")

# What looks like a key or stands where keys stand, whoever it belongs to. A value must hold a digit
# or a star, so that "Bearer authentication is required" stays readable. Each pattern comes with
# words of which one must be in the text (in lower case), because that is found much faster.
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
        # The look behind keeps it linear: a long run of such characters is looked at once.
        re.compile(
            r"()(?<![\w.-])(?:sk|pk|rk|gsk|xai|hf|ghp|nvapi|pplx|r8)[-_](?=[\w*.-]*[\d*])[\w*.-]{5,}"
        ),
    ),
    (("aiza",), re.compile(r"()(?<![\w-])AIza[\w-]{20,}")),
    (("eyj",), re.compile(r"()(?<![\w.-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    (("@",), re.compile(r"(\b\w+://)[^/\s@:]+:[^/\s@]+(?=@)")),
)


def redaction_patterns(text: str) -> str:
    """Return text without what looks like a key, known or not."""
    lower = text.lower()
    for words, pattern in _PATTERNS:
        if any(word in lower for word in words):
            text = pattern.sub(rf"\1{STARS}", text)
    return text


def is_placeholder(text: str) -> bool:
    """Say whether a text stands where a key is expected and is no secret.

    Local servers ignore the key, and their users write `ollama`, `none` or `sk-xxxx`.
    """
    word = text.strip().lower()
    return _is_ordinary(word) or bool(_ONE_CHARACTER.match(word))


def _is_ordinary(word: str) -> bool:
    return len(word) < _SHORTEST_SECRET or word.lower() in _NO_SECRETS


class Redactor:
    """Masks known secrets, in all their spellings and in part, and what looks like one.

    Attributes:
        texts: The secrets in lower case, for whoever must recognise one that comes in pieces.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """Prepare for some secrets; what no endpoint takes for a secret is left out."""
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
            if _is_telling(text[start : start + FRAGMENT])
        }
        self._runs = _runs_of({character for text in kept for character in text})

    def __call__(self, text: str) -> str:
        """Return text with every secret replaced by stars."""
        # Before the fragments: a key that was starred in the middle is still recognised as one.
        return self._without_pieces(redaction_patterns(self._without_whole(text)))

    def redact_known(self, text: str) -> str:
        """Return text without the known secrets; what only looks like a key stays as it is."""
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
        """Return a run of characters of secrets without the pieces of one."""
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
    """Return a pattern for runs that are long enough to hold a fragment."""
    both = {case for character in characters for case in _cases(character)}
    if not both:
        return re.compile(r"(?!)")
    return re.compile(f"[{re.escape(''.join(sorted(both)))}]{{{FRAGMENT},}}")


def _written(texts: list[str]) -> re.Pattern[str] | None:
    """Return a pattern for secrets as they are and as they are escaped in URLs, JSON and HTML."""
    if not texts:
        return None
    patterns = [
        "".join(map(_character_pattern, text)) if len(text) <= _LONGEST_SPELLED else re.escape(text)
        for text in texts
    ]
    firsts = {case for text in texts for case in _cases(text[0])} | set("%&\\")
    # Looking at one character first makes it about eight times as fast.
    return re.compile(f"(?=[{re.escape(''.join(sorted(firsts)))}])(?:{'|'.join(patterns)})")


def _encodings(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a secret is in other alphabets: a text that must occur, and a pattern for all."""
    data = text.encode("utf-8", "replace")
    for digits in (data.hex(), data.hex().upper()):
        yield digits, digits
    for lead in range(3):
        # Base64 of something that holds the secret, at each of the three places in a group.
        encoded = base64.b64encode(b"\0" * lead + data).decode().rstrip("=")
        inner = encoded[-(-lead * 8 // 6) : len(encoded) - (1 if (lead + len(data)) % 3 else 0)]
        for spelling in (inner, inner.replace("+", "-").replace("/", "_")):
            yield spelling, re.escape(spelling) + "[A-Za-z0-9+/=_-]{0,3}"


def _character_pattern(character: str) -> str:
    """Return a pattern for one character: as it is, or escaped for a URL, JSON or HTML."""
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


def _is_telling(fragment: str) -> bool:
    """Say whether a piece of a key could not be a piece of an ordinary word."""
    return any(c.isdigit() for c in fragment) or (
        any(c.isupper() for c in fragment[1:]) and any(c.islower() for c in fragment)
    )
