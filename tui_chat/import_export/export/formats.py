"""The export formats."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tui_chat.import_export.export.attachment_links import embedded
from tui_chat.import_export.json_format import as_json, as_json_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.export.attachment_links import Link


class TranscriptFormat(StrEnum):
    """An export format; its value is also the file extension."""

    MD = "md"
    """Markdown with front matter: the shown path."""
    JSON = "json"
    """Every version and every field; can be imported again without loss."""
    JSONL = "jsonl"
    """The same, one message per line."""
    HTML = "html"
    """One file for a browser or a printer: the shown path."""

    @property
    def is_lossless(self) -> bool:
        """True for formats that hold several conversations, all versions and deleted messages."""
        return self in (TranscriptFormat.JSON, TranscriptFormat.JSONL)


def render(
    transcript: Transcript, file_format: TranscriptFormat, link: Link | None = None
) -> Iterator[str]:
    """Yield a conversation in an export format, piece by piece.

    Args:
        transcript: The conversation; its attachments have their content.
        file_format: The format.
        link: Returns the URL of an attachment in Markdown; None embeds it. The other formats
            always contain their attachments.
    """
    if file_format.is_lossless:
        yield from render_all([transcript], file_format)
    elif file_format is TranscriptFormat.HTML:
        # Imported late: loads a Markdown parser and pygments.
        from tui_chat.import_export.export.html import as_html

        yield from as_html(transcript)
    else:
        from tui_chat.import_export.export.markdown import as_markdown

        yield from as_markdown(transcript, link or embedded)


def render_all(
    transcripts: Iterable[Transcript], file_format: TranscriptFormat, link: Link | None = None
) -> Iterator[str]:
    """Yield several conversations as one document, piece by piece; see `render`.

    For HTML use `all_as_html`, whose table of contents needs the titles first.
    """
    if file_format is TranscriptFormat.JSON:
        yield from as_json(transcripts)
    elif file_format is TranscriptFormat.JSONL:
        yield from as_json_lines(transcripts)
    else:
        for transcript in transcripts:
            yield from render(transcript, file_format, link)


def format_of_name(name: str) -> TranscriptFormat | None:
    """Return the format that the extension of a file name means; None for any other."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    extension = {"htm": "html", "markdown": "md", "ndjson": "jsonl"}.get(extension, extension)
    return TranscriptFormat(extension) if extension in set(TranscriptFormat) else None
