from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.import_export.build import message, talk
from tests.ui.bare import message as bare_message
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.request import ResponseFormat
from tui_chat.import_export.export.markdown import as_markdown, path_text, status_note
from tui_chat.structured.evaluate_reply import evaluate

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.transcript import Transcript


def replied(**more: object) -> Transcript:
    """Return a question and a reply with some fields."""
    transcript = talk("Why?", "Because\n\n- of **air**\n")
    answer = replace(transcript.messages[1], **more)  # type: ignore[arg-type]
    return replace(transcript, messages=[transcript.messages[0], answer])


def test_front_matter_and_the_shown_path() -> None:
    transcript = replied(model="smollm2", input_tokens=12, output_tokens=34, reasoning="Hm.")

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
    ("fields", "note"),
    [
        ({"finish_reason": "stop"}, ""),
        ({"finish_reason": "length"}, "length"),
        ({"status": MessageStatus.CANCELLED}, "stopped by you"),
        ({"status": MessageStatus.FAILED, "error_text": "It\nbroke."}, "failed: It broke."),
        ({"status": MessageStatus.INTERRUPTED}, "interrupted"),
    ],
)
def test_the_status_note_names_an_unusual_outcome(fields: dict[str, object], note: str) -> None:
    message: Message = replied(**fields).messages[1]

    assert status_note(message) == note or (note == "length" and status_note(message))


def structured(raw: str, **more: object) -> Transcript:
    """Return a question and a structured reply to it."""
    evaluation = evaluate(
        raw, ResponseFormat("json_object"), finish_reason=str(more.get("finish_reason", "stop"))
    )
    return replied(content=raw, structured=evaluation.as_mapping(), **more)


def test_a_structured_reply_is_a_code_block_with_its_verdict() -> None:
    raw = '{"__name__": "*Ada*", "pi": 3.141592653589793238462643383279}'
    text = "".join(as_markdown(structured(raw)))
    assert text.endswith(
        "\n*valid*\n\n```json\n"
        '{\n  "__name__": "*Ada*",\n  "pi": 3.141592653589793238462643383279\n}\n```\n'
    )


def test_a_repaired_reply_is_exported_as_its_object() -> None:
    text = "".join(as_markdown(structured("Sure:\n```json\n{'a': '````'}\n```\n")))
    assert "\n*repaired (" in text
    assert text.endswith('\n`````json\n{\n  "a": "````"\n}\n`````\n')


def test_a_reply_without_an_object_is_unchanged() -> None:
    text = "".join(as_markdown(structured("There is *none*.")))
    assert text.endswith("\n*invalid*\n\nThere is *none*.\n")


def test_a_truncated_object_is_exported_raw_with_one_note() -> None:
    # Raw, because with its brackets closed it would look complete.
    text = "".join(as_markdown(structured('{"a": [1, 2, "b_c_', finish_reason="length")))
    assert text.endswith('\n*cut off at the token limit*\n\n```json\n{"a": [1, 2, "b_c_\n```\n')
    stopped = structured('{"a": [1, 2', status=MessageStatus.CANCELLED, finish_reason="length")
    assert "\n*stopped by you: cut off*\n" in "".join(as_markdown(stopped))


def test_a_copied_path_has_a_heading_for_each_message() -> None:
    question = bare_message(Role.USER, "Why?\n")
    reply = replace(
        bare_message(content="Because\x1b[2J.", reasoning="hm"), model="m\n1", profile="p"
    )
    cut = replace(reply, content="", status=MessageStatus.CANCELLED, model=None, profile=None)
    assert path_text([question, reply, cut]) == (
        "## You\n\nWhy?\n\n## m 1\n\nBecause\x1b[2J.\n\n## Assistant\n\n*stopped by you*\n"
    )


def test_a_copied_structured_reply_is_a_code_block() -> None:
    assert "```json\n{}\n```" in path_text(structured("{}").path)
