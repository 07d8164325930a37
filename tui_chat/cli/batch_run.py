"""Asks the rows of ``tui-chat ask --input`` one after another."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from tui_chat.cli.ask_batch import Answer, Collection, Row
from tui_chat.cli.ask_object import describe_failure, has_object
from tui_chat.cli.batch_view import BatchView
from tui_chat.cli.json_output import json_for
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import AttachmentRefused, LimitReached, RateLimited
from tui_chat.core.labels import _, join_sentences, labelled, ngettext
from tui_chat.core.text.durations import duration
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.export_formats import to_rows
from tui_chat.structured.lossless_json import dumps, loads
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui_chat.cli.ask_object import OutputOptions
    from tui_chat.core.attachments import Attachment
    from tui_chat.session.session import ChatSession

_MAX_CONSECUTIVE_FAILURES: Final = 3
"""The run stops after this many failed requests in a row."""
_RATE_PAUSE_S: Final = 30.0
"""Pause before a row is asked again whose request was limited more often than it is retried."""
_MAX_RATE_PAUSES: Final = 20
_LIMITS: Final = frozenset({LimitReached.kind, RateLimited.kind})
"""Errors at which a run stops: every further row would fail for the same reason."""
_MAX_NAMED: Final = 20
"""Repaired rows beyond this are not listed by name."""


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
    run = _Run(rows, collection, new_session, options, out)
    view = run.view
    if done_before := sum(row.key in collection.answers for row in rows):
        view.report(
            _("{done} of {total} rows were finished before.").format(
                done=done_before, total=len(rows)
            )
        )
    try:
        await run.ask_all()
    except asyncio.CancelledError:
        is_resumable = out is None
        view.report(
            _("Stopped. Run the same command again to resume.") if is_resumable else _("Stopped.")
        )
        raise
    finally:
        view.clear()
        collection.write(rows)
    for line in (*_summary(rows, collection, run.failed), *run.stopped_text()):
        view.report(line)
    outcomes = [answer.outcome for _, answer in run.failed]
    return 1 if run.stopped_at else _status(outcomes)


class _Run:
    """One run over the rows of a batch.

    Attributes:
        failed: The rows of this run without a usable object.
        stopped_at: The row at which a limit of the endpoint ended the run.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        collection: Collection,
        new_session: Any,
        options: OutputOptions,
        out: TextIO | None,
    ) -> None:
        self._rows = rows
        self._collection = collection
        self._new_session = new_session
        self._options = options
        self._out = out
        self.view = BatchView(sys.stderr, len(rows))
        self.failed: list[tuple[Row, Answer]] = []
        self.stopped_at: tuple[Row, Answer] | None = None

    async def ask_all(self) -> None:
        """Ask every row that has no object yet."""
        endpoint_failures = 0
        for done, row in enumerate(self._rows):
            if row.key in self._collection.answers:
                continue
            self.view.show(done, len(self.failed))
            answer = await self._ask_patiently(row)
            if answer.error_kind in _LIMITS:
                self.stopped_at = (row, answer)
                return
            self._add(row, answer)
            is_refused_file = answer.error_kind == AttachmentRefused.kind
            has_failed = answer.outcome == "failed" and not is_refused_file
            endpoint_failures = endpoint_failures + 1 if has_failed else 0
            if endpoint_failures == _MAX_CONSECUTIVE_FAILURES:
                self.view.report(_("Stopped after three failed requests in a row."))
                return
        self.view.show(len(self._rows), len(self.failed))

    def stopped_text(self) -> Iterator[str]:
        """Yield why the run stopped at a limit and how to go on; nothing if it did not."""
        if self.stopped_at is None:
            return
        row, answer = self.stopped_at
        left = sum(row.key not in self._collection.answers for row in self._rows)
        text = ngettext(
            "Stopped at {{row}}: {{reason}} {count} row is left.",
            "Stopped at {{row}}: {{reason}} {count} rows are left.",
            left,
        ).format(row=row.name, reason=answer.reason)
        if self._out is None:
            text = _("{text} Run the same command again to resume.").format(text=text)
        yield text

    def _add(self, row: Row, answer: Answer) -> None:
        self._collection.add(row, answer)
        if not answer.text:
            self.failed.append((row, answer))
        elif self._out is not None:
            self.view.clear()
            for value in to_rows(loads(answer.text).value):
                self._out.write(f"{json_for(self._out, dumps(value))}\n")
            self._out.flush()

    async def _ask_patiently(self, row: Row) -> Answer:
        """Ask a row, again and again while the endpoint only limits the rate of requests."""
        answer = await _ask_row(row, self._new_session(), self._options, self.view)
        for _attempt in range(_MAX_RATE_PAUSES):
            if answer.error_kind != RateLimited.kind:
                break
            text = _("{row}: the endpoint limits the rate of requests; next attempt in {time}.")
            self.view.report(text.format(row=row.name, time=duration(_RATE_PAUSE_S)))
            await asyncio.sleep(_RATE_PAUSE_S)
            answer = await _ask_row(row, self._new_session(), self._options, self.view)
        return answer


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
    try:
        attachments = [*row.attachments, *(await asyncio.to_thread(_read, row.files))]
    except AttachmentRefused as error:
        return Answer("failed", reason=error.message, error_kind=error.kind)
    reply = await session.run_turn(
        row.question, view, wanted=options.response_format, attachments=attachments
    )
    evaluation = evaluation_of(reply)
    if evaluation is None or reply.status is MessageStatus.FAILED:
        reason = describe_failure(reply, options)
        return Answer("failed", reason=reason, error_kind=reply.error_kind or "")
    if has_object(evaluation, is_strict=options.is_strict):
        return Answer(evaluation.verdict.value, dumps(evaluation.value))
    errors = [
        labelled(error.path_text or _("The object"), error.message)
        for error in evaluation.errors[:3]
    ]
    reason = join_sentences(evaluation.reason, *errors)
    return Answer(
        evaluation.verdict.value, reason=reason or _("--strict rejects repaired objects.")
    )


def _read(files: Sequence[Path]) -> list[Attachment]:
    if not files:
        return []
    # Imported late: most batches have no files.
    from tui_chat.attachments.read_file import read_attachment

    return [read_attachment(path) for path in files]
