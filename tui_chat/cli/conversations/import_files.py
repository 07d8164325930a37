"""``tui-chat import``: what was taken, what was there already, what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.text.quantities import counted
from tui_chat.import_export.importers.detect_format import open_source
from tui_chat.storage.import_writer import ImportResult, ImportWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.detect_format import Source
    from tui_chat.import_export.importers.skipped import Tally

_MOST_TOLD: Final = 10
_EVERY: Final = 100
"""After so many conversations it is shown how far it is."""
_THERE: Final = {
    "there": "already there",
    "in trash": "there, in the trash (left alone)",
}


@dataclass(slots=True)
class _Result:
    """What became of the conversations of one file."""

    conversations: Counter[str] = field(default_factory=Counter)
    new_messages: int = 0
    more_messages: int = 0
    longer: int = 0

    def add(self, taken: ImportResult) -> None:
        if taken.is_in_trash:
            self.conversations["in trash"] += 1
        elif taken.is_new:
            self.conversations["new"] += 1
            self.new_messages += taken.added
        elif taken.added or taken.longer:
            self.conversations["grown"] += 1
            self.longer += taken.longer
            self.more_messages += taken.added
        else:
            self.conversations["there"] += 1


def import_files(files: list[Path], database: Path, output: Output, *, is_dry: bool) -> bool:
    """Take the conversations of some files in, and return whether all of it could be read.

    Args:
        files: One after the other.
        database: Where they go.
        output: Told what was taken and what was not.
        is_dry: Whether it is only told what would be taken.

    Raises:
        StorageError: The database cannot be used.
    """
    is_whole = True
    for file in files:
        try:
            # First the file: a database is not made for one that cannot be read.
            with open_source(file) as source:
                opened = (
                    ImportWriter.open_preview(database) if is_dry else ImportWriter.open(database)
                )
                with opened as writer:
                    for notice in writer.notices:
                        output.tell(notice)
                    write = writer.preview if is_dry else writer.write
                    is_whole = _import(source, write, output, is_dry=is_dry) and is_whole
        except StorageError as error:
            output.tell(error.message)
            is_whole = False
    return is_whole


def _import(
    source: Source,
    write: Callable[[Transcript], ImportResult],
    output: Output,
    *,
    is_dry: bool,
) -> bool:
    result = _Result()
    try:
        for number, transcript in enumerate(source.transcripts(), start=1):
            if not number % _EVERY:
                output.progress(counted(number, "conversation"))
            taken = write(transcript)
            if taken.is_refused:
                title = f"“{transcript.conversation.title}”"
                source.tally.reject(title, "a message of it is in another conversation here")
            else:
                result.add(taken)
    finally:
        output.line(f"{source.path}: {', '.join(source.names)}")
        for line in _lines(result, source.tally, is_dry=is_dry):
            output.line(f"  {line}")
    return not source.tally.broken


def _lines(result: _Result, tally: Tally, *, is_dry: bool) -> list[str]:
    new, grown = result.conversations["new"], result.conversations["grown"]
    verb = "would be taken" if is_dry else "taken"
    lines = [f"{verb}: {counted(new, 'conversation')}, {counted(result.new_messages, 'message')}"]
    if grown:
        more = counted(result.more_messages, "new message")
        rest = f", {counted(result.longer, 'longer answer')}" if result.longer else ""
        lines.append(f"gone on since: {counted(grown, 'conversation')}, {more}{rest}")
    for kind, words in _THERE.items():
        if count := result.conversations[kind]:
            lines.append(f"{words}: {counted(count, 'conversation')}")
    if skipped := tally.skipped_counts():
        lines.append(f"left out: {', '.join(skipped)}")
    if tally.broken:
        lines.append(f"could not be read: {counted(len(tally.broken), 'conversation')}")
        lines += [f"  {entry}" for entry in tally.broken[:_MOST_TOLD]]
        if (more_broken := len(tally.broken) - _MOST_TOLD) > 0:
            lines.append(f"  and {more_broken} more")
    return lines
