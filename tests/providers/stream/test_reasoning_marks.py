from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.providers.stream.reasoning_marks import PAIRS, ReasoningSplitter


def _split(pieces: list[str]) -> tuple[str, str]:
    splitter = ReasoningSplitter()
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
        ("```\n<think>code</think>\n```", "", "```\n<think>code</think>\n```"),
        ("> <thought>quoted</thought>", "", "> <thought>quoted</thought>"),
        ("`<think>` opens it", "", "`<think>` opens it"),
        ("<thinker>", "", "<thinker>"),
        ("[THINKING about it]", "", "[THINKING about it]"),
        ("<think>a</think>\n<answer>b</answer>", "a", "b"),
        ("<answer>b</answer>", "", "<answer>b</answer>"),
        ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "a", "b"),
        ("<think>a</think><answer>b</answers>", "a", "b</answers>"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
            "a",
            "b",
        ),
        ("<|start|>assistant<|channel|>final<|message|>b<|return|>", "", "b"),
        ("<|channel|>analysis<|message|>a<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", "", ""),
        ("<|channel|>final<|message|>a <|b|> c", "", "a <|b|> c"),
        ("analysisThe user greets.assistantfinalHello!", "The user greets.", "Hello!"),
        ("analysis of it", "", "analysis of it"),
        ("analysis", "", "analysis"),
        ("<think></think>\n<think>a</think>b", "a", "b"),
    ],
)
def test_only_a_leading_block_is_reasoning(text: str, reasoning: str, answer: str) -> None:
    assert _split([text]) == (reasoning, answer)
    assert _split(list(text)) == (reasoning, answer)


@pytest.mark.parametrize(("opener", "close"), PAIRS)
def test_every_family_of_marks(opener: str, close: str) -> None:
    text = f"{opener}Hm{close}\nHello {opener}."
    for pieces in ([text], list(text), [text[:5], text[5:]]):
        assert _split(pieces) == ("Hm", f"Hello {opener}.")


def test_a_part_that_the_endpoint_calls_reasoning_may_hold_the_opening_mark() -> None:
    splitter = ReasoningSplitter()
    assert splitter.thought("<thought>Considering") == "Considering"
    assert splitter.thought(" more") == " more"
    assert splitter.feed("</thought>Hello!") == ("", "Hello!")


@pytest.mark.parametrize("start", ["", "<think>"])
def test_whitespace_is_held_back_up_to_a_limit(start: str) -> None:
    parts = _split([start, *" " * 3_000])
    assert "".join(parts) == " " * 3_000


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "a", "\n", " "])))
def test_any_split_gives_the_same(pieces: list[str]) -> None:
    assert _split(list("".join(pieces))) == _split(["".join(pieces)]) == _split(pieces)
