"""Queues questions while an answer runs, and asks them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.attached_paths import join_paths
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.question_queue import Held
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.question_queue import QuestionQueue, QueuedQuestion
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.common.title_line import TitleLine
    from tui_chat.ui.prompt.prompt_input import PromptInput

_TEXT_CHARACTERS: Final = 200
_BROKEN: Final = (MessageStatus.FAILED, MessageStatus.INTERRUPTED)
_LINES: Final = {
    None: N_("next: {text}"),
    Held.STOPPED: N_("held: {text}"),
    Held.FAILED: N_("held, the answer failed: {text}"),
    Held.RESTARTED: N_("not asked yet: {text}"),
    Held.NO_CONSENT: N_("held, you have not agreed to its endpoint: {text}"),
}


def _label(question: QueuedQuestion, count: int) -> str:
    text = sanitize_line(question.text, _TEXT_CHARACTERS)
    if not count:
        return text
    files = ngettext("{count} file", "{count} files", count)
    return f"{text} · {files}" if text else files


class Queueing:
    """Shows the next question over the prompt, and asks it when the answer is complete.

    A stopped or failed answer holds the questions, until Enter in the empty prompt asks them.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        attachments: DraftAttachments,
        conversations: ConversationSwitcher,
        line: TitleLine,
        prompt: PromptInput,
        start: Callable[[ChatSession, Coroutine[object, object, object]], None],
        turns: OpenTurns,
    ) -> None:
        """Create it.

        Args:
            host: Shows notices and runs workers.
            services: Know the profiles and the open conversations.
            attachments: Take the files of a question back.
            conversations: Close a conversation that is answered in the background.
            line: The line over the prompt.
            prompt: Gives questions and takes them back.
            start: Starts a turn in a session.
            turns: The queues and views.
        """
        self._host = host
        self._services = services
        self._attachments = attachments
        self._conversations = conversations
        self._line = line
        self._prompt = prompt
        self._start = start
        self._turns = turns

    def put(
        self,
        session: ChatSession,
        text: str,
        files: Sequence[Attachment] = (),
        sources: Sequence[str] = (),
    ) -> None:
        """Queue a question behind the running answer; see `QuestionQueue.put`."""
        queue = self._turns.queue_of(session)
        queue.put(text, files, sources)
        self.show()
        self._work(queue.save())

    def take_back(self) -> bool:
        """Put the last queued question into the empty prompt; return False if there is none."""
        session = self._host.session
        if session is None or not (queue := self._turns.queue_of(session)).questions:
            return False
        question = queue.take_back()
        self._prompt.set_draft(question.text)
        self._attachments.give_back(queue.files_of(question), question.sources)
        text = join_paths(question.text, question.sources)
        self.show()

        async def save() -> None:
            # The draft first: a crash in between leaves the question twice, never lost.
            self._conversations.drafts.note(session, text)
            await self._conversations.drafts.save()
            await queue.save()

        self._work(save())
        return True

    def release(self) -> bool:
        """Ask the questions that are held; return False if there are none."""
        session = self._host.session
        if session is None or session.is_busy:
            return False
        queue = self._turns.queue_of(session)
        if not queue.questions or queue.held is None:
            return False
        self._work(self._release(session))
        return True

    def hold(self, session: ChatSession) -> None:
        """Hold the questions behind an answer that the user stopped."""
        self._turns.queue_of(session).held = Held.STOPPED

    def note_ended(self, session: ChatSession) -> None:
        """Ask the next question after a turn, or hold it."""
        queue = self._turns.queue_of(session)
        if queue.questions and queue.held is None:
            if session.path and session.path[-1].status in _BROKEN:
                queue.held = Held.FAILED
                self._host.show_notice(
                    _("The answer failed: what you asked next is held."), "warning"
                )
            else:
                self._start(session, self._ask(session))
                return
        if session is not self._host.session:
            self._work(self._conversations.close(session))
        self.show()

    def show(self) -> None:
        """Show the next question of the open conversation over the prompt."""
        session = self._host.session
        queue = self._turns.queue_of(session) if session is not None else None
        questions = queue.questions if queue is not None else ()
        if queue is not None and questions:
            text = _label(questions[0], queue.file_count(questions[0]))
            words = _(_LINES[queue.held]).format(text=text)
            self._line.show(words, self._keys(len(questions), is_held=queue.held is not None))
        self._line.display = bool(questions)

    def _keys(self, count: int, *, is_held: bool) -> str:
        up, enter = (key_of(self._host.app, f"prompt.{name}") for name in ("up", "send"))
        back = _("{key} takes it back") if count == 1 else _("{key} takes the last back")
        parts = [
            _("+{count}").format(count=count - 1) if count > 1 else "",
            _("{key} asks it").format(key=enter) if is_held else "",
            back.format(key=up),
        ]
        return " · ".join(part for part in parts if part)

    async def _release(self, session: ChatSession) -> None:
        queue = self._turns.queue_of(session)
        await self._use_endpoint(session, queue.questions[0])
        if self._host.session is session and not session.is_busy:
            # Asks for consent, if the endpoint needs one.
            self._host.begin_turn(self._ask(session))

    async def _ask(self, session: ChatSession) -> None:
        queue = self._turns.queue_of(session)
        queue.held = None
        if queue.questions:
            await self._use_endpoint(session, queue.questions[0])
        if session.consent.is_missing:
            queue.held = Held.NO_CONSENT
        # The user may have taken it back meanwhile.
        elif queue.questions and (found := await self._with_files(queue)) is not None:
            question, files = found
            self.show()
            view = self._turns.view_of(session)
            await session.run_turn(question.text, view, question_id=question.id, attachments=files)

    async def _with_files(
        self, queue: QuestionQueue
    ) -> tuple[QueuedQuestion, tuple[Attachment, ...]] | None:
        """Take the next question and its files; None if a file cannot be read after a restart."""
        from tui_chat.ui.attachments.read_file import read_again

        first = queue.questions[0]
        files = queue.files_of(first)
        if first.sources and not files:
            try:
                files = await read_again(first.sources, self._services.launch)
            except TuiChatError as error:
                queue.held = Held.RESTARTED
                self._host.show_notice(error.message, "warning", timeout_s=12)
                self.show()
                return None
            if not queue.questions or queue.questions[0].id != first.id:
                return None
        return queue.take_next(), files

    async def _use_endpoint(self, session: ChatSession, question: QueuedQuestion) -> None:
        """Choose the profile and the model that a question was typed for."""
        profiles = {it.name: it for it in self._services.profiles}
        profile = profiles.get(question.profile, session.profile)
        is_same = profile.name == session.profile.name
        if is_same and question.model in (None, session.model):
            return
        try:
            await session.choose(session.profile if is_same else profile, question.model)
        except StorageError as error:
            self._host.report_unsaved(error)

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(self._reporting(work), group="queue", description="the queue")

    async def _reporting(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except StorageError as error:
            self._host.report_unsaved(error)
