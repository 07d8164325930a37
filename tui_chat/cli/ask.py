"""``tui-chat ask``: one question, its answer on standard output, for people and scripts.

The exit status tells how it ended: 0 complete, 1 failed, 2 wrong usage, 3 interrupted or cut off,
4 no valid object came, 130 stopped by Ctrl+C.
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
    event_words,
    failure_words,
    has_object,
    object_status,
    words_of,
)
from tui_chat.cli.json_output import json_for
from tui_chat.config.offline import kept_offline
from tui_chat.core.conversation import ONE_SHOT, Message, MessageStatus
from tui_chat.core.stream_events import TextDelta, is_cut
from tui_chat.core.text.sanitize import SanitizingStream, sanitize
from tui_chat.session.log_file import log_to
from tui_chat.session.services import Services
from tui_chat.session.structured_output import evaluation_of
from tui_chat.structured.lossless_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

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
    """Writes a turn: the answer to standard output, all else to standard error."""

    def __init__(self, out: TextIO, err: TextIO, wish: OutputOptions) -> None:
        """Prepare.

        Args:
            out: Where the answer goes, as it comes.
            err: Where everything else goes.
            wish: How the answer is wanted: `as_json` prints one object, at the end.
        """
        self._out = out
        self._err = err
        self._wish = wish
        # A terminal must not be acted upon; a file or a pipe gets the text as it came.
        self._visible = SanitizingStream() if out.isatty() else None
        self._ends_line = True
        self.is_unwritten = False
        """Whether a part of the answer could not be written, such as to a full disk."""

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Nothing is shown before the answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Write what came."""
        if isinstance(event, TextDelta) and not self._wish.as_json:
            self._write(self._visible.feed(event.text) if self._visible else event.text)
        elif words := event_words(event):
            self.tell(words)

    async def turn_finished(self, reply: Message) -> None:
        """Write the end: a last newline, or the object."""
        evaluation = evaluation_of(reply)
        if self._wish.as_json and self._wish.is_object:
            # Only what may be used: a script must not take half an object for a whole one.
            if evaluation is not None and has_object(evaluation, is_strict=self._wish.is_strict):
                self._write_json(dumps(evaluation.value))
        elif self._wish.as_json:
            self._write_json(json.dumps(as_object(reply), ensure_ascii=False))
        else:
            if self._visible:
                self._write(self._visible.finish())
            if not self._ends_line:
                self._write("\n")
        if evaluation is not None:
            for words in words_of(evaluation, is_strict=self._wish.is_strict):
                self.tell(words)
        elif reply.error_text:
            self.tell(failure_words(reply, self._wish))

    def not_saved(self, error: StorageError) -> None:
        """Tell that the answer will not be found again."""
        self.tell(f"Not saved: {error.message}")

    def tell(self, words: str) -> None:
        """Write words for a person to standard error."""
        self._err.write(f"tui-chat: {sanitize(words)}\n")
        self._err.flush()

    def _write_json(self, text: str) -> None:
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
            self.tell(f"Standard output cannot be written: {error.strerror or error}.")
            # What waits in the buffer must go somewhere, or Python complains at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
        self._ends_line = text.endswith("\n")


def as_object(reply: Message) -> dict[str, object]:
    """Return a reply as the object that `--json` prints."""
    usage = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens}
    reply_object: dict[str, object] = {
        "text": reply.content,
        "status": reply.status.value,
        "finish_reason": reply.finish_reason,
        "usage": usage,
        "model": reply.model,
    }
    if reply.reasoning:
        reply_object["reasoning"] = reply.reasoning
    if reply.error_text:
        reply_object["error"] = {
            "kind": reply.error_kind,
            "words": failure_words(reply, OutputOptions()),
        }
    return reply_object


def exit_status(reply: Message, wish: OutputOptions = OutputOptions()) -> int:  # noqa: B008 - it is frozen
    """Return the exit status for a reply."""
    status = object_status(reply, is_strict=wish.is_strict) if wish.is_object else None
    if status is not None:
        return status
    if reply.status is MessageStatus.COMPLETE:
        return CUT_OFF if is_cut(reply.finish_reason) else COMPLETE
    if reply.status is MessageStatus.INTERRUPTED:
        return CUT_OFF
    return STOPPED if reply.status is MessageStatus.CANCELLED else FAILED


