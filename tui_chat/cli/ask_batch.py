"""``tui-chat ask --input`` and ``--count``: asks one question per row and collects the objects.

With an output file a run can be interrupted and resumed: finished answers are appended to
FILE.progress, one per line, until every row has its object.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from tui_chat.cli.ask_object import describe_event, describe_failure, has_object
from tui_chat.cli.json_output import json_for
from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.export_formats import KINDS, format_rows, to_rows
from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui_chat.cli.ask_object import OutputOptions
    from tui_chat.cli.batch_record import BatchRecord
    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.session import ChatSession

_MAX_CONSECUTIVE_FAILURES: Final = 3
"""The run stops after this many failed requests in a row."""
_BAR_WIDTH: Final = 24
_MAX_NAMED: Final = 20
"""Repaired rows beyond this are not listed by name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a batch."""

    name: str
    """The name for the user: “row 3” of the input or of the answers, or “row 3, answer 2”."""
    question: str
    key: str
    """A hash of question, response format and model, which identifies the answer later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one question."""

    outcome: str
    """A verdict, or `failed`."""
    text: str = ""
    """The object as JSON text; empty without a usable object."""
    reason: str = ""
    """The reason why there is no usable object."""


def rows_to_ask(
    questions: Sequence[str], count: int, options: OutputOptions, endpoint: str
) -> list[Row]:
    """Return one row per question and answer.

    Args:
        questions: In input order.
        count: Answers per question.
        options: Their response format is part of the key of a row.
        endpoint: Identifies endpoint and model; part of the key of a row.
    """
    rows: list[Row] = []
    prefix = json.dumps([options.response_format.as_mapping(), endpoint], sort_keys=True)
    seen: Counter[str] = Counter()
    for number, question in enumerate(questions, 1):
        # Independent of the row number, so inserted rows do not invalidate finished ones.
        seen[question] += 1
        for turn in range(count):
            identity = json.dumps([prefix, question, turn, seen[question]])
            key = hashlib.sha256(identity.encode()).hexdigest()[:16]
            name = _("row {row}").format(row=number if len(questions) > 1 else turn + 1)
            if count > 1 < len(questions):
                name = _("row {row}, answer {answer}").format(row=number, answer=turn + 1)
            rows.append(Row(name, question, key))
    return rows


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


class BatchView:
    """Shows a progress bar on standard error if that is a terminal."""

    def __init__(self, err: TextIO, total: int) -> None:
        self._err = err
        self._total = total
        self._started_at = time.monotonic()
        self._is_shown = err.isatty()

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show nothing of a single answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Report retries and format fallbacks."""
        if text := describe_event(event):
            self.report(text)

    async def turn_finished(self, reply: Message) -> None:
        """Show nothing of a single answer."""

    def not_saved(self, error: StorageError) -> None:
        """Do nothing: the answers of rows go to the output file."""

    def show(self, done: int, failed: int) -> None:
        """Draw the bar."""
        if not self._is_shown:
            return
        full = _BAR_WIDTH * done // self._total
        elapsed = time.monotonic() - self._started_at
        parts = [f"[{'#' * full}{'-' * (_BAR_WIDTH - full)}] {done}/{self._total}"]
        if failed:
            parts.append(_("{count} without an object").format(count=failed))
        parts.append(f"{elapsed:.0f} s")
        self._err.write(f"\r\x1b[K{' · '.join(parts)}")
        self._err.flush()

    def clear(self) -> None:
        """Erase the bar."""
        if self._is_shown:
            self._err.write("\r\x1b[K")

    def report(self, text: str) -> None:
        """Write a message for the user."""
        self.clear()
        self._err.write(f"tui-chat: {sanitize(text)}\n")
        self._err.flush()


