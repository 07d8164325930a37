"""Exports the shown path of a conversation as Markdown: front matter, then the messages.

Messages are Markdown already and are copied unchanged; a structured reply becomes a code block.
Reasoning, and text around a structured reply's object, are left out; the JSON export has them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from tui_chat.core.attachments import Attachment, AttachmentKind
from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.labels import N_, _
from tui_chat.core.stream_events import finish_label
from tui_chat.core.text.sanitize import replace_surrogates, sanitize_line
from tui_chat.import_export.export.attachment_links import embedded
from tui_chat.import_export.export.tool_calls import with_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.export.attachment_links import Link
    from tui_chat.structured.verdict import Evaluation

# Characters that JSON strings may contain and YAML strings may not.
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_FENCES: Final = re.compile("`{3,}")
_BRACKETS: Final = re.compile(r"[\[\]\\`*_<>]")
_NOT_IN_LINK: Final = re.compile(r"[<>\s]")
_MAX_LABEL: Final = 200
_MAX_INDENTED: Final = 1_000_000
"""Longer objects, in characters, stay on one line."""
_REPEATED_VERDICTS: Final = ("cut off", "refused")
"""Verdicts that add nothing to the finish reason or error before them."""
_STATUSES: Final = {
    MessageStatus.STREAMING: N_("still arriving"),
    MessageStatus.CANCELLED: N_("stopped by you"),
    MessageStatus.FAILED: N_("failed"),
    MessageStatus.INTERRUPTED: N_("interrupted"),
}


@dataclass(frozen=True, slots=True)
class PathUsage:
    """Token totals of a path; None if no endpoint reported them."""

    input_tokens: int | None
    output_tokens: int | None

    @classmethod
    def of(cls, path: Sequence[Message]) -> Self:
        """Add up the tokens of the messages of a path."""
        return cls(
            _sum([message.input_tokens for message in path]),
            _sum([message.output_tokens for message in path]),
        )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def as_markdown(transcript: Transcript, link: Link = embedded) -> Iterator[str]:
    """Yield the Markdown of a conversation, piece by piece.

    Args:
        transcript: The conversation; its attachments have their content.
        link: Returns the URL of an attachment.
    """
    yield "---\n"
    for name, value in _front_matter(transcript):
        if value is not None:
            yield f"{name}: {value}\n"
    yield "---\n"
    for message in transcript.path:
        yield f"\n## {author(message)}\n"
        if note := status_note(message):
            yield f"\n*{note}*\n"
        if text := replace_surrogates(body(message)).strip():
            yield f"\n{text}\n"
        for attachment in message.attachments:
            yield f"\n{_attached(attachment, link)}\n"
        if message.extras:
            yield f"\n{_references(message.extras)}\n"


def _attached(attachment: Attachment, link: Link) -> str:
    name = _label(attachment.name)
    url = link(attachment)
    if not url:
        return f"{name} ({attachment.details})"
    return f"{'!' if attachment.kind is AttachmentKind.PICTURE else ''}[{name}]({url})"


def _references(extras: Sequence[ReplyExtra]) -> str:
    """Return the sources of a reply, and media at an address, as a numbered list."""
    lines = []
    for number, extra in enumerate(extras, 1):
        url = sanitize_line(extra.url)
        is_web = url.startswith(("http://", "https://"))
        target = f"<{_NOT_IN_LINK.sub(lambda it: quote(it[0]), url)}>" if is_web else ""
        label = _label(extra.title or url)
        lines.append(f"{number}. [{label}]({target})" if target else f"{number}. {label}")
    return "\n".join(lines)


def _label(text: str) -> str:
    return _BRACKETS.sub(r"\\\g<0>", sanitize_line(text, _MAX_LABEL))


def path_text(path: Iterable[Message]) -> str:
    """Return messages as Markdown for the clipboard: headings and texts, no front matter."""
    parts: list[str] = []
    for message in path:
        note = status_note(message)
        parts += [f"## {author(message)}", f"*{note}*" if note else "", body(message).strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def author(message: Message) -> str:
    """Return the author of a message as a heading: You, System, or the model."""
    if message.role is Role.USER:
        return _("You")
    if message.role is Role.SYSTEM:
        return _("System")
    return sanitize_line(message.model or "", 100) or _("Assistant")


def body(message: Message) -> str:
    """Return the content of a message as Markdown: calls as blocks, an object as code."""
    evaluation = _evaluation(message)
    if evaluation is None:
        return with_calls(message)
    return with_calls(message, _object_body(message, evaluation))


def _object_body(message: Message, evaluation: Evaluation) -> str:
    if evaluation.json is None or evaluation.verdict.value == "cut off":
        raw = message.content.strip()
        return _fenced(raw) if raw.startswith(("{", "[")) else message.content
    # Imported late: only structured replies need it.
    from tui_chat.structured.lossless_json import dumps

    is_long = len(evaluation.json) > _MAX_INDENTED
    return _fenced(evaluation.json if is_long else dumps(evaluation.value, indent=2))


def _fenced(text: str) -> str:
    longest = max((len(run) for run in _FENCES.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}"


def status_note(message: Message) -> str:
    """Return the outcome of a message in one line; empty for a normal, complete one."""
    parts = [_(_STATUSES.get(message.status, ""))]
    if message.status is MessageStatus.COMPLETE:
        parts.append(sanitize_line(finish_label(message.finish_reason)))
    elif message.error_text:
        parts.append(sanitize_line(message.error_text))
    evaluation = _evaluation(message)
    if evaluation is not None:
        is_repeated = evaluation.verdict.value in _REPEATED_VERDICTS and any(parts[1:])
        parts += [] if is_repeated else [evaluation.label]
    return ": ".join(part for part in parts if part)


def _evaluation(message: Message) -> Evaluation | None:
    if message.structured is None or message.status is MessageStatus.STREAMING:
        return None
    from tui_chat.structured.verdict import Evaluation

    return Evaluation.from_mapping(message.structured, message.content)


def _front_matter(transcript: Transcript) -> Iterator[tuple[str, object]]:
    conversation, path = transcript.conversation, transcript.path
    usage = PathUsage.of(path)
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
    """Return a text as a double-quoted YAML string: JSON with a few more escapes."""
    if text is None:
        return None
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
