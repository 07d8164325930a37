"""Writes unsaved messages into files when the program ends and the database still refuses them.

One file is Markdown to read, the other JSON to import. The last resort of three: the database is
tried again at exit by `session.shutdown_recovery`, and a crash is covered by `storage.journal`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _, join_sentences
from tui_chat.import_export.export.formats import TranscriptFormat, render_all
from tui_chat.import_export.export.markdown import author, status_note
from tui_chat.import_export.export.write_file import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.transcript import Transcript

_FILE_NAME: Final = "unsaved-%Y%m%dT%H%M%SZ"


def write_rescue_files(transcripts: Sequence[Transcript], reason: str, folder: Path) -> str:
    """Write conversations that could not be saved into files.

    Args:
        transcripts: The unsaved conversations.
        reason: The reason, for the user; may be empty.
        folder: The folder for the files; the one for temporary files is the fallback.

    Returns:
        A report for the user. It contains the whole text if no file could be written, and is empty
        if nothing was unsaved.
    """
    text = _as_text(transcripts)
    if not text:
        return ""
    report = _("Some messages could not be saved.")
    report = join_sentences(report, reason)
    stem = now().strftime(_FILE_NAME)
    for target in (folder, Path(tempfile.gettempdir())):
        try:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            readable = write_file(target / f"{stem}.md", [text])
            pieces = render_all(transcripts, TranscriptFormat.JSON)
            importable = write_file(target / f"{stem}.json", pieces)
        except (StorageError, OSError):
            continue
        where = _("They are in {file}\nTo import them: tui-chat import {importable}")
        return join_sentences(report, where.format(file=readable, importable=importable))
    words = join_sentences(report, _("No file could be written either. The text:"))
    return f"{words}\n\n{text}"


def _as_text(transcripts: Sequence[Transcript]) -> str:
    """Return shown paths and drafts as Markdown; empty if there is no text in them."""
    parts: list[str] = []
    for transcript in transcripts:
        conversation = transcript.conversation
        path = [message for message in transcript.path if message.content or message.reasoning]
        if path or conversation.draft:
            parts.append(f"# {conversation.title or _('Conversation')}")
        for message in path:
            note = status_note(message)
            parts.append(f"## {author(message)}{f' ({note})' if note else ''}")
            parts.append(message.content or message.reasoning)
        if conversation.draft:
            parts += [f"## {_('Draft')}", conversation.draft]
    return "\n\n".join(parts) + "\n" if parts else ""
