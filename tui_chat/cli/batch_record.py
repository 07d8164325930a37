"""Remembers which answers stand in a finished output file of `ask --output`.

The file itself cannot say which question made which of its rows. So the same command can find its
answers again and ask only for rows that are new.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_KEPT: Final = 100
"""Records of so many output files are kept; the oldest go first."""


class BatchRecord:
    """The record of one output file, in the folder for state."""

    def __init__(self, folder: Path, output: Path) -> None:
        """Prepare; nothing is read yet.

        Args:
            folder: Where the records of all output files are.
            output: The output file.
        """
        name = hashlib.sha256(os.fsencode(os.path.realpath(output))).hexdigest()[:32]
        self._folder = folder
        self._output = output
        self._file = folder / f"{name}.jsonl"

    def answers(self) -> dict[str, tuple[str, str]]:
        """Return outcome and object of each row by its key; none without a record."""
        found: dict[str, tuple[str, str]] = {}
        with suppress(OSError, ValueError, TypeError):
            _, *lines = self._file.read_text("utf-8", "replace").splitlines()
            for line in lines:
                key, outcome, text = json.loads(line)
                found[key] = (outcome, text)
        return found

    def is_current(self) -> bool:
        """Say whether the output file is as this program wrote it."""
        try:
            with self._file.open(encoding="utf-8") as file:
                return file.readline().strip() == _digest(self._output)
        except (OSError, ValueError):
            return False

    def write(self, made: Path, answers: Mapping[str, tuple[str, str]]) -> None:
        """Keep what stands in an output file; a failure only means that it is asked again.

        Args:
            made: The output file, perhaps under another name still.
            answers: Outcome and object of each row by its key.
        """
        lines = [_digest(made), *(json.dumps([key, *it]) for key, it in answers.items())]
        with suppress(OSError, ConfigError):
            make_private_folder(self._folder)
            new = self._file.with_name(f"{self._file.name}.new")
            new.write_text("\n".join(lines) + "\n", encoding="utf-8")
            new.chmod(0o600)
            new.replace(self._file)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        records = sorted(self._folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
        for file in records[:-_MOST_KEPT]:
            file.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
