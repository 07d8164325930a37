"""``tui-chat ask``: asks one question and prints the answer on standard output.

Exit status: 0 complete, 1 failed, 2 wrong usage, 3 interrupted or cut off, 4 no valid object,
130 stopped by Ctrl+C.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.cli.ask_object import (
    OutputOptions,
    describe_event,
    describe_failure,
    describe_verdict,
    has_object,
    object_status,
)
from tui_chat.cli.json_output import json_for
from tui_chat.cli.pass_limit import limit_question
from tui_chat.cli.tools.ask_tools import ToolFlags, use_tools
from tui_chat.config.offline import require_offline
from tui_chat.core.conversation import ONE_SHOT, Message, MessageStatus
from tui_chat.core.cost.cost import cost_record
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.reply_extras import ExtraKind, extra_records, extras_label
from tui_chat.core.stream_events import TextDelta, is_cut
from tui_chat.core.text.sanitize import SanitizingStream, sanitize, sanitize_line
from tui_chat.core.tools.call_records import call_records
from tui_chat.session.log_file import log_to
from tui_chat.session.services import Services
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.lossless_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from pathlib import Path

    from tui_chat.cli.ask_batch import BatchFiles
    from tui_chat.core.attachments import Attachment
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession

COMPLETE: Final = 0
FAILED: Final = 1
USAGE_ERROR: Final = 2
CUT_OFF: Final = 3
STOPPED: Final = 130


class AskView:
    """Writes the answer to standard output and everything else to standard error."""

    def __init__(self, out: TextIO, err: TextIO, options: OutputOptions) -> None:
        self._out = out
        self._err = err
        self.options = options
        # Sanitizes for a terminal only; a file or a pipe gets the text unchanged.
        self._visible = SanitizingStream() if out.isatty() else None
        self._ends_line = True
        self.is_unwritten = False
        """True if a write to standard output failed, for example because the disk is full."""

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show nothing before the answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Write text to standard output, other events to standard error."""
        if isinstance(event, TextDelta) and not self.options.as_json:
            self._write(self._visible.feed(event.text) if self._visible else event.text)
        elif text := describe_event(event):
            self.report(text)

    async def turn_finished(self, reply: Message) -> None:
        """Write the last newline or the object, then the verdict or the error."""
        evaluation = evaluation_of(reply)
        if self.options.as_json and self.options.is_object:
            # Scripts only receive an object that validates.
            if evaluation is not None and has_object(evaluation, is_strict=self.options.is_strict):
                self.write_json(dumps(evaluation.value))
        elif self.options.as_json:
            self.write_json(json.dumps(reply_record(reply), ensure_ascii=False))
        else:
            if self._visible:
                self._write(self._visible.finish())
            if not self._ends_line:
                self._write("\n")
        if evaluation is not None:
            for line in describe_verdict(evaluation, is_strict=self.options.is_strict):
                self.report(line)
        elif reply.error_text:
            self.report(describe_failure(reply, self.options))
        self._report_parts(reply)

    def _report_parts(self, reply: Message) -> None:
        """Report what came with an answer beside its text, unless the JSON contains it."""
        if self.options.as_json:
            return
        for line in _parts_of(reply):
            self.report(line)

    def not_saved(self, error: StorageError) -> None:
        """Report that the answer is not stored."""
        self.report(_("Not saved: {reason}").format(reason=error.message))

    def report(self, text: str) -> None:
        """Write a message for the user to standard error."""
        self._err.write(f"tui-chat: {sanitize(text)}\n")
        self._err.flush()

    def write_block(self, heading: str, text: str) -> None:
        """Write a text under a heading to standard output."""
        shown = sanitize(text) if self._visible else text
        self._write(f"{heading}\n\n{shown.rstrip()}\n\n")

    def write_json(self, text: str) -> None:
        """Write an object to standard output."""
        self._write(f"{json_for(self._out, text)}\n")

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.is_unwritten = True
            reason = error.strerror or error
            self.report(_("Cannot write to standard output: {reason}.").format(reason=reason))
            # Python flushes the buffer again at exit and would report the same error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
        self._ends_line = text.endswith("\n")


