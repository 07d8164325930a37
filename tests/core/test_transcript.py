from __future__ import annotations

from dataclasses import replace

from tests.import_export.build import message, talk
from tui_chat.core.transcript import Transcript, version_numbers


def test_versions_are_counted_without_deleted_ones() -> None:
    question = message(1, None, "Why?")
    answers = [message(number, question, "x") for number in (2, 3, 4)]
    gone = replace(answers[1], deleted_at=question.created_at)
    transcript = Transcript(talk("x").conversation, [question, answers[0], gone, answers[2]])

    assert version_numbers(transcript) == {"m2": (1, 2), "m4": (2, 2)}


def test_the_shown_path_omits_deleted_messages() -> None:
    transcript = talk("Why?", "Because", "And?")
    gone = replace(transcript.messages[2], deleted_at=transcript.conversation.created_at)
    transcript = replace(transcript, messages=[*transcript.messages[:2], gone])

    assert [entry.content for entry in transcript.path] == ["Why?", "Because"]


def test_the_model_is_the_conversations_own_or_of_the_last_reply() -> None:
    transcript = talk("Why?", "Because", "And?", "So.")
    answers = [replace(transcript.messages[i], model=f"m{i}") for i in (1, 3)]
    asked = [transcript.messages[0], answers[0], transcript.messages[2], answers[1]]
    transcript = replace(transcript, messages=asked)

    assert transcript.model == "m3"
    own = replace(transcript.conversation, model="own")
    assert replace(transcript, conversation=own).model == "own"
    assert talk("Why?").model is None
