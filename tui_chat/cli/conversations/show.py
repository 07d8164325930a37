"""``tui-chat show``: prints one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.cli.conversations.output import local_time
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.markdown import author, status_note
from tui_chat.import_export.export.tool_calls import with_calls
from tui_chat.import_export.json_format import transcript_record

if TYPE_CHECKING:
    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.transcript import Transcript


def show(transcript: Transcript, output: Output) -> None:
    """Write the visible path as text."""
    conversation = transcript.conversation
    output.line(sanitize_line(conversation.title) or _("(no title)"))
    facts = [conversation.id, transcript.model, local_time(conversation.created_at)]
    output.line(" · ".join(fact for fact in facts if fact))
    for message in transcript.path:
        note = status_note(message)
        output.line("")
        output.line(f"{author(message)} · {note}" if note else author(message))
        output.line(with_calls(message).strip("\n"))
    if conversation.draft.strip():
        output.line("")
        output.line(_("Draft (not sent)"))
        output.line(conversation.draft)


def show_json(transcript: Transcript, output: Output) -> None:
    """Write the whole conversation as one JSON object, like `export --format json`."""
    output.json(transcript_record(transcript))
