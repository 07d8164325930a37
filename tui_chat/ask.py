"""``tui-chat ask``: one question, its answer on standard output, for people and scripts.

The exit status tells how it ended: 0 complete, 1 failed, 2 wrong usage, 3 interrupted or cut off,
130 stopped by Ctrl+C.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.chat.log_file import log_to
from tui_chat.chat.services import Services
from tui_chat.core.conversation import Message, MessageStatus
from tui_chat.core.stream import Retrying, TextDelta
from tui_chat.core.visible import VisibleStream, visible

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tui_chat.chat.launch import Launch
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream import StreamEvent

COMPLETE: Final = 0
FAILED: Final = 1
USAGE_ERROR: Final = 2
CUT_OFF: Final = 3
STOPPED: Final = 130

_CUT_REASONS: Final = frozenset({"length", "max_tokens", "model_length", "content_filter"})


class AskView:
    """Writes a turn: the answer to standard output, all else to standard error."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        """Prepare.

        Args:
            out: Where the answer goes, as it comes.
            err: Where everything else goes.
            as_json: Whether only one object is wanted, at the end.
        """
        self._out = out
        self._err = err
        self._as_json = as_json
        # A terminal must not be acted upon; a file or a pipe gets the text as it came.
        self._visible = VisibleStream() if out.isatty() else None
        self._ends_line = True

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Nothing is shown before the answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Write what came."""
        if isinstance(event, TextDelta) and not self._as_json:
            self._write(self._visible.feed(event.text) if self._visible else event.text)
        elif isinstance(event, Retrying):
            self.tell(
                f"{event.reason}: retry {event.attempt}/{event.attempts} in {event.delay_s:.1f} s"
            )

    async def turn_finished(self, reply: Message) -> None:
        """Write the end: a last newline, or the object."""
        if self._as_json:
            json.dump(as_object(reply), self._out, ensure_ascii=False)
            self._out.write("\n")
        else:
            if self._visible:
                self._write(self._visible.finish())
            if not self._ends_line:
                self._out.write("\n")
        self._out.flush()
        if reply.error_text:
            self.tell(reply.error_text)

    def not_saved(self, error: StorageError) -> None:
        """Tell that the answer will not be found again."""
        self.tell(f"Not saved: {error.words}")

    def tell(self, words: str) -> None:
        """Write words for a person to standard error."""
        self._err.write(f"tui-chat: {visible(words)}\n")
        self._err.flush()

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()
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
        reply_object["error"] = {"kind": reply.error_kind, "words": reply.error_text}
    return reply_object


def exit_status(reply: Message) -> int:
    """Return the exit status for a reply."""
    if reply.status is MessageStatus.COMPLETE:
        return CUT_OFF if reply.finish_reason in _CUT_REASONS else COMPLETE
    if reply.status is MessageStatus.INTERRUPTED:
        return CUT_OFF
    return STOPPED if reply.status is MessageStatus.CANCELLED else FAILED


async def ask(launch: Launch, prompt: str, *, as_json: bool) -> int:
    """Ask one question and return the exit status."""
    view = AskView(sys.stdout, sys.stderr, as_json=as_json)
    if not launch.is_temporary:
        log_to(launch.paths.log_file)
    services = Services(launch)
    try:
        await services.open()
        for words in services.notices:
            view.tell(words)
        if services.choice.problem is not None:
            view.tell(services.choice.problem.words)
            return USAGE_ERROR
        session = services.new_session()
        if session is None:
            view.tell(f"There is no model to ask. {services.missing_model_words}")
            return FAILED
        # A question from a script is not what the next full-screen start continues with.
        session.conversation = replace(session.conversation, settings={"one_shot": True})
        return await _until_stopped(session.run_turn(prompt, view))
    finally:
        await services.aclose()
        for words in services.farewell:
            view.tell(words)


async def _until_stopped(turn: Coroutine[object, object, Message]) -> int:
    """Run a turn; Ctrl+C and a polite kill stop it, with what has come saved."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(turn)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return exit_status(await task)
    except asyncio.CancelledError:
        return STOPPED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
