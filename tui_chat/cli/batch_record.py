"""Records which questions produced the rows of a finished output file of `ask --output`.

The output itself does not contain the questions. With the record, the same command finds its
answers again and asks only new rows.
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

_MAX_RECORDS: Final = 100
"""The oldest records beyond this are deleted."""


class BatchRecord:
    """The record of one output file, in the state folder."""

    def __init__(self, folder: Path, output: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(output))).hexdigest()[:32]
        self._folder = folder
        self._output = output
        self._file = folder / f"{name}.jsonl"

    def answers(self) -> dict[str, tuple[str, str]]:
        """Return outcome and object by row key; empty without a record."""
        found: dict[str, tuple[str, str]] = {}
        with suppress(OSError, ValueError, TypeError):
            _, *lines = self._file.read_text("utf-8", "replace").splitlines()
            for line in lines:
                key, outcome, text = json.loads(line)
                found[key] = (outcome, text)
        return found

    def is_current(self) -> bool:
        """Return whether the output file is unchanged since this program wrote it."""
        try:
            with self._file.open(encoding="utf-8") as file:
                return file.readline().strip() == _digest(self._output)
        except (OSError, ValueError):
            return False

    def write(self, output: Path, answers: Mapping[str, tuple[str, str]]) -> None:
        """Write the record. Errors are ignored: without a record the rows are asked again.

        Args:
            output: The output file, possibly still under its temporary name.
            answers: Outcome and object by row key.
        """
        lines = [_digest(output), *(json.dumps([key, *it]) for key, it in answers.items())]
        with suppress(OSError, ConfigError):
            make_private_folder(self._folder)
            new = self._file.with_name(f"{self._file.name}.new")
            new.write_text("\n".join(lines) + "\n", encoding="utf-8")
            new.chmod(0o600)
            new.replace(self._file)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        records = sorted(self._folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
        for file in records[:-_MAX_RECORDS]:
            file.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