def reply_record(reply: Message) -> dict[str, object]:
    """Return the object that `--json` prints for a reply."""
    usage = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens}
    reply_object: dict[str, object] = {
        "text": reply.content,
        "status": reply.status.value,
        "finish_reason": reply.finish_reason,
        "usage": usage,
        "cost": cost_record(reply.cost) if reply.cost is not None else None,
        "model": reply.model,
    }
    if reply.reasoning:
        reply_object["reasoning"] = reply.reasoning
    if reply.tool_calls:
        reply_object["tool_calls"] = call_records(reply.tool_calls)
    if reply.extras:
        reply_object["extras"] = extra_records(reply.extras)
    if reply.attachments:
        # Imported late: nearly all answers are text only.
        from tui_chat.import_export.attachment_records import attachment_record

        reply_object["attachments"] = [attachment_record(it) for it in reply.attachments]
    if reply.error_text:
        reply_object["error"] = {
            "kind": reply.error_kind,
            "words": describe_failure(reply, OutputOptions()),
        }
    return reply_object


def _parts_of(reply: Message) -> Iterator[str]:
    """Yield what came with an answer beside its text, for standard error."""
    media = [it.kind.value for it in reply.attachments]
    media += [it.kind.value for it in reply.extras if it.kind is not ExtraKind.SOURCE]
    if media:
        yield _("{parts}: --json prints them, too.").format(parts=extras_label(media))
    sources = [it for it in reply.extras if it.kind is ExtraKind.SOURCE]
    for number, source in enumerate(sources, 1):
        yield f"[{number}] {' · '.join(filter(None, (source.title, source.url)))}"


def exit_status(reply: Message, options: OutputOptions) -> int:
    """Return the exit status for a reply."""
    status = object_status(reply, is_strict=options.is_strict) if options.is_object else None
    if status is not None:
        return status
    if reply.status is MessageStatus.COMPLETE:
        return CUT_OFF if is_cut(reply.finish_reason) else COMPLETE
    if reply.status is MessageStatus.INTERRUPTED:
        return CUT_OFF
    return STOPPED if reply.status is MessageStatus.CANCELLED else FAILED


