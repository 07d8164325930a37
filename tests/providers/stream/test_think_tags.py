from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.providers.stream.think_tags import ThinkSplitter


def _split(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.finish()]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("Hello.", "", "Hello."),
        ("<think>Hm.</think>Hello.", "Hm.", "Hello."),
        (" \n<think>Hm.</think>\n\nHello.", "Hm.", "Hello."),
        ("<think></think>Hello.", "", "Hello."),
        ("<think>\n\n</think>\n\nHello.", "", "Hello."),
        ("<think>\n Hm.\n</think>Hello.", "\n Hm.\n", "Hello."),
        ("<think>\n </thHm.", "\n </thHm.", ""),
        ("<think>\n", "", ""),
        ("<think>a < b </thin k></think>c", "a < b </thin k>", "c"),
        ("<think>never closed </thi", "never closed </thi", ""),
        ("<thi", "", "<thi"),
        ("  ", "", "  "),
        ("a<think>b</think>", "", "a<think>b</think>"),
        ("<think>a</think>\n<think>b</think>", "a", "<think>b</think>"),
        ("", "", ""),
    ],
)
def test_only_a_leading_block_is_reasoning(text: str, reasoning: str, answer: str) -> None:
    assert _split([text]) == (reasoning, answer)
    assert _split(list(text)) == (reasoning, answer)


@pytest.mark.parametrize("start", ["", "<think>"])
def test_whitespace_is_held_back_up_to_a_limit(start: str) -> None:
    parts = _split([start, *" " * 3_000])
    assert "".join(parts) == " " * 3_000


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "a", "\n", " "])))
def test_any_split_gives_the_same(pieces: list[str]) -> None:
    assert _split(list("".join(pieces))) == _split(["".join(pieces)]) == _split(pieces)
