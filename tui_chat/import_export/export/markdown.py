"""A conversation as a Markdown file: front matter, then the path that is shown.

The texts of the messages stand in it as they are, for they are Markdown. An answer that was asked
for as an object is a block of code. What was thought before an answer, and what stood around its
object, is left out; the JSON has it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.stream_events import finish_label
from tui_chat.core.text.sanitize import replace_surrogates, sanitize_line
from tui_chat.import_export.export.usage_totals import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui_chat.core.transcript import Transcript
    from tui_chat.structured.verdict import Evaluation

# What YAML does not allow in a text, though JSON does.
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_FENCES: Final = re.compile("`{3,}")
_LAID_OUT: Final = 1_000_000
"""Characters of an object up to which it is laid out over lines."""
_TOLD: Final = ("cut off", "refused")
"""Verdicts that say no more than the reason that stands before them."""
_STATUS_WORDS: Final = {
    MessageStatus.STREAMING: "still arriving",
    MessageStatus.CANCELLED: "stopped by you",
    MessageStatus.FAILED: "failed",
    MessageStatus.INTERRUPTED: "interrupted",
}


def as_markdown(transcript: Transcript) -> Iterator[str]:
    """Yield the Markdown of a conversation in pieces."""
    yield "---\n"
    for name, value in _front_matter(transcript):
        if value is not None:
            yield f"{name}: {value}\n"
    yield "---\n"
    for message in transcript.path:
        yield f"\n## {speaker(message)}\n"
        if note := ending(message):
            yield f"\n*{note}*\n"
        if text := replace_surrogates(source(message)).strip():
            yield f"\n{text}\n"


def speaker(message: Message) -> str:
    """Return who speaks, as a heading in one line."""
    if message.role is Role.USER:
        return "You"
    if message.role is Role.SYSTEM:
        return "System"
    return sanitize_line(message.model or "", 100) or "Assistant"


def source(message: Message) -> str:
    """Return what a message says as Markdown; an object as a block of code."""
    evaluation = _evaluation(message)
    if evaluation is None:
        return message.content
    if evaluation.json is None or evaluation.verdict.value == "cut off":
        raw = message.content.strip()
        return _fenced(raw) if raw.startswith(("{", "[")) else message.content
    # Loaded only where an object was asked for.
    from tui_chat.structured.lossless_json import dumps

    is_long = len(evaluation.json) > _LAID_OUT
    return _fenced(evaluation.json if is_long else dumps(evaluation.value, indent=2))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in _FENCES.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}"


def ending(message: Message) -> str:
    """Return how a message ended, in one line; empty for one that is simply complete."""
    parts = [_STATUS_WORDS.get(message.status, "")]
    if message.status is MessageStatus.COMPLETE:
        parts.append(sanitize_line(finish_label(message.finish_reason)))
    elif message.error_text:
        parts.append(sanitize_line(message.error_text))
    evaluation = _evaluation(message)
    if evaluation is not None and not (evaluation.verdict.value in _TOLD and any(parts[1:])):
        parts.append(evaluation.label)
    return ": ".join(part for part in parts if part)


def _evaluation(message: Message) -> Evaluation | None:
    if message.structured is None or message.status is MessageStatus.STREAMING:
        return None
    from tui_chat.structured.verdict import Evaluation

    return Evaluation.from_mapping(message.structured, message.content)


def _front_matter(transcript: Transcript) -> Iterator[tuple[str, object]]:
    conversation, path = transcript.conversation, transcript.path
    usage = Usage.of(path)
    yield "title", _yaml(conversation.title)
    yield "id", _yaml(conversation.id)
    yield "model", _yaml(transcript.model)
    yield "profile", _yaml(conversation.profile)
    yield "created", _time(conversation.created_at)
    yield "updated", _time(conversation.updated_at)
    yield "messages", len(path)
    yield "input_tokens", usage.input_tokens
    yield "output_tokens", usage.output_tokens
    yield "system_prompt", _yaml(conversation.system_prompt)


def _yaml(text: str | None) -> str | None:
    """Return a text as YAML in double quotes, which is JSON but for a few characters."""
    if text is None:
        return None
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
