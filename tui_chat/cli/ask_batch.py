"""``tui-chat ask --input`` and ``--count``: one question for each row, the objects in one file.

With an output file the work can be broken off and gone on with: what is done stands in
FILE.progress, one answer a line, until every row has its object.
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

from tui_chat.cli.ask_object import event_words, failure_words, has_object
from tui_chat.cli.json_output import json_for
from tui_chat.config.file_paths import PathKind, kind_of, refusals_as, shown_path
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize
from tui_chat.session.structured_output import evaluation_of
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

_FAILURES_IN_A_ROW: Final = 3
"""After so many failures of the endpoint one after the other, the rest would fail too."""
_BAR: Final = 24
_TOLD: Final = 20
"""How many repaired rows are told by name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question of many."""

    name: str
    """Which one, for a person: “row 3”, of the input or of the answers; “row 3, answer 2”."""
    question: str
    key: str
    """The same for the same question in the same form: how it is found again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one question."""

    outcome: str
    """A verdict, or `failed`."""
    text: str = ""
    """The object as JSON text; empty if there is none that counts."""
    words: str = ""
    """Why there is none."""


def rows_to_ask(questions: Sequence[str], count: int, wish: OutputOptions, model: str) -> list[Row]:
    """Return one row for each question and each of its answers.

    Args:
        questions: In their order.
        count: How many answers each gets.
        wish: How they are wanted; another form makes other rows.
        model: Who is asked; another model makes other rows.
    """
    made: list[Row] = []
    form = json.dumps([wish.wanted.as_mapping(), model], sort_keys=True)
    seen: Counter[str] = Counter()
    for number, question in enumerate(questions, 1):
        # Not by its place: rows that are put in between leave what is done as it is.
        seen[question] += 1
        for turn in range(count):
            name = json.dumps([form, question, turn, seen[question]])
            key = hashlib.sha256(name.encode()).hexdigest()[:16]
            row_name = f"row {number}" if len(questions) > 1 else f"row {turn + 1}"
            if count > 1 < len(questions):
                row_name += f", answer {turn + 1}"
            made.append(Row(row_name, question, key))
    return made


class Collection:
    """The answers of one run and of those before it.

    Attributes:
        answers: By the key of their row.
    """

    def __init__(self, output: Path | None, record: BatchRecord | None = None) -> None:
        """Take up what was done before.

        Args:
            output: Where the objects go in the end; its suffix says how. None: nothing is kept.
            record: What stands in the output when it is finished; None keeps no record.

        Raises:
            ConfigError: The suffix is none of those that can be written, or the file is there
                already and was not written by this program.
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
                f"{output} has no ending that is known.", f"End it in .{', .'.join(KINDS)}."
            )
        self._progress = output.with_name(output.name + ".progress")
        with refusals_as(ConfigError, output):
            if kind_of(output.parent) is not PathKind.FOLDER:
                folder = shown_path(output.parent)
                raise ConfigError(f"The folder {folder} is not there.", "Make it first.")
            if kind_of(output) is not PathKind.MISSING:
                self._take_up_finished(output)
            self._take_up_progress()

    def _take_up_progress(self) -> None:
        with suppress(FileNotFoundError):
            for line in self._progress.read_text("utf-8", "replace").split("\n"):
                # The last line may be half written.
                with suppress(ValueError, KeyError, TypeError):
                    key, outcome, text = json.loads(line)
                    self.answers[key] = Answer(outcome, text)

    def _take_up_finished(self, output: Path) -> None:
        is_broken_off = self._progress.exists()
        if not is_broken_off and (self._record is None or not self._record.is_current()):
            raise ConfigError(
                f"{output} is there already, and it is not written over.",
                "Move it away or name another file.",
            )
        if self._record is not None:
            found = self._record.answers()
            self.answers = {key: Answer(*answer) for key, answer in found.items()}
            self._finished = frozenset(() if is_broken_off else found)

    def check(self, rows: Sequence[Row]) -> None:
        """See to it that nothing which stands in a finished output would get lost.

        Raises:
            ConfigError: It holds rows that are not asked for now.
        """
        others = self._finished.difference(row.key for row in rows)
        if others:
            count = f"{len(others)} row{'s' * (len(others) > 1)}"
            raise ConfigError(
                f"{self._output} holds {count} of another question, form or model, and it is not "
                "written over.",
                "Move it away or name another file.",
            )

    def drop_repaired(self) -> None:
        """Forget the objects that were repaired, so that they are asked for again."""
        self.answers = {
            key: answer
            for key, answer in self.answers.items()
            if answer.outcome != Verdict.REPAIRED.value
        }

    def add(self, row: Row, answer: Answer) -> None:
        """Take an answer; an object is on the disk when this returns.

        Raises:
            OSError: It cannot be written.
        """
        self.answers[row.key] = answer
        if self._output is not None and answer.text:
            with open(self._progress, "a", encoding="utf-8", opener=_private) as file:
                file.write(json.dumps([row.key, answer.outcome, answer.text]) + "\n")

    def write(self, rows: Sequence[Row]) -> None:
        """Write the objects that there are, in the order of the rows.

        Raises:
            OSError: They cannot be written.
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
        made = self._output.with_name(self._output.name + ".new")
        # One row or none is a list too, for whoever reads the file next.
        is_json = self._kind == "json"
        text = dumps(values, indent=2) + "\n" if is_json else format_rows(values, self._kind)
        with open(made, "w", encoding="utf-8", newline="", opener=_private) as file:
            file.write(text)
        if is_complete and self._record is not None:
            done = {row.key: self.answers[row.key] for row in rows}
            self._record.write(made, {key: (it.outcome, it.text) for key, it in done.items()})
        made.replace(self._output)
        if is_complete:
            self._progress.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read; an opener for `open`."""
    descriptor = os.open(path, flags, 0o600)
    if os.name == "posix":
        # It may be there already, with another mode.
        os.fchmod(descriptor, 0o600)
    return descriptor


