from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.strategies import SPLIT_TEXTS, TEXTS
from tui_chat.core.text.sanitize import (
    MAX_COMBINING_MARKS,
    SanitizingStream,
    escaped_json,
    replace_surrogates,
    sanitize,
    sanitize_line,
)

_FORBIDDEN = frozenset(
    chr(code)
    for span in (
        range(0x20),
        range(0x7F, 0xA0),
        range(0x2028, 0x202F),
        range(0x2066, 0x206A),
        range(0xD800, 0xE000),
    )
    for code in span
) - {"\n", "\t"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1bP+q\x1b\\", "␛P+q␛\\"),
        ("\x9b2J\x9d0;title\x9c", "<9B>2J<9D>0;title<9C>"),
        ("nul\0 del\x7f bell\a back\b", "nul␀ del␡ bell␇ back␈"),
        ("tab\tline\nend", "tab\tline\nend"),
        ("one\r\ntwo\rthree", "one\ntwo␍three"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("\u2066a\u2069", "<U+2066>a<U+2069>"),
        ("\U000e0041\U000e007f", "<U+E0041><U+E007F>"),
        ("\ud83d", "\ufffd"),
        ("[bold red]markup[/] stays", "[bold red]markup[/] stays"),
    ],
)
def test_control_characters_are_made_visible(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain ASCII",
        "中文，日本語、한국어",
        "한글 in Jamo: \u1112\u1161\u11ab",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ❤️ 1️⃣ 🇩🇪",
        "שָׁלוֹם עוֹלָם",
        "بِسْمِ ٱللَّهِ",
        "ก็ ที่ น้ำ ผู้ใหญ่",
        "हिन्दी क्षत्रिय",
        "Việt Nam, Ångström, e\u0301",
        "می‌خواهم",  # a zero-width non-joiner between two words of Persian
        "葛\U000e0100 \u200e\u200f",
        "x\u0332y\u0305",
    ],
)
def test_ordinary_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert sanitize(text) == text
    stream = SanitizingStream()
    assert "".join(map(stream.feed, text)) + stream.finish() == text


@given(TEXTS)
def test_no_control_is_left(text: str) -> None:
    shown = sanitize(text)

    assert not _FORBIDDEN & set(shown)
    assert sanitize(shown) == shown
    shown.encode()


@given(TEXTS)
def test_tag_characters_are_left_only_inside_a_flag(text: str) -> None:
    shown = sanitize(text)

    for index, character in enumerate(shown):
        if "\U000e0000" <= character <= "\U000e007f":
            start = shown.rindex("\U0001f3f4", 0, index)
            end = shown.index("\U000e007f", index)
            assert end - start <= 7
            assert all("\U000e0000" <= tag <= "\U000e007f" for tag in shown[start + 1 : end])


@given(SPLIT_TEXTS)
@example(["\r", "\n"])
@example(["\r", ""])
@example(["\r", "\r", "\n"])
@example(["\U0001f3f4", "\U000e0067", "\U000e0062", "\U000e007f"])
@example(["\U0001f3f4\U000e0067", "\U0001f3f4", "\U000e007f"])
@example(["a\u0300\u0300\u0300\u0300", "\u0300\u0300\u0300\u0300", "\u0300", "b\u0300"])
@example(["a" + "\u0300" * 8, "中", "\u0300" * 9])
@example(["\ud83d", "\udc69"])
def test_chunks_give_the_same_result_as_the_whole_text(pieces: list[str]) -> None:
    stream = SanitizingStream()

    shown = "".join(stream.feed(piece) for piece in pieces) + stream.finish()

    assert shown == sanitize("".join(pieces))


@given(SPLIT_TEXTS)
def test_a_stream_holds_little_back(pieces: list[str]) -> None:
    stream = SanitizingStream()
    for piece in pieces:
        stream.feed(piece)

    assert len(stream.finish()) <= 64


@given(st.integers(0, 40), st.sampled_from(["\u0300", "\u0e48", "\u0483", "\u20dd", "\u302a"]))
def test_marks_on_one_base_are_limited(count: int, mark: str) -> None:
    assert sanitize("e" + mark * count + "x") == "e" + mark * min(count, MAX_COMBINING_MARKS) + "x"


@given(TEXTS)
def test_no_more_marks_than_allowed_follow_each_other(text: str) -> None:
    marks = 0
    for character in sanitize(text):
        if unicodedata.category(character) in ("Mn", "Me"):
            if not "\ufe00" <= character <= "\ufe0f" and not character >= "\U000e0100":
                marks += 1
        else:
            marks = 0
        assert marks <= MAX_COMBINING_MARKS


@given(TEXTS, st.integers(1, 30))
def test_a_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = sanitize_line(text, limit)

    assert len(line) <= limit
    assert "\n" not in line
    assert "\t" not in line
    assert line == line.strip() or line.endswith("…")


def test_a_long_line_ends_in_an_ellipsis() -> None:
    assert sanitize_line("one\n two\tthree", 9) == "one two …"
    assert sanitize_line("one\n two\tthree") == "one two three"
    assert sanitize_line("x" * 1_000_000, 3) == "xx…"


def test_surrogate_halves_are_joined_and_lone_ones_replaced() -> None:
    assert replace_surrogates("\ud83d\ude00") == "😀"
    assert replace_surrogates("a\ud83d") == "a\ufffd"
    assert replace_surrogates("\ude00\ud83d") == "\ufffd\ufffd"
    assert replace_surrogates("plain") == "plain"
    assert replace_surrogates("中文") == "中文"


@given(TEXTS)
def test_text_without_surrogates_can_be_encoded_and_is_else_unchanged(text: str) -> None:
    result = replace_surrogates(text)

    result.encode()
    assert replace_surrogates(result) == result
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert result == text


HOSTILE = (
    "\x9b31m\x9d0;t\x9c \x7f\x1b[2J \u202e\u2066\u2069\u200f\u061c\u2028 \U000e0041\ud800 e"
    + ("\u0301" * 40)
)


def test_json_for_a_terminal_has_the_same_values() -> None:
    value = {HOSTILE: [HOSTILE, {"日本": "한국어 👩‍👩‍👧 e\u0301 עברית", "n": 1.5}]}
    for indent in (None, 2):
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        shown = escaped_json(text)
        assert json.loads(shown) == value
        assert not set(shown) & set(
            "\x9b\x9d\x9c\x7f\x1b\u202e\u2066\u2069\u200f\u061c\u2028\U000e0041\ud800"
        )
        assert sanitize(shown) == shown
        assert "日本" in shown
        assert "👩‍👩‍👧" in shown


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3)))
def test_any_json_stays_the_same(value: object) -> None:
    shown = escaped_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(shown) == value
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not any(unicodedata.bidirectional(c) in BIDI_CONTROLS for c in shown)


@given(st.text(alphabet=st.characters(codec=None)), st.integers(0, 200))
def test_the_result_does_not_depend_on_the_split(text: str, at: int) -> None:
    whole = json.dumps(text, ensure_ascii=False)
    pieces = escaped_json(whole[:at]) + escaped_json(whole[at:])
    assert json.loads(pieces) == json.loads(whole)


BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
