from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.import_export.build import message, talk
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.request import ResponseFormat
from tui_chat.import_export.export.copy_as_text import path_text
from tui_chat.import_export.export.markdown import as_markdown, ending
from tui_chat.structured.evaluate import evaluate

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.transcript import Transcript


def answered(**more: object) -> Transcript:
    """Return a question and an answer with some fields."""
    transcript = talk("Why?", "Because\n\n- of **air**\n")
    answer = replace(transcript.messages[1], **more)  # type: ignore[arg-type]
    return replace(transcript, messages=[transcript.messages[0], answer])


def test_front_matter_and_the_shown_path() -> None:
    transcript = answered(model="smollm2", input_tokens=12, output_tokens=34, reasoning="Hm.")

    assert "".join(as_markdown(transcript)) == (
        '---\ntitle: "Sky colours"\nid: "c1"\nmodel: "smollm2"\n'
        "created: 2026-01-02T03:04:05+00:00\nupdated: 2026-01-02T03:04:05+00:00\n"
        "messages: 2\ninput_tokens: 12\noutput_tokens: 34\n---\n"
        "\n## You\n\nWhy?\n\n## smollm2\n\nBecause\n\n- of **air**\n"
    )


def test_only_the_shown_path_and_nothing_deleted() -> None:
    transcript = talk("Why?", "Because", "And?")
    other = message(4, transcript.messages[0], "Another answer")
    deleted = replace(transcript.messages[2], deleted_at=transcript.conversation.created_at)
    transcript = replace(transcript, messages=[*transcript.messages[:2], deleted, other])

    text = "".join(as_markdown(transcript))

    assert "Because" in text
    assert "Another answer" not in text
    assert "And?" not in text
    assert "messages: 2" in text


@pytest.mark.parametrize(
    ("title", "quoted"),
    [
        ('a "b": # c', r'"a \"b\": # c"'),
        ("a\nb\x1b\x85\u2028", r'"a\nb\u001b\u0085\u2028"'),
        ("天空", '"天空"'),
        ("", '""'),
    ],
)
def test_any_title_is_one_line_of_yaml(title: str, quoted: str) -> None:
    text = "".join(as_markdown(talk("Why?", title=title)))

    assert f"\ntitle: {quoted}\n" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"finish_reason": "stop"}, ""),
        ({"finish_reason": "length"}, "length"),
        ({"status": MessageStatus.CANCELLED}, "stopped by you"),
        ({"status": MessageStatus.FAILED, "error_text": "It\nbroke."}, "failed: It broke."),
        ({"status": MessageStatus.INTERRUPTED}, "interrupted"),
    ],
)
def test_how_a_message_ended(fields: dict[str, object], words: str) -> None:
    found: Message = answered(**fields).messages[1]

    assert ending(found) == words or (words == "length" and ending(found))


def evaluated_transcript(raw: str, **more: object) -> Transcript:
    """Return a question and an answer that was asked for as an object."""
    asked = ResponseFormat("json_object")
    found = evaluate(raw, asked, finish_reason=str(more.get("finish_reason", "stop")))
    return answered(content=raw, structured=found.as_mapping(), **more)


def test_an_object_is_a_block_of_code_with_its_verdict() -> None:
    raw = '{"__name__": "*Ada*", "pi": 3.141592653589793238462643383279}'
    text = "".join(as_markdown(evaluated_transcript(raw)))
    assert text.endswith(
        "\n*valid*\n\n```json\n"
        '{\n  "__name__": "*Ada*",\n  "pi": 3.141592653589793238462643383279\n}\n```\n'
    )


def test_of_a_repaired_answer_the_object_is_written() -> None:
    text = "".join(as_markdown(evaluated_transcript("Sure:\n```json\n{'a': '````'}\n```\n")))
    assert "\n*repaired (" in text
    assert text.endswith('\n`````json\n{\n  "a": "````"\n}\n`````\n')


def test_an_answer_without_an_object_stays_as_it_came() -> None:
    text = "".join(as_markdown(evaluated_transcript("There is *none*.")))
    assert text.endswith("\n*invalid*\n\nThere is *none*.\n")


def test_an_object_that_was_cut_off_says_so_once() -> None:
    # As it came: closed, it would look whole.
    text = "".join(as_markdown(evaluated_transcript('{"a": [1, 2, "b_c_', finish_reason="length")))
    assert text.endswith('\n*cut off at the token limit*\n\n```json\n{"a": [1, 2, "b_c_\n```\n')
    stopped = evaluated_transcript(
        '{"a": [1, 2', status=MessageStatus.CANCELLED, finish_reason="length"
    )
    assert "\n*stopped by you: cut off*\n" in "".join(as_markdown(stopped))


def test_objects_are_blocks_of_code_where_a_path_is_copied() -> None:
    assert "```json\n{}\n```" in path_text(evaluated_transcript("{}").path)
