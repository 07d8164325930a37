from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.strategies import TEXTS
from tui_chat.core.profile import Secret
from tui_chat.core.text import redact as masking
from tui_chat.core.text.redact import STARS, Redactor, redaction_patterns

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-test-9fQ2/x+Y7=abcDEF0123456789zyx"
_MASK = Redactor([Secret(KEY)])
_KEYS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=60
).filter(lambda key: key.lower() not in masking._NO_SECRETS)
_SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": lambda key: key,
    "percent": lambda key: quote(key, safe=""),
    "percent lower": lambda key: quote(key, safe="").replace("%2F", "%2f"),
    "plus": quote_plus,
    "percent twice": lambda key: quote(quote(key, safe=""), safe=""),
    "json": lambda key: json.dumps(key)[1:-1],
    "json slash": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "json twice": lambda key: json.dumps(json.dumps(key))[3:-3],
    "json escapes": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "json escapes upper": lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
    "html": html.escape,
    "html numbers": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "repr": lambda key: repr(key)[1:-1],
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 url": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "hex": lambda key: key.encode().hex(),
    "upper": str.upper,
    "lower": str.lower,
}


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_every_spelling_is_redacted(spelling: str) -> None:
    written = _SPELLINGS[spelling](KEY)
    masked = _MASK(f"The key {written} is wrong")
    assert masked == f"The key {STARS} is wrong"


@pytest.mark.parametrize("spelling", _SPELLINGS)
@settings(deadline=None, max_examples=40)
@given(key=_KEYS, before=TEXTS, after=TEXTS)
def test_the_key_never_survives(spelling: str, key: str, before: str, after: str) -> None:
    written = _SPELLINGS[spelling](key)
    assert written not in Redactor([Secret(key)])(f"{before} {written} {after}").replace(STARS, "")


@given(st.integers(0, 40), st.integers(0, 40), TEXTS, TEXTS)
def test_no_distinctive_part_of_the_key_survives(
    start: int, length: int, before: str, after: str
) -> None:
    piece = KEY[start : start + length]
    masked = _MASK(f"{before} {piece} {after}").replace(STARS, " ")
    for at in range(3, len(KEY) - 7):
        assert KEY[at : at + 8] not in masked


@pytest.mark.parametrize("lead", range(5))
def test_base64_of_more_than_the_key(lead: int) -> None:
    written = base64.b64encode(b"u" * lead + KEY.encode() + b":x").decode()
    masked = _MASK(f"got {written} here")
    assert base64.b64encode(KEY.encode()).decode()[4:-4] not in masked
    assert STARS in masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer authentication is required",
        "The api key is missing. Set an access token.",
        "Invalid Authorization header",
        "sk-learn and task-based, desk-top, risk-free",
        "test-model is not a multimodal model (gpt-4o-mini)",
        "https://api.example.com:8080/v1/chat/completions?x=1",
        "Rate limit: 40000000 tokens per minute, request id req_7f3a9c0de1b2",
        "user@example.com",
        "中文 and emoji 🙂",
    ],
)
def test_ordinary_words_survive(text: str) -> None:
    assert _MASK(text) == text


@given(st.text(st.sampled_from("abcdefghij klmnopqrstuvwxyz.,!?中文\n"), max_size=80))
def test_prose_survives(text: str) -> None:
    assert _MASK(text) == text


@pytest.mark.parametrize("dummy", ["none", "EMPTY", "ollama", "test", "lm-studio", "", "ab"])
def test_other_values_are_not_redacted(dummy: str) -> None:
    text = f"no model {dummy} here; {dummy} is required"
    assert Redactor([Secret(dummy)])(text) == text


def test_several_secrets_one_within_another() -> None:
    mask = Redactor([Secret("abc-12345"), Secret("abc-12345-xyz-999")])
    assert mask("abc-12345-xyz-999 abc-12345") == f"{STARS} {STARS}"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh",
        "'authorization': 'Basic dXNlcjpwYXNz'",
        "api_key=abc12345",
        '"x-api-key": "abc12345"',
        "Bearer abc.def.12345",
        "use sk-proj-abc_DEF-123 now",
        "AIzaSyA1234567890abcdefghijk",
        "gsk_abc123def456",
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ",
        "http://me:pa55word@proxy:8080",
        "Incorrect API key provided: sk-ab***********yz12.",
    ],
)
def test_texts_that_look_like_keys_are_redacted(text: str) -> None:
    masked = redaction_patterns(text)
    assert STARS in masked
    for secret in ("abcdefgh", "dXNlcjp", "abc12345", "abc.def", "abc_DEF", "SyA123", "c123d",
                   "eyJz", "pa55", "yz12"):  # fmt: skip
        assert secret not in masked


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "sk-",
        "eyJ-a",
        "\\",
        "%25",
        "&amp;#0",
        "bearer ",
        "authorization:",
        "a://b:",
        "9fQ2/x+Y",
    ],
)
@pytest.mark.timeout(60)
def test_no_text_is_slow_to_redact(piece: str) -> None:
    # Each of these took minutes with patterns of quadratic cost.
    _MASK(piece * (200_000 // len(piece)))


def test_redact_known_keeps_other_texts() -> None:
    mask = Redactor([Secret("tcg-9fQ2abcDEF012")])
    text = "Bearer 123456 sk-abcdef123456 tcg-9fQ2abcDEF012 9fQ2abcD"
    assert mask.redact_known(text) == "Bearer 123456 sk-abcdef123456 *** ***"
    assert mask(text) == "Bearer *** *** *** ***"
    assert mask.texts == ("tcg-9fq2abcdef012",)
