"""``tui-chat ask --input`` and ``--count``: asks one question per row and collects the objects.

With an output file a run can be interrupted and resumed: finished answers are appended to
FILE.progress, one per line, until every row has its object.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, ngettext
from tui_chat.structured.export_formats import KINDS, format_rows, to_rows
from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.cli.ask_object import OutputOptions
    from tui_chat.cli.batch_record import BatchRecord
    from tui_chat.core.attachments import Attachment


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a batch."""

    name: str
    """The name for the user: “row 3” of the input or of the answers, or “row 3, answer 2”."""
    question: str
    key: str
    """A hash of question, files, response format and model, which identifies the answer later."""
    attachments: tuple[Attachment, ...] = ()
    """Sent with the question of every row."""
    files: tuple[Path, ...] = ()
    """The row's own files, read when it is asked."""


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """The files of a batch."""

    attachments: Sequence[Attachment] = ()
    """Sent with every question."""
    rows: Sequence[tuple[Path, ...]] = ()
    """The own files of each row."""

    def of_row(self, number: int) -> tuple[Path, ...]:
        """Return the own files of a row, counted from 1."""
        return self.rows[number - 1] if self.rows else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one question."""

    outcome: str
    """A verdict, or `failed`."""
    text: str = ""
    """The object as JSON text; empty without a usable object."""
    reason: str = ""
    """The reason why there is no usable object."""
    error_kind: str = ""
    """The kind of the error, if the request failed."""


def rows_to_ask(
    questions: Sequence[str],
    count: int,
    options: OutputOptions,
    endpoint: str,
    files: BatchFiles | None = None,
) -> list[Row]:
    """Return one row per question and answer.

    Args:
        questions: In input order.
        count: Answers per question.
        options: Their response format is part of the key of a row.
        endpoint: Identifies endpoint and model; part of the key of a row.
        files: The files sent with the questions; their content is part of the keys.

    Raises:
        ConfigError: A file cannot be read.
    """
    files = files or BatchFiles()
    shared = [it.sha256 for it in files.attachments]
    rows: list[Row] = []
    prefix = json.dumps([options.response_format.as_mapping(), endpoint], sort_keys=True)
    seen: Counter[str] = Counter()
    for number, question in enumerate(questions, 1):
        # Independent of the row number, so inserted rows do not invalidate finished ones.
        own = files.of_row(number)
        hashes = shared + [_hash(path) for path in own]
        seen[question] += 1
        for turn in range(count):
            parts = [prefix, question, turn, seen[question], *([hashes] if hashes else [])]
            identity = json.dumps(parts)
            key = hashlib.sha256(identity.encode()).hexdigest()[:16]
            name = _("row {row}").format(row=number if len(questions) > 1 else turn + 1)
            if count > 1 < len(questions):
                name = _("row {row}, answer {answer}").format(row=number, answer=turn + 1)
            rows.append(Row(name, question, key, tuple(files.attachments), own))
    return rows


def _hash(path: Path) -> str:
    with path_errors_as(ConfigError, path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Collection:
    """The answers of this run and of earlier ones.

    Attributes:
        answers: By the key of their row.
    """

    def __init__(self, output: Path | None, record: BatchRecord | None = None) -> None:
        """Load the answers of earlier runs.

        Args:
            output: The output file; its suffix selects the format. None: nothing is kept.
            record: The record of the finished output; None keeps no record.

        Raises:
            ConfigError: The suffix is not supported, or the file exists and was not written by
                this program.
        """
        self._record = record
        self._finished: frozenset[str] = frozenset()
        self.answers: dict[str, Answer] = {}
        self._output = output
        if output is None:
            return
        self._kind = output.suffix.lower().lstrip(".")
        if self._kind not in KINDS:
            raise ConfigError(
                _("{file} has an unsupported extension.").format(file=output),
                _("Use one of {extensions}.").format(extensions=f".{', .'.join(KINDS)}"),
            )
        self._progress = output.with_name(output.name + ".progress")
        with path_errors_as(ConfigError, output):
            if path_kind(output.parent) is not PathKind.FOLDER:
                folder = shown_path(output.parent)
                raise ConfigError(
                    _("The folder {folder} does not exist.").format(folder=folder),
                    _("Create it first."),
                )
            if path_kind(output) is not PathKind.MISSING:
                self._load_finished(output)
            self._load_progress()

    def _load_progress(self) -> None:
        with suppress(FileNotFoundError):
            for line in self._progress.read_text("utf-8", "replace").split("\n"):
                # The last line may be incomplete after a crash.
                with suppress(ValueError, KeyError, TypeError):
                    key, outcome, text = json.loads(line)
                    self.answers[key] = Answer(outcome, text)

    def _load_finished(self, output: Path) -> None:
        is_interrupted = self._progress.exists()
        if not is_interrupted and (self._record is None or not self._record.is_current()):
            raise ConfigError(
                _("{file} already exists and is not overwritten.").format(file=output),
                _("Move it or choose another file."),
            )
        if self._record is not None:
            found = self._record.answers()
            self.answers = {key: Answer(*answer) for key, answer in found.items()}
            self._finished = frozenset(() if is_interrupted else found)

    def check(self, rows: Sequence[Row]) -> None:
        """Check that writing the rows loses no object of a finished output.

        Raises:
            ConfigError: The output contains other rows.
        """
        others = self._finished.difference(row.key for row in rows)
        if others:
            text = ngettext(
                "{{file}} contains {count} row of another question, response format or model, "
                "and is not overwritten.",
                "{{file}} contains {count} rows of another question, response format or model, "
                "and is not overwritten.",
                len(others),
            )
            raise ConfigError(text.format(file=self._output), _("Move it or choose another file."))

    def drop_repaired(self) -> None:
        """Discard repaired objects, so that their rows are asked again."""
        self.answers = {
            key: answer
            for key, answer in self.answers.items()
            if answer.outcome != Verdict.REPAIRED.value
        }

    def add(self, row: Row, answer: Answer) -> None:
        """Add an answer; its object is on disk when this returns.

        Raises:
            OSError: The progress file cannot be written.
        """
        self.answers[row.key] = answer
        if self._output is not None and answer.text:
            with open(self._progress, "a", encoding="utf-8", opener=_private) as file:
                file.write(json.dumps([row.key, answer.outcome, answer.text]) + "\n")

    def write(self, rows: Sequence[Row]) -> None:
        """Write all objects to the output, in row order.

        Raises:
            OSError: The output cannot be written.
        """
        if self._output is None:
            return
        found = [self.answers[row.key] for row in rows if row.key in self.answers]
        values = [
            value for answer in found if answer.text for value in to_rows(loads(answer.text).value)
        ]
        is_complete = len(found) == len(rows) and all(answer.text for answer in found)
        if not values and not is_complete:
            return
        new = self._output.with_name(self._output.name + ".new")
        # A JSON output is always a list, even with one row or none.
        is_json = self._kind == "json"
        text = dumps(values, indent=2) + "\n" if is_json else format_rows(values, self._kind)
        with open(new, "w", encoding="utf-8", newline="", opener=_private) as file:
            file.write(text)
        if is_complete and self._record is not None:
            done = {row.key: self.answers[row.key] for row in rows}
            self._record.write(new, {key: (it.outcome, it.text) for key, it in done.items()})
        new.replace(self._output)
        if is_complete:
            self._progress.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open a file with mode 0600; an opener for `open`."""
    descriptor = os.open(path, flags, 0o600)
    if os.name == "posix":
        # An existing file keeps its mode otherwise.
        os.fchmod(descriptor, 0o600)
    return descriptor