async def ask(
    launch: Launch,
    prompt: str,
    options: OutputOptions,
    *,
    is_listed: bool = False,
    attachments: Sequence[Attachment] = (),
    flags: ToolFlags | None = None,
) -> int:
    """Ask one question and return the exit status.

    Args:
        launch: Flags, environment and files.
        prompt: The question.
        options: The format of the answer.
        is_listed: Whether to list the question among the conversations; otherwise only a search
            finds it.
        attachments: The files sent with it.
        flags: The tools that are offered and approved.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # Escapes characters that the encoding of the terminal lacks instead of failing.
        sys.stdout.reconfigure(errors="backslashreplace")
    view = AskView(sys.stdout, sys.stderr, options)

    async def turn(services: Services, session: ChatSession) -> int:
        if not is_listed and not launch.conversation_id:
            settings = {**session.conversation.settings, ONE_SHOT: True}
            session.conversation = replace(session.conversation, settings=settings)
        session.profile = replace(
            session.profile, response_format=options.sent_as or session.profile.response_format
        )
        for warning in (f"{it.name}: {text}" for it in attachments for text in it.warnings):
            view.report(warning)
        approval = use_tools(services, session, flags or ToolFlags())
        asking = asyncio.get_running_loop().create_task(
            session.run_turn(prompt, view, wanted=options.response_format, attachments=attachments)
        )
        approval.stop = asking.cancel
        try:
            return exit_status(await asking, options)
        except asyncio.CancelledError:
            if not approval.refused:
                raise
            view.report(approval.message)
            return FAILED

    return await with_services(launch, view, turn)


async def collect(
    launch: Launch,
    questions: Sequence[str],
    options: OutputOptions,
    *,
    count: int,
    output: Path | None,
    files: BatchFiles,
) -> int:
    """Ask many questions, write their objects and return the exit status.

    The answers go to the output only; they are not stored as conversations.

    Raises:
        ConfigError: The output has an unsupported extension, or holds other data.
    """
    from tui_chat.cli.ask_batch import Collection, rows_to_ask
    from tui_chat.cli.batch_record import BatchRecord
    from tui_chat.cli.batch_run import ask_rows

    record = None
    if output is not None and not launch.is_temporary:
        record = BatchRecord(launch.paths.state_dir / "batches", output)
    collection = Collection(output, record)
    view = AskView(sys.stdout, sys.stderr, options)

    async def turns(services: Services, session: ChatSession) -> int:
        profile = session.profile
        endpoint = f"{profile.name} {profile.base_url} {session.model}"
        given = launch.parameters
        if given.system_prompt is not None:
            endpoint += f" {given.system_prompt}"
        if values := given.as_mapping():
            endpoint += f" {json.dumps(values)}"
        rows = rows_to_ask(questions, count, options, endpoint, files)
        collection.check(rows)
        if options.is_strict:
            collection.drop_repaired()
        out = sys.stdout if output is None else None
        try:
            return await ask_rows(rows, collection, services.sessions.new, options, out)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            view.report(
                _("Cannot write {file}: {reason}.").format(file=output, reason=error.strerror)
            )
            return FAILED

    return await with_services(replace(launch, is_temporary=True), view, turns)


async def with_services(
    launch: Launch,
    view: AskView,
    work: Callable[[Services, ChatSession], Coroutine[None, None, int]],
) -> int:
    """Open the services, run `work` with a session, and return the exit status.

    Raises:
        ConfigError: --offline is set and the endpoint is on another machine.
    """
    if not launch.is_temporary:
        log_to(launch.paths.log_file)
    services = Services(launch)
    services.accounting.ask_with(limit_question(is_allowed=view.options.may_pass_limit))
    try:
        await services.open()
        for notice in services.notices:
            view.report(notice)
        reported = len(services.notices)
        if services.choice.problem is not None:
            view.report(services.choice.problem.message)
            return USAGE_ERROR
        session = await _session(services)
        if session is None:
            view.report(
                _("No model is configured. {hint}").format(hint=services.missing_model_message)
            )
            return FAILED
        if launch.is_offline:
            # Fails before anything is saved.
            require_offline(session.profile)
        status = await _until_stopped(work(services, session))
        # Later notices would interrupt the answer.
        for notice in services.notices[reported:]:
            view.report(notice)
        return FAILED if view.is_unwritten and status == COMPLETE else status
    finally:
        await services.aclose()
        if (unsaved := services.unsaved_work) is not None:
            from tui_chat.import_export.export.rescue_files import write_rescue_files

            view.report(
                write_rescue_files(unsaved.transcripts, unsaved.reason, launch.paths.state_dir)
            )


async def _session(services: Services) -> ChatSession | None:
    """Begin a conversation, or open the one that the flags name; None without an endpoint.

    Raises:
        ConfigError: The conversation stays with another endpoint.
        StorageError: The conversation cannot be read.
    """
    conversation_id = services.launch.conversation_id
    if not conversation_id:
        return services.sessions.new()
    # A draft in an open chat stays there.
    session = await services.sessions.saved(conversation_id, claims_draft=False)
    if session is not None and services.endpoints.asks_elsewhere(session):
        home = session.consent.stays_with or session.conversation.profile or ""
        raise ConfigError(
            _("This conversation stays with {profile}; nothing of it was sent.").format(
                profile=sanitize_line(home, 40)
            ),
            _("Choose that profile, or send the conversation elsewhere in the chat: Ctrl+L."),
        )
    return session


async def _until_stopped(work: Coroutine[None, None, int]) -> int:
    """Run turns until they end or SIGINT or SIGTERM cancels them; the text so far is saved."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def stop() -> None:
        # timeout(1) sends the signal twice; the second must not interrupt the clean-up.
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return STOPPED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
