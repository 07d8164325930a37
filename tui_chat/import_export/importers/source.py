"""An open file of conversations: what was detected in it, and its conversations."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.import_export.importers.databases.foreign_database import database_error
from tui_chat.import_export.importers.skipped import Skipped, Tally
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tui_chat.core.transcript import Transcript


@dataclass(slots=True)
class Source(AbstractContextManager["Source"]):
    """An open file of conversations.

    Attributes:
        path: The file.
        names: The detected formats; several for an archive.
        tally: What the import leaves out; complete once all transcripts have been read.
    """

    path: Path
    names: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _parts: list[Iterable[Transcript | None]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def transcripts(self) -> Iterator[Transcript]:
        """Yield the conversations.

        Raises:
            StorageError: The file cannot be read, or breaks its format from here on.
        """
        try:
            for transcript in chain.from_iterable(self._parts):
                if transcript is None:
                    self.tally.skip(Skipped.EMPTY_CONVERSATION)
                else:
                    yield transcript
        except sqlite3.Error as error:
            raise database_error(self.path, error) from error
        except Malformed as error:
            raise StorageError(f"{error}.") from error

    def add(self, name: str, part: Iterable[Transcript | None]) -> None:
        """Add the conversations of the file, or of one file in an archive."""
        if _(name) not in self.names:
            self.names.append(_(name))
        self._parts.append(part)

    def enter(self, context: Any) -> Any:
        """Enter a context that ends when the source is closed."""
        return self._stack.enter_context(context)
