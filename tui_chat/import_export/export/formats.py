"""The forms in which conversations are written out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tui_chat.import_export.json_format import as_json, as_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui_chat.core.transcript import Transcript


class TranscriptFormat(StrEnum):
    """A form; its value is also the suffix of its files."""

    MD = "md"
    """Markdown with front matter: the shown path."""
    JSON = "json"
    """Everything, every version, each field; can be brought in again without loss."""
    JSONL = "jsonl"
    """The same, one message a line."""
    HTML = "html"
    """One file for a browser or a printer: the shown path."""

    @property
    def holds_all(self) -> bool:
        """Whether it holds several conversations, every version and what was deleted."""
        return self in (TranscriptFormat.JSON, TranscriptFormat.JSONL)


def written(transcript: Transcript, form: TranscriptFormat) -> Iterator[str]:
    """Yield a conversation in a form, in pieces."""
    if form.holds_all:
        yield from written_together([transcript], form)
    elif form is TranscriptFormat.HTML:
        # Only who wants it pays for a Markdown parser and a highlighter.
        from tui_chat.import_export.export.html import as_html

        yield from as_html(transcript)
    else:
        from tui_chat.import_export.export.markdown import as_markdown

        yield from as_markdown(transcript)


def written_together(transcripts: Iterable[Transcript], form: TranscriptFormat) -> Iterator[str]:
    """Yield several conversations as one text, in pieces.

    Raises:
        ValueError: The form does not hold several.
    """
    if not form.holds_all:
        raise ValueError(form)
    yield from as_json(transcripts) if form is TranscriptFormat.JSON else as_lines(transcripts)
