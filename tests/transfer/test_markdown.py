from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.transfer.build import message, talk
from tui_chat.core.conversation import MessageStatus
from tui_chat.transfer.markdown import as_markdown, ending

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
