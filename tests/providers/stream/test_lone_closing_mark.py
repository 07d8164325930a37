from __future__ import annotations

import json

import pytest

from tui_chat.core.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.providers.stream.lone_closing_mark import split_lone_reasoning
from tui_chat.providers.stream.reply_parser import Delta, ReplyParser

REASONED = [
    ("Hm, Paris.\n</think>\n\nParis.", "Hm, Paris.\n", "Paris."),
    ("Hm.</think>\nParis.", "Hm.", "Paris."),
    ("Hm.\n</think>Paris.", "Hm.\n", "Paris."),
    ("</think>\n\nParis.", "", "Paris."),
    ("Hm.\n[/THINK]\nParis.", "Hm.\n", "Paris."),
    ("嗯，巴黎。\n◁/think▷\n巴黎。", "嗯，巴黎。\n", "巴黎。"),
    ("Hm.\n</think>  \n Paris.", "Hm.\n", " Paris."),
    (
        "I write `</think>` at the end.\n</think>\n\nDone.",
        "I write `</think>` at the end.\n",
        "Done.",
    ),
    ("```\na = 1\n```\nHm.\n</think>\nB.", "```\na = 1\n```\nHm.\n", "B."),
    ("Hm.\n</think>\n\n`</think>`\n</think>\n", "Hm.\n", "`</think>`\n</think>\n"),
    ("Hm.\n</think>", "Hm.\n", ""),
]
TEXTS = [
    "Paris.",
    "The mark </think> ends it.",
    "It ends with `</think>`\nand more.",
    "It ends with “</think>\nsaid nobody.",
    "```\nHm.\n</think>\n```\nThat is the mark.",
    "~~~ xml\n</think>\n~~~",
    "It begins with <think>\nand ends with\n</think>\nas shown.",
    "</think> is the closing mark.",
    '{"mark": "</think>", "n": 1}',
    "a < b",
    "a <",
    "see </thin",
    "> quoted\n> </think>\n",
    "Here is my response:\nParis.",
]


@pytest.mark.parametrize(("text", "reasoning", "answer"), REASONED)
def test_text_before_a_lone_closing_mark_is_reasoning(
    text: str, reasoning: str, answer: str
) -> None:
    assert split_lone_reasoning(text) == (reasoning, answer)
    for pieces in ([text], list(text), [text[:5], text[5:]]):
        assert _folded(_deltas(pieces)) == (reasoning, answer)


@pytest.mark.parametrize("text", TEXTS)
def test_a_mark_in_code_quotations_and_sentences_is_text(text: str) -> None:
    assert split_lone_reasoning(text) == ("", text)
    for pieces in ([text], list(text)):
        assert _folded(_deltas(pieces)) == ("", text)


def test_a_whole_reply_emits_its_reasoning_as_such() -> None:
    assert _deltas(["Hm.\n</think>\n\nParis."]) == [ReasoningDelta("Hm.\n"), TextDelta("Paris.")]


def test_a_mark_after_reasoning_of_the_endpoint_is_text() -> None:
    parser = ReplyParser()
    deltas = parser.feed(
        _event({"reasoning_content": "Hm."}) + _event({"content": "a\n</think>\nb"})
    )
    deltas += parser.finish()
    assert _folded(deltas) == ("Hm.", "a\n</think>\nb")


def test_reasoning_alone_is_no_answer() -> None:
    parser = ReplyParser()
    for piece in ("Hm.", "\n", "</think>"):
        parser.feed(_event({"content": piece}))
    parser.finish()
    ending = parser.ending()
    assert (ending.has_text, ending.has_reasoning) == (False, True)


def _event(delta: dict[str, str]) -> bytes:
    chunk = {"id": "1", "choices": [{"index": 0, "delta": delta}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _deltas(pieces: list[str]) -> list[Delta]:
    parser = ReplyParser()
    deltas = [delta for piece in pieces for delta in parser.feed(_event({"content": piece}))]
    return deltas + parser.finish()


def _folded(deltas: list[Delta]) -> tuple[str, str]:
    reasoning = text = ""
    for delta in deltas:
        if isinstance(delta, TextWasReasoning):
            reasoning, text = reasoning + text, ""
        elif isinstance(delta, ReasoningDelta):
            reasoning += delta.text
        elif isinstance(delta, TextDelta):
            text += delta.text
    return reasoning, text