async def ask_rows(
    rows: Sequence[Row],
    collection: Collection,
    new_session: Any,
    options: OutputOptions,
    out: TextIO | None,
) -> int:
    """Ask every row that has no object yet, and return the exit status.

    Args:
        rows: In input order.
        collection: Stores the answers.
        new_session: Returns a session for one question.
        options: The format of the answers.
        out: Receives each object as one line as soon as it arrives; None with an output file.

    Raises:
        asyncio.CancelledError: The user stopped the run; finished answers are kept.
        OSError: The output cannot be written.
    """
    view = BatchView(sys.stderr, len(rows))
    if done_before := sum(row.key in collection.answers for row in rows):
        view.report(
            _("{done} of {total} rows were finished before.").format(
                done=done_before, total=len(rows)
            )
        )
    failed: list[tuple[Row, Answer]] = []
    endpoint_failures = 0
    try:
        for done, row in enumerate(rows):
            if row.key in collection.answers:
                continue
            view.show(done, len(failed))
            answer = await _ask_row(row, new_session(), options, view)
            collection.add(row, answer)
            if not answer.text:
                failed.append((row, answer))
            elif out is not None:
                view.clear()
                for value in to_rows(loads(answer.text).value):
                    out.write(f"{json_for(out, dumps(value))}\n")
                out.flush()
            endpoint_failures = endpoint_failures + 1 if answer.outcome == "failed" else 0
            if endpoint_failures == _MAX_CONSECUTIVE_FAILURES:
                view.report(_("Stopped after three failed requests in a row."))
                break
        view.show(len(rows), len(failed))
    except asyncio.CancelledError:
        is_resumable = out is None
        view.report(
            _("Stopped. Run the same command again to resume.") if is_resumable else _("Stopped.")
        )
        raise
    finally:
        view.clear()
        collection.write(rows)
    for line in _summary(rows, collection, failed):
        view.report(line)
    return _status([answer.outcome for _, answer in failed])


def _summary(
    rows: Sequence[Row], collection: Collection, failed: Sequence[tuple[Row, Answer]]
) -> Iterator[str]:
    """Yield each failed row, the repaired rows, and the number of objects."""
    for row, answer in failed:
        yield f"{row.name}: {answer.outcome}: {answer.reason}"
    done = [(row, collection.answers[row.key]) for row in rows if row.key in collection.answers]
    done = [(row, answer) for row, answer in done if answer.text]
    repaired = [row.name for row, it in done if it.outcome == Verdict.REPAIRED.value]
    if repaired:
        listed = "; ".join(repaired[:_MAX_NAMED]) + (" …" if len(repaired) > _MAX_NAMED else "")
        text = ngettext(
            "{count} object was repaired: {{rows}}.",
            "{count} objects were repaired: {{rows}}.",
            len(repaired),
        )
        yield text.format(rows=listed)
    yield _("{done} of {total} rows have an object.").format(done=len(done), total=len(rows))


def _status(outcomes: list[str]) -> int:
    if not outcomes:
        return 0
    if "failed" in outcomes:
        return 1
    return 3 if set(outcomes) == {Verdict.CUT_OFF.value} else 4


async def _ask_row(
    row: Row, session: ChatSession, options: OutputOptions, view: BatchView
) -> Answer:
    session.profile = replace(
        session.profile, response_format=options.sent_as or session.profile.response_format
    )
    reply = await session.run_turn(row.question, view, wanted=options.response_format)
    evaluation = evaluation_of(reply)
    if evaluation is None or reply.status is MessageStatus.FAILED:
        return Answer("failed", reason=describe_failure(reply, options))
    if has_object(evaluation, is_strict=options.is_strict):
        return Answer(evaluation.verdict.value, dumps(evaluation.value))
    errors = [
        f"{error.path_text or _('The object')}: {error.message}" for error in evaluation.errors[:3]
    ]
    reason = " ".join(filter(None, (evaluation.reason, *errors)))
    return Answer(
        evaluation.verdict.value, reason=reason or _("--strict rejects repaired objects.")
    )
