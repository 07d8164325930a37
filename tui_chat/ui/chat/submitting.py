"""Sends what the user submits: a question, an edited message, or a `/command`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.session.turns.turn_task import TurnTask, is_ending
from tui_chat.ui.chat.ask_when_open import ask_when_open
from tui_chat.ui.commands.slash import may_be_call, names_command, unescaped
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.labels import busy_notice

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.launch import Launch
    from tui_chat.session.saving.early_question import EarlyQuestion
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.host import Host
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.prompt.prompt_input import PromptInput


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that the prompt gave away."""

    text: str
    files: tuple[Attachment, ...] = ()
    sources: tuple[str, ...] = ()
    """The paths and addresses from which the files can be read again."""
    session: ChatSession | None = None
    """The conversation of the prompt; None before it is open."""


class Submitting:
    """Starts turns in the open session, and keeps one question while none can be asked.

    A question waits for the conversations to open, or for a stopped answer to be saved; behind an
    answer it is queued. The prompt keeps its draft until a question is accepted.
    """

    def __init__(self, host: Host, launch: Launch, prompt: PromptInput, status: StatusLine) -> None:
        self._host = host
        self._launch = launch
        self._prompt = prompt
        self._status = status
        self._opening = TurnTask()
        """Holds the question that waits for the conversations to open."""
        self._next: _Asked | None = None
        """The question that waits for a stopped answer to be saved."""
        self._is_ending = False

    @property
    def task(self) -> TurnTask:
        """The task that Esc cancels."""
        session = self._host.session
        return self._opening if session is None or self._opening.is_running else session.task

    @property
    def is_busy(self) -> bool:
        """True if a turn runs in the open session, or a question waits for one."""
        session = self._host.session
        is_waiting = self._has_next(session) or self._opening.is_running
        return is_waiting or (session is not None and session.is_busy)

    def _has_next(self, session: ChatSession | None) -> bool:
        """Return whether a question waits for the stopped answer of a session."""
        return self._next is not None and self._next.session is session

    def accept(self, text: str) -> None:
        """Run a command, or send a text."""
        host = self._host
        has_files = host.parts is not None and not host.parts.attachments.is_empty
        if not (text.strip() or has_files):
            self._submit_nothing()
        elif not self._is_read:
            host.run_worker(
                self._accept_when_read(text), group="attach", description="wait for an attachment"
            )
        elif not self._is_command(text):
            ready = _text_to_send(host, text)
            if ready is not None:
                self.send(ready)

    def _submit_nothing(self) -> None:
        """Retry now during a pause; else ask what is held."""
        host = self._host
        if self._status.is_pausing and host.session is not None:
            # Imported here: the first paint does not need it.
            from tui_chat.session.comparison.lane import retry_now

            retry_now(host.session)
        elif host.parts is not None:
            host.parts.queueing.release()

    def send(self, text: str) -> None:
        """Send a text; queue it behind a running answer."""
        host = self._host
        if self._is_queueing and host.parts is not None and host.session is not None:
            asked = self._taken(text)
            host.parts.queueing.put(host.session, text, asked.files, asked.sources)
        elif self._next is not None or _is_arriving(self.task, host.session):
            host.app.bell()
            host.show_notice(busy_notice(key_of(host.app, "turn.stop")))
        elif host.opening.is_open and host.session is None:
            host.show_notice(_("No model yet: choose one of those above."), "warning")
        elif self._lacks_consent:
            self._work(self._accept_after_consent(text))
        elif (parts := host.parts) is not None and parts.actions.editing is not None:
            parts.actions.send_edited(text)
        else:
            asked = self._taken(text)
            if self.task.is_running:
                self._next = asked
                host.run_worker(self._ask_next(), group="next", description="next")
            else:
                self._begin(asked)

    def _taken(self, text: str) -> _Asked:
        """Take a question and its files from the prompt."""
        self._prompt.accept()
        parts = self._host.parts
        if parts is None:
            return _Asked(text, session=self._host.session)
        sources = parts.attachments.paths
        return _Asked(text, parts.attachments.accept(), sources, self._host.session)

    @property
    def _is_queueing(self) -> bool:
        """True if a question is to be queued: an answer runs, and no message is edited."""
        parts, session = self._host.parts, self._host.session
        if parts is None or session is None or parts.actions.editing:
            return False
        task = session.task
        return task.is_running and (self._next is not None or not task.is_stopping)

    def begin_turn(self, turn: Coroutine[object, object, object]) -> None:
        """Run a turn in the open session."""
        session = self._host.session
        if session is None:
            turn.close()
        elif self._lacks_consent:
            self._work(self._begin_after_consent(turn))
        else:
            self.start(session, turn)

    async def stopped(self) -> None:
        """Stop all turns and wait until their replies are saved; a waiting text becomes the draft.

        Called before the program ends; queued questions stay queued.
        """
        asked, self._next = self._next, None
        if asked is not None:
            self._give_back(asked)
        self._is_ending = True
        services = self._host.opening.services
        tasks = [self.task, *(it.task for it in (services.sessions.busy if services else ()))]
        for task in tasks:
            task.cancel()
        for task in tasks:
            await task.stopped()

    def start(self, session: ChatSession, turn: Coroutine[object, object, object]) -> None:
        """Run a turn in a session that is open, on the screen or in the background."""
        if (parts := self._host.parts) is None or self._is_ending:
            turn.close()
            return
        parts.turns.view_of(session).begin()
        parts.alert.note_started(session)
        session.task.start(
            self._shown(session, turn), self._spawn, lambda: self._note_change(session)
        )

    async def _shown(self, session: ChatSession, turn: Coroutine[object, object, object]) -> None:
        parts = self._host.parts
        try:
            await turn
        except asyncio.CancelledError:
            if parts is not None and not self._has_next(session):
                parts.queueing.hold(session)
            raise
        finally:
            if parts is not None:
                parts.turns.view_of(session).stop()

    def _note_change(self, session: ChatSession) -> None:
        parts = self._host.parts
        is_over = not (session.task.is_running or self._is_ending or self._has_next(session))
        if parts is not None and is_over:
            parts.queueing.note_ended(session)
            if not session.task.is_running:
                parts.alert.note_ended(session)
        self._host.show_around()

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        # Named here: the default description would hold the question.
        self._host.run_worker(work, group="turn", name="turn", description="a turn")

    async def _ask_next(self) -> None:
        await self.task.ended()
        asked, self._next = self._next, None
        if asked is None:
            return
        session, parts = asked.session, self._host.parts
        if parts is None or session is None:
            self._begin(asked)
        elif session.is_busy:
            parts.queueing.put(session, asked.text, asked.files, asked.sources)
        else:
            self._ask(session, asked)

    def _ask(self, session: ChatSession, asked: _Asked) -> None:
        if (parts := self._host.parts) is not None:
            view = parts.turns.view_of(session)
            self.start(session, session.run_turn(asked.text, view, attachments=asked.files))

    def _begin(self, asked: _Asked) -> None:
        session, parts = self._host.session, self._host.parts
        if parts is not None and session is not None:
            self._ask(session, asked)
            return
        late = import_module("tui_chat.session.saving.early_question")
        early: EarlyQuestion = late.EarlyQuestion(self._launch, asked.text)
        # On the loop: a thread would wait for those that load the rest of the program.
        early.keep()
        waiting = ask_when_open(
            early,
            opened=self._host.opening.opened,
            ask=self._ask_early,
            give_back=lambda: self._give_back(asked),
        )
        self._status.begin()
        self._opening.start(waiting, self._spawn, self._host.show_around)

    def _ask_early(self, early: EarlyQuestion) -> None:
        session, parts = self._host.session, self._host.parts
        if session is None or parts is None:
            self._give_back(_Asked(early.text))
            forget = asyncio.to_thread(early.forget)
            self._host.run_worker(forget, group="next", description="forget a question")
        else:
            self.start(session, self._run_early(session, early))

    async def _run_early(self, session: ChatSession, early: EarlyQuestion) -> None:
        parts = self._host.parts
        try:
            if parts is not None:
                view = parts.turns.view_of(session)
                await session.run_turn(early.text, view, question_id=early.id)
        finally:
            await asyncio.to_thread(early.forget)

    def _give_back(self, asked: _Asked) -> None:
        self._status.stop()
        if not self._prompt.draft:
            self._prompt.set_draft(asked.text)
            if (parts := self._host.parts) is not None:
                parts.attachments.give_back(asked.files, asked.sources)

    # Attachments

    @property
    def _is_read(self) -> bool:
        parts = self._host.parts
        return parts is None or not parts.attachments.is_reading

    async def _accept_when_read(self, text: str) -> None:
        """Send a question when its files are read, unless the draft is changed before."""
        parts = self._host.parts
        if parts is not None:
            self._host.show_notice(_("The attachment is still being read; then it is sent."))
            await parts.attachments.read()
            if self._prompt.draft == text:
                self.accept(text)

    # Another endpoint

    @property
    def _lacks_consent(self) -> bool:
        """True if the user must first agree to send the conversation to its endpoint."""
        session = self._host.session
        return self._host.opening.is_open and session is not None and session.consent.is_missing

    async def _agrees(self) -> bool:
        """Ask the user whether the open conversation may go to its endpoint."""
        late = import_module("tui_chat.ui.preload")
        host, session = self._host, self._host.session
        if session is None or not await late.agrees_to_send(host.app, session, session.profile):
            host.show_notice(_("Nothing was sent."))
            return False
        return host.session is session and not session.is_busy

    async def _accept_after_consent(self, text: str) -> None:
        if await self._agrees():
            self.send(text)

    async def _begin_after_consent(self, turn: Coroutine[object, object, object]) -> None:
        is_agreed = False
        try:
            is_agreed = await self._agrees()
        finally:
            if not is_agreed:
                turn.close()
        if is_agreed:
            self._host.begin_turn(turn)

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(work, group="consent", description="ask for consent")

    # Commands

    def _is_command(self, text: str) -> bool:
        """Run the command that a line such as `/help` names; return whether it was one."""
        parts = self._host.parts
        if parts is not None:
            return parts.slash.accept(text)
        if not (names_command(text) or may_be_call(text)):
            return False
        waiting = self._accept_when_open(text)
        self._host.run_worker(waiting, group="slash", description="wait with a command")
        return True

    async def _accept_when_open(self, text: str) -> None:
        await self._host.opening.opened()
        if self._prompt.draft == text:
            self.accept(text)


def _text_to_send(host: Host, text: str) -> str | None:
    """Return the text of a question; None if a field of the prompt library is not filled in."""
    parts = host.parts
    if parts is None:
        return unescaped(text)
    if parts.actions.editing is not None:
        return text
    ready = parts.library.walk.ready(text)
    if ready is None:
        host.show_notice(_("Fill in the selected field first."), "warning")
        return None
    return unescaped(ready)


def _is_arriving(task: TurnTask, session: ChatSession | None) -> bool:
    """Return whether a reply is still to arrive; one that only has to be saved is waited for."""
    is_saving = session is not None and is_ending(session)
    return task.is_running and not (task.is_stopping or is_saving)
