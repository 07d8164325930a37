"""``tui-chat import``: imports conversations and reports what was skipped and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _, join_list, ngettext
from tui_chat.import_export.importers.detect_format import open_source
from tui_chat.storage.import_writer import ImportResult, ImportWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally
    from tui_chat.import_export.importers.source import Source

_MAX_LISTED: Final = 10
_PROGRESS_STEP: Final = 100
"""Conversations between two updates of the progress line."""
_UNCHANGED: Final = {
    "existing": N_("already saved: {conversations}"),
    "in trash": N_("in the trash, not changed: {conversations}"),
}


@dataclass(slots=True)
class _Result:
    """Counts of the conversations of one file by outcome."""

    conversations: Counter[str] = field(default_factory=Counter)
    new_messages: int = 0
    more_messages: int = 0
    longer: int = 0

    def add(self, result: ImportResult) -> None:
        if result.is_in_trash:
            self.conversations["in trash"] += 1
        elif result.is_new:
            self.conversations["new"] += 1
            self.new_messages += result.added
        elif result.added or result.longer:
            self.conversations["grown"] += 1
            self.longer += result.longer
            self.more_messages += result.added
        else:
            self.conversations["existing"] += 1


def import_files(files: list[Path], database: Path, output: Output, *, is_dry: bool) -> bool:
    """Import the conversations of some files.

    Args:
        files: In command-line order.
        database: The database; it is created if it does not exist.
        output: Reports the result.
        is_dry: Whether to report only, without writing.

    Returns:
        Whether every file held conversations and all of them were readable.

    Raises:
        StorageError: The database cannot be opened or written.
    """
    is_complete = True
    for file in files:
        try:
            # Opened before the database, which is not created for an unreadable file.
            with open_source(file) as source:
                opened = (
                    ImportWriter.open_preview(database) if is_dry else ImportWriter.open(database)
                )
                with opened as writer:
                    for notice in writer.notices:
                        output.report(notice)
                    import_one = writer.preview if is_dry else writer.write
                    is_readable = _import(source, import_one, output, is_dry=is_dry)
                    is_complete = is_complete and is_readable
        except StorageError as error:
            output.report(error.message)
            is_complete = False
    return is_complete


def _import(
    source: Source,
    import_one: Callable[[Transcript], ImportResult],
    output: Output,
    *,
    is_dry: bool,
) -> bool:
    result = _Result()
    try:
        for number, transcript in enumerate(source.transcripts(), start=1):
            if not number % _PROGRESS_STEP:
                output.progress(_conversations(number))
            imported = import_one(transcript)
            if imported.is_refused:
                title = f"“{transcript.conversation.title}”"
                source.tally.reject(title, _("one of its messages belongs to another conversation"))
            else:
                result.add(imported)
    finally:
        output.line(f"{source.path}: {', '.join(source.names)}")
        for line in _lines(result, source.tally, is_dry=is_dry):
            output.line(f"  {line}")
    if not result.conversations and not source.tally.broken:
        output.report(
            _("Nothing was imported: {file} contains no conversation with messages.").format(
                file=source.path
            )
        )
        return False
    return not (source.tally.broken or source.tally.incomplete)


def _lines(result: _Result, tally: Tally, *, is_dry: bool) -> list[str]:
    imported = (
        _("would be imported: {conversations}, {messages}")
        if is_dry
        else _("imported: {conversations}, {messages}")
    )
    messages = ngettext("{count} message", "{count} messages", result.new_messages)
    new = _conversations(result.conversations["new"])
    lines = [imported.format(conversations=new, messages=messages)]
    if grown := result.conversations["grown"]:
        added = [ngettext("{count} new message", "{count} new messages", result.more_messages)]
        if result.longer:
            added.append(ngettext("{count} longer answer", "{count} longer answers", result.longer))
        lines.append(
            _("continued: {conversations}, {messages}").format(
                conversations=_conversations(grown), messages=join_list(added)
            )
        )
    for kind, text in _UNCHANGED.items():
        if count := result.conversations[kind]:
            lines.append(_(text).format(conversations=_conversations(count)))
    if skipped := tally.skipped_counts():
        lines.append(_("skipped: {items}").format(items=join_list(skipped)))
    if tally.broken:
        broken = _conversations(len(tally.broken))
        lines.append(_("unreadable: {conversations}").format(conversations=broken))
        lines += _listed(tally.broken)
    if tally.incomplete:
        incomplete = _conversations(len(tally.incomplete))
        lines.append(_("readable only in part: {conversations}").format(conversations=incomplete))
        lines += _listed(tally.incomplete)
    return lines


def _listed(entries: Sequence[str]) -> list[str]:
    lines = [f"  {entry}" for entry in entries[:_MAX_LISTED]]
    if (more := len(entries) - _MAX_LISTED) > 0:
        lines.append("  " + ngettext("and {count} more", "and {count} more", more))
    return lines


def _conversations(count: int) -> str:
    return ngettext("{count} conversation", "{count} conversations", count)