class BatchView:
    """Shows how far it is, on standard error where that is a terminal, and nothing else."""

    def __init__(self, err: TextIO, total: int) -> None:
        self._err = err
        self._total = total
        self._began = time.monotonic()
        self._is_shown = err.isatty()
        self.unsaved = ""

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Nothing is shown of a single answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Tell what a person waits for, and that the endpoint refuses a form."""
        if words := event_words(event):
            self.tell(words)

    async def turn_finished(self, reply: Message) -> None:
        """Nothing is shown of a single answer."""

    def not_saved(self, error: StorageError) -> None:
        """Answers of rows are kept in the output file."""

    def show(self, done: int, failed: int) -> None:
        """Draw the bar."""
        if not self._is_shown:
            return
        full = _BAR * done // self._total
        took = time.monotonic() - self._began
        words = f"{done}/{self._total}" + (f" · {failed} without an object" if failed else "")
        self._err.write(f"\r\x1b[K[{'#' * full}{'-' * (_BAR - full)}] {words} · {took:.0f} s")
        self._err.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_shown:
            self._err.write("\r\x1b[K")

    def tell(self, words: str) -> None:
        """Write words for a person."""
        self.clear()
        self._err.write(f"tui-chat: {sanitize(words)}\n")
        self._err.flush()


async def ask_rows(
    rows: Sequence[Row],
    collection: Collection,
    new_session: Any,
    wish: OutputOptions,
    out: TextIO | None,
) -> int:
    """Ask every row that has no object yet, and return the exit status.

    Args:
        rows: In their order.
        collection: Where the answers go.
        new_session: Makes the session of one question.
        wish: How the answers are wanted.
        out: Gets each object in a line as it comes; None when there is an output file.

    Raises:
        asyncio.CancelledError: It was stopped; what is done is kept.
        OSError: The output cannot be written.
    """
    view = BatchView(sys.stderr, len(rows))
    before = [row for row in rows if row.key in collection.answers]
    if before:
        view.tell(f"{len(before)} of {len(rows)} rows were done before.")
    failed: list[tuple[Row, Answer]] = []
    endpoint_failures = 0
    try:
        for done, row in enumerate(rows):
            if row.key in collection.answers:
                continue
            view.show(done, len(failed))
            answer = await _answered(row, new_session(), wish, view)
            collection.add(row, answer)
            if not answer.text:
                failed.append((row, answer))
            elif out is not None:
                view.clear()
                for value in to_rows(loads(answer.text).value):
                    out.write(f"{json_for(out, dumps(value))}\n")
                out.flush()
            endpoint_failures = endpoint_failures + 1 if answer.outcome == "failed" else 0
            if endpoint_failures == _FAILURES_IN_A_ROW:
                view.tell("Three answers failed one after the other, so the rest was not asked.")
                break
        view.show(len(rows), len(failed))
    except asyncio.CancelledError:
        view.tell("Stopped." + (" The same command goes on from here." if out is None else ""))
        raise
    finally:
        view.clear()
        collection.write(rows)
    for words in _end_words(rows, collection, failed):
        view.tell(words)
    return _status([answer.outcome for _, answer in failed])


def _end_words(
    rows: Sequence[Row], collection: Collection, failed: Sequence[tuple[Row, Answer]]
) -> Iterator[str]:
    """Yield what became of the rows: each that failed, those that were repaired, how many."""
    for row, answer in failed:
        yield f"{row.name}: {answer.outcome}: {answer.words}"
    done = [(row, collection.answers[row.key]) for row in rows if row.key in collection.answers]
    done = [(row, answer) for row, answer in done if answer.text]
    mended = [row.name for row, it in done if it.outcome == Verdict.REPAIRED.value]
    if mended:
        listed = "; ".join(mended[:_TOLD]) + (" …" if len(mended) > _TOLD else "")
        objects = "1 object was" if len(mended) == 1 else f"{len(mended)} objects were"
        yield f"{objects} repaired: {listed}."
    yield f"{len(done)} of {len(rows)} rows have an object."


def _status(outcomes: list[str]) -> int:
    if not outcomes:
        return 0
    if "failed" in outcomes:
        return 1
    return 3 if set(outcomes) == {Verdict.CUT_OFF.value} else 4


async def _answered(row: Row, session: ChatSession, wish: OutputOptions, view: BatchView) -> Answer:
    session.profile = replace(
        session.profile, response_format=wish.sent_as or session.profile.response_format
    )
    reply = await session.run_turn(row.question, view, wanted=wish.wanted)
    evaluation = evaluation_of(reply)
    if evaluation is None or reply.status is MessageStatus.FAILED:
        return Answer("failed", words=failure_words(reply, wish))
    if has_object(evaluation, is_strict=wish.is_strict):
        return Answer(evaluation.verdict.value, dumps(evaluation.value))
    errors = " ".join(
        f"{error.path_text or 'The object'}: {error.message}" for error in evaluation.errors[:3]
    )
    words = " ".join(filter(None, (evaluation.reason, errors))) or "It was repaired (--strict)."
    return Answer(evaluation.verdict.value, words=words)
