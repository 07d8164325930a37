"""Counts what an import leaves out, and collects the conversations it cannot read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import NN_, _, ngettext
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from tui_chat.import_export.importers.archived_files import ArchivedFiles
    from tui_chat.import_export.malformed import Problems

_MAX_PLACEHOLDERS: Final = 20
_MAX_PROBLEMS: Final = 3
"""Shown for each conversation."""


class Skipped(Enum):
    """A kind of content that is not imported; the value is its label for one and for many."""

    ATTACHMENT = NN_("{count} attachment", "{count} attachments")
    CITATION = NN_("{count} citation without its source", "{count} citations without a source")
    CUSTOM_INSTRUCTION = NN_("{count} custom instruction", "{count} custom instructions")
    EMPTY_CONVERSATION = NN_("{count} empty conversation", "{count} empty conversations")
    FAILED_REPLY = NN_("{count} failed reply", "{count} failed replies")
    HIDDEN_MESSAGE = NN_("{count} hidden message", "{count} hidden messages")
    IMAGE = NN_("{count} image", "{count} images")
    MEMORY = NN_("{count} memory", "{count} memories")
    NOT_JSON = NN_("{count} file that is not JSON", "{count} files that are not JSON")
    ORPHAN = NN_(
        "{count} message without a conversation", "{count} messages without a conversation"
    )
    OTHER_FILE = NN_(
        "{count} JSON file without conversations", "{count} JSON files without conversations"
    )
    PROJECT = NN_("{count} project", "{count} projects")
    PROJECT_DOCUMENT = NN_("{count} document of a project", "{count} documents of projects")
    RECORDING = NN_("{count} recording", "{count} recordings")
    SEARCH_RESULT = NN_("{count} web search", "{count} web searches")
    SYSTEM_MESSAGE = NN_("{count} system message", "{count} system messages")
    TOOL_CALL = NN_("{count} tool call", "{count} tool calls")
    TOOL_RESULT = NN_("{count} tool result", "{count} tool results")
    UNKNOWN_AUTHOR = NN_(
        "{count} message by an unknown author", "{count} messages by unknown authors"
    )
    UNKNOWN_BLOCK = NN_("{count} block of unknown type", "{count} blocks of unknown type")
    UNREADABLE_MESSAGE = NN_("{count} unreadable message", "{count} unreadable messages")

    @property
    def placeholder(self) -> str:
        """The text that replaces skipped content in a message: `[image]`."""
        return f"[{self.name.lower().replace('_', ' ')}]"


@dataclass(slots=True)
class Tally:
    """Counts skipped content by kind, and lists unreadable conversations with the reason."""

    skipped: Counter[Skipped] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    """One line for each conversation that could not be read: its label and the error."""
    incomplete: list[str] = field(default_factory=list)
    """One line for each conversation of which a part could not be read."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Statements of one file of an archive about the conversations in another one, by their IDs."""
    files: ArchivedFiles | None = None
    """The files in the same archive or folder."""

    def skip(self, kind: Skipped, count: int = 1) -> None:
        """Count skipped content."""
        if count:
            self.skipped[kind] += count

    def placeholders_since(self, before: Counter[Skipped]) -> str:
        """Return a placeholder for each thing skipped since a copy of `skipped` was made.

        They become the content of a message that has nothing else; without it two replies would
        follow each other and the question would be gone.
        """
        kinds = (self.skipped - before).elements()
        return " ".join(kind.placeholder for kind in islice(kinds, _MAX_PLACEHOLDERS))

    def reject(self, label: str, error: str) -> None:
        """Record a conversation that cannot be read."""
        self.broken.append(f"{sanitize_line(label, 60)}: {sanitize_line(error, 200)}")

    def report_problems(self, label: str, problems: Problems) -> None:
        """Record the problems of a conversation that was read in spite of them."""
        if not problems.count:
            return
        self.skip(Skipped.UNREADABLE_MESSAGE, problems.left_out)
        shown = "; ".join(problems.texts[:_MAX_PROBLEMS])
        if (more := problems.count - _MAX_PROBLEMS) > 0:
            rest = ngettext("and {count} more", "and {count} more", more)
            shown = f"{shown}; {rest}"
        self.incomplete.append(f"{sanitize_line(label, 60)}: {sanitize_line(shown, 400)}")

    def skipped_counts(self) -> list[str]:
        """Return a label with the count for each kind that was skipped, most frequent first."""
        return [ngettext(*kind.value, count) for kind, count in self.skipped.most_common()]


def conversation_label(title: str, number: int) -> str:
    """Return the title of a conversation in quotes, or its number in the file."""
    shown = sanitize_line(title, 60)
    return f"“{shown}”" if shown else _("conversation {number}").format(number=number)