async def ask(launch: Launch, prompt: str, wish: OutputOptions, *, is_listed: bool = False) -> int:
    """Ask one question and return the exit status.

    Args:
        launch: Flags, environment and files.
        prompt: The question.
        wish: The form of the answer.
        is_listed: Whether it is listed among the chats; else it is only found by a search.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # A character that the terminal's encoding lacks is no reason to lose an answer.
        sys.stdout.reconfigure(errors="backslashreplace")
    view = AskView(sys.stdout, sys.stderr, wish)

    async def turn(services: Services, session: ChatSession) -> int:
        if not is_listed:
            settings = {**session.conversation.settings, ONE_SHOT: True}
            session.conversation = replace(session.conversation, settings=settings)
        session.profile = replace(
            session.profile, response_format=wish.sent_as or session.profile.response_format
        )
        reply = await session.run_turn(prompt, view, wanted=wish.wanted)
        return exit_status(reply, wish)

    return await _with_services(launch, view, turn)


async def collect(
    launch: Launch,
    questions: Sequence[str],
    wish: OutputOptions,
    *,
    count: int,
    output: Path | None,
) -> int:
    """Ask many questions, write their objects and return the exit status.

    The answers stand in the output, and not among the conversations.

    Raises:
        ConfigError: The output's ending is not known.
    """
    from tui_chat.cli.ask_batch import Collection, ask_rows, rows_to_ask
    from tui_chat.cli.batch_record import BatchRecord

    record = None
    if output is not None and not launch.is_temporary:
        record = BatchRecord(launch.paths.state_dir / "batches", output)
    collection = Collection(output, record)
    view = AskView(sys.stdout, sys.stderr, wish)

    async def turns(services: Services, session: ChatSession) -> int:
        profile = session.profile
        asked = f"{profile.name} {profile.base_url} {session.model}"
        if launch.overrides.system is not None:
            asked += f" {launch.overrides.system}"
        rows = rows_to_ask(questions, count, wish, asked)
        collection.check(rows)
        if wish.is_strict:
            collection.drop_repaired()
        out = sys.stdout if output is None else None
        try:
            return await ask_rows(rows, collection, services.sessions.new, wish, out)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            view.tell(f"{output} cannot be written: {error.strerror}.")
            return FAILED

    return await _with_services(replace(launch, is_temporary=True), view, turns)


async def _with_services(
    launch: Launch,
    view: AskView,
    work: Callable[[Services, ChatSession], Coroutine[None, None, int]],
) -> int:
    """Do something with an endpoint, and return the exit status.

    Raises:
        ConfigError: The endpoint is on another machine (--offline).
    """
    if not launch.is_temporary:
        log_to(launch.paths.log_file)
    services = Services(launch)
    try:
        await services.open()
        for words in services.notices:
            view.tell(words)
        seen = len(services.notices)
        if services.choice.problem is not None:
            view.tell(services.choice.problem.message)
            return USAGE_ERROR
        session = services.sessions.new()
        if session is None:
            view.tell(f"There is no model to ask. {services.missing_model_message}")
            return FAILED
        if launch.is_offline:
            # Refused before anything is saved.
            kept_offline(session.profile)
        status = await _until_stopped(work(services, session))
        # Not in the middle of the answer.
        for words in services.notices[seen:]:
            view.tell(words)
        return FAILED if view.is_unwritten and status == COMPLETE else status
    finally:
        await services.aclose()
        if (unsaved := services.unsaved_work) is not None:
            from tui_chat.import_export.export.rescue_files import rescued

            view.tell(rescued(unsaved.transcripts, unsaved.reason, launch.paths.state_dir))


async def _until_stopped(work: Coroutine[None, None, int]) -> int:
    """Run turns; Ctrl+C and a polite kill stop them, with what has come saved."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def stop() -> None:
        # timeout(1) sends a signal twice: the second must not break off what the first began.
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
