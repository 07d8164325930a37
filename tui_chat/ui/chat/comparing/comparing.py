"""Asks several models one question, and goes on from the answer that the user chooses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Role
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.session.comparison.comparison import Comparison, recipients
from tui_chat.session.comparison.lane import Candidate
from tui_chat.session.turns.new_messages import new_question
from tui_chat.ui.chat.comparing.lane_feed import LaneFeed
from tui_chat.ui.commands.slash import unescaped
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tui_chat.core.conversation import Message
    from tui_chat.session.comparison.lane import Lane
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.chat.comparing.candidate_picker import ComparisonChoice
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.prompt_input import PromptInput


class Comparing:
    """Runs the comparisons of all open conversations; each session holds its own.

    Attributes:
        run_command: Runs a command of the chat.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        attachments: DraftAttachments,
        messages: MessageList,
        prompt: PromptInput,
        start: Callable[[ChatSession, Coroutine[object, object, object]], None],
        turns: OpenTurns,
    ) -> None:
        """Create it.

        Args:
            host: Shows notices and runs workers.
            services: Know the profiles.
            attachments: The files in the prompt.
            messages: The message list.
            prompt: Gives a new question.
            start: Starts a turn in a session.
            turns: The views of the conversations.
        """
        self.run_command: Callable[[str], None] = lambda name: None
        self._host = host
        self._services = services
        self._attachments = attachments
        self._messages = messages
        self._prompt = prompt
        self._start = start
        self._turns = turns
        self._feeds: dict[str, tuple[LaneFeed, ...]] = {}
        """The views of the lanes, by the id of their conversation."""
        self._latest: tuple[Candidate, ...] = ()
        """The models that were asked last, checked at first in the next comparison."""

    def takes(self, session: ChatSession, action: str, message: Message | None) -> bool:
        """Handle an action on a message; return whether it belongs to a comparison.

        While the models answer, the keys that flip versions show the comparison again.
        """
        is_running = session.comparison is not None and session.comparison.is_running
        if action != "compare" and not (is_running and action.endswith("_version")):
            return False
        if is_running or message is not None:
            self._work(self._compare(session, message))
        return True

    async def open(self, text: str = "") -> None:
        """Ask several models the text in the prompt, else the last question again.

        Args:
            text: A new question, typed after the name of the command.
        """
        session = self._host.session
        if session is None:
            return
        if session.branches.editing is not None:
            self._host.show_notice(_("Send or cancel the edit first."), "warning")
            return
        if text:
            # It is the draft until it is asked, so that it cannot be lost.
            self._prompt.set_draft(text)
        if self._prompt.draft.strip() or not self._attachments.is_empty:
            await self._compare(session, None)
            return
        asked = next((it for it in reversed(session.path) if it.role is Role.USER), None)
        if asked is None:
            self._host.show_notice(_("Type a question first."), "warning")
        else:
            await self._compare(session, asked)

    async def _compare(self, session: ChatSession, message: Message | None) -> None:
        """Show the comparison of a question; ask several models if there is none.

        Args:
            session: The open conversation.
            message: The question or one of its answers; None for the text in the prompt.
        """
        question = message
        if message is not None and message.role is not Role.USER:
            question = session.tree.question_of(message)
        known = session.comparison
        if known is not None and (known.is_running or _is_about(known, question)):
            await self._show(session, known)
        elif session.is_busy:
            stop = key_of(self._host.app, "turn.stop")
            self._host.show_notice(_("Stop the answer first ({key}).").format(key=stop), "warning")
        else:
            await self._begin(session, question)

    async def _begin(self, session: ChatSession, question: Message | None) -> None:
        choice = await self._choose_models(session, question)
        if choice is None or not await self._agrees(session, question, choice):
            return
        if self._host.session is session and not session.is_busy:
            await self._ask(session, question, choice)

    async def _choose_models(
        self, session: ChatSession, question: Message | None
    ) -> ComparisonChoice | None:
        from tui_chat.ui.chat.comparing.candidate_picker import CandidatePicker

        offered = self._offered(session)
        picker = CandidatePicker(
            question.content if question is not None else self._prompt.draft,
            offered,
            self._latest or offered[:1],
            profiles=self._services.profiles,
            source=self._services,
            recipients=partial(recipients, session, question),
        )
        return await self._host.app.push_screen_wait(picker)

    def _offered(self, session: ChatSession) -> list[Candidate]:
        """Return the models to list: this conversation's, those that answered here, the rest."""
        profiles = {it.name: it for it in self._services.profiles}
        found = [Candidate(session.profile, session.model), *self._latest]
        for message in reversed(session.tree.messages):
            profile = profiles.get(message.profile or "")
            if profile is not None and message.role is Role.ASSISTANT and message.model:
                found.append(Candidate(profile, None if profile.is_embedded else message.model))
        found += [Candidate(it, it.model) for it in self._services.profiles]
        return list({(it.profile.name, it.model or it.profile.model): it for it in found}.values())

    async def _agrees(
        self, session: ChatSession, question: Message | None, choice: ComparisonChoice
    ) -> bool:
        """Ask for consent if the conversation goes to an endpoint that has not seen it."""
        from tui_chat.ui.chat.comparing.candidate_picker import recipient_line
        from tui_chat.ui.models.send_elsewhere import SendElsewhere

        told = recipients(session, question, choice.candidates)
        new = [it for it in told if it.needs_consent]
        if not new:
            return True
        lines = [_("These endpoints have not seen this conversation:")]
        lines += [recipient_line(it) for it in new]
        lines.append(_("Nothing was sent yet."))
        if not await self._host.app.push_screen_wait(SendElsewhere("\n".join(lines))):
            self._host.show_notice(_("Nothing was sent."))
            return False
        for it in new:
            session.consent.allow(it.profile)
        return True

    async def _ask(
        self, session: ChatSession, question: Message | None, choice: ComparisonChoice
    ) -> None:
        if question is None:
            await self._attachments.read()
            text = unescaped(self._prompt.draft)
            self._prompt.accept()
            parent = session.path[-1].id if session.path else None
            files = self._attachments.accept()
            question = new_question(session, text, parent, attachments=files)
        self._latest = choice.candidates
        comparison = Comparison(
            session,
            question,
            choice.candidates,
            providers=self._services,
            is_blind=choice.is_blind,
        )
        view = self._turns.view_of(session)
        feeds = {lane: LaneFeed(comparison, lane, view) for lane in comparison.lanes}
        open_feeds = {
            key: it for key, it in self._feeds.items() if self._services.sessions.get(key)
        }
        self._feeds = {**open_feeds, session.conversation.id: tuple(feeds.values())}
        self._start(session, comparison.run(feeds.__getitem__))
        await self._show(session, comparison)

    async def _show(self, session: ChatSession, comparison: Comparison) -> None:
        from tui_chat.ui.chat.comparing.comparison_screen import ComparisonScreen

        feeds = self._feeds[session.conversation.id]
        chosen = await self._host.app.push_screen_wait(
            ComparisonScreen(comparison, feeds, session.task)
        )
        # The chat shows the names.
        comparison.is_blind = False
        if isinstance(chosen, str):
            self.run_command(chosen)
        elif chosen is not None and self._host.session is session:
            await self._go_on(session, comparison, chosen)
        elif self._host.session is session:
            # The other versions may have been begun after the shown one was mounted.
            self._messages.update_around()
        self._host.focus_prompt()

    async def _go_on(self, session: ChatSession, comparison: Comparison, lane: Lane) -> None:
        view = self._turns.view_of(session)
        try:
            await comparison.choose(lane)
        except StorageError as error:
            self._host.report_unsaved(error)
        await view.hide()
        await view.show(session)
        self._host.show_around()

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(work, group="compare", description="a comparison")


def _is_about(comparison: Comparison, question: Message | None) -> bool:
    return question is not None and question.id == comparison.question.id and comparison.is_complete
