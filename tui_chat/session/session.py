"""A session: one open conversation, its profile, and the turn that runs in it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now, title_of
from tui_chat.core.errors import KeyRefused, StorageError, TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.message_tree import MessageTree
from tui_chat.core.profile import Continuing
from tui_chat.core.request import ResponseFormat, is_usable_answer
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.call import ends_with_call
from tui_chat.core.turn import Turn
from tui_chat.core.turn_clock import TurnClock
from tui_chat.session.accounting.accounting import Accounting
from tui_chat.session.branches import Branches
from tui_chat.session.endpoints.endpoint_consent import EndpointConsent
from tui_chat.session.memory import SessionMemory
from tui_chat.session.session_parameters import SessionParameters
from tui_chat.session.tools.conversation_tools import ConversationTools
from tui_chat.session.turns import structured_output as structured_turns
from tui_chat.session.turns.attachment_contents import with_contents
from tui_chat.session.turns.context_window import ContextWindow
from tui_chat.session.turns.new_messages import new_question, new_reply
from tui_chat.session.turns.save_turn import save_begun, save_ended, save_or_report
from tui_chat.session.turns.stream_reply import stream_reply
from tui_chat.session.turns.structured_output import StructuredOutput
from tui_chat.session.turns.turn_task import TurnTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Conversation
    from tui_chat.core.profile import Profile
    from tui_chat.session.comparison.comparison import Comparison
    from tui_chat.session.protocols import Provider, ProviderSource, TurnStore, TurnView
    from tui_chat.session.tools.tool_service import ToolService


class ChatSession:
    """An open conversation and the one turn that may run in it.

    Attributes:
        conversation: The conversation without its messages; its leaf ends the shown path.
        tree: All messages, every version.
        branches: Operations on versions.
        parameters: System prompt, effort, sampling and answer format, and where they come from.
        context: Selects the messages that are sent and measures how full the context is.
        consent: The endpoints that may receive this conversation.
        tools: The tools that are offered with its questions.
        environment_id: The endpoint that the environment selects; empty for none.
        store: Saves the conversation.
        profile: The endpoint that requests go to. Frozen; replaced as a whole.
        provider: The provider of the latest request; None before the first one.
        nickname: Replaces `{nickname}` in the system prompt.
        is_temporary: True if nothing is ever written to the disk.
        is_lost_when_left: True if closing the conversation drops it.
        is_gone: True if another program purged it; the next turn saves all of it again.
        turn: The turn whose reply is being built; None if there is none.
        task: Runs whatever asks the model: a turn, a series of fixes, a summary.
        next_format: The response format of the next reply only; None for the conversation's.
        offered_model: The model that the endpoint offers first, once its list was read.
        memory: The user's memory, sent with the system prompt where it is switched on.
        accounting: Finds out what the replies cost.
        comparison: The models that answer one question here, until one is chosen.
        failures: The errors of failed replies by reply id, with the endpoint's response; not saved.
    """

    def __init__(
        self,
        conversation: Conversation,
        profile: Profile,
        *,
        store: TurnStore,
        providers: ProviderSource,
        messages: Iterable[Message] = (),
        nickname: str = "",
        is_temporary: bool = False,
        is_lost_when_left: bool = False,
        structured: StructuredOutput | None = None,
        environment_id: str = "",
        tools: ToolService | None = None,
    ) -> None:
        self.conversation = conversation
        self.tree = MessageTree(messages)
        self.branches = Branches(self)
        self.parameters = SessionParameters(self)
        self.context = ContextWindow(self)
        self.consent = EndpointConsent(self)
        self.tools = ConversationTools(self, tools)
        self.environment_id = environment_id
        self.store = store
        self.profile = profile
        self.turn: Turn | None = None
        self.task = TurnTask()
        self.failures: dict[str, TuiChatError] = {}
        self.structured = structured or StructuredOutput()
        self._providers = providers
        self.is_temporary = is_temporary
        self.is_lost_when_left = is_lost_when_left
        self.is_gone = False
        self.nickname = nickname
        self.provider: Provider | None = None
        self.next_format: ResponseFormat | None = None
        self.memory = SessionMemory(self)
        self.comparison: Comparison | None = None
        self.offered_model: str | None = None
        self.accounting = Accounting()

    @property
    def path(self) -> Sequence[Message]:
        """The messages on the shown path, oldest first."""
        return self.tree.path(self.conversation.leaf_id)

    @property
    def is_busy(self) -> bool:
        """True if a turn or a summary runs, so that no question can be asked."""
        return self.turn is not None or self.task.is_running

    @property
    def model(self) -> str | None:
        """The conversation's own model, else the profile's; None if neither is known."""
        return self.conversation.model or self.profile.model

    async def run_turn(
        self,
        text: str,
        view: TurnView,
        *,
        wanted: ResponseFormat | None = None,
        question_id: str | None = None,
        attachments: Sequence[Attachment] = (),
    ) -> Message:
        """Ask a question and return the finished reply.

        Expected failures are stored in the reply (status, error_kind, error_text), never raised.

        Args:
            text: The question, as typed.
            view: Shows the progress of the turn.
            wanted: The response format of this reply; None for the conversation's.
            question_id: The id of a question that has left the prompt earlier; the draft stays.
            attachments: The files sent with the question, with their content.

        Raises:
            asyncio.CancelledError: The user stopped the turn. The reply is saved and shown first.
        """
        parent_id = self.path[-1].id if self.path else None
        wanted, self.next_format = wanted or self.next_format, None
        question = new_question(self, text, parent_id, question_id, attachments)
        return await self._ask(question, view, wanted, ends_draft=question_id is None)

    async def ask_edited(
        self,
        question: Message,
        text: str,
        view: TurnView,
        attachments: Sequence[Attachment] | None = None,
    ) -> Message:
        """Ask an edited question; the original stays as a version.

        Args:
            question: The original.
            text: The edited text.
            view: Shows the progress of the turn.
            attachments: The files sent with it; None for those of the original.
        """
        files = question.attachments if attachments is None else attachments
        above = self.tree.parent_of(question)
        parent_id = above.id if above is not None else None
        edited = new_question(self, text, parent_id, attachments=files)
        edited = replace(edited, edited_from=question.id)
        return await self._ask(edited, view, like=question)

    async def regenerate(self, view: TurnView, question: Message | None = None) -> Message | None:
        """Regenerate a reply; the earlier reply stays as a version.

        Args:
            view: Shows the progress of the turn.
            question: The question to ask again; None for the last one on the shown path.

        Returns:
            The new reply; None if there is no question to answer.
        """
        if question is None:
            asked = [message for message in self.path[-2:] if message.role is Role.USER]
            if not asked:
                return None
            question = asked[-1]
        return await self._answer(question, new_reply(self, question), view)

    async def continue_reply(self, cut: Message, view: TurnView) -> Message | None:
        """Continue an incomplete reply; the incomplete one stays as a version.

        An endpoint that cannot continue a partial reply is asked to in a visible question.

        Returns:
            The new reply; None if there is no text to continue.
        """
        question = self.tree.question_of(cut)
        if question is None or not (cut.content.strip() or cut.tool_calls):
            return None
        is_after_call = ends_with_call(cut)
        is_object = structured_turns.requested_format(cut) is not None
        if self.profile.continuing is Continuing.QUESTION and not (is_object or is_after_call):
            if not is_usable_answer(cut):
                # Requests omit failed replies, but include interrupted ones.
                cut = replace(cut, id=new_id(), created_at=now(), status=MessageStatus.INTERRUPTED)
                self.tree.put(cut)
                await save_or_report(self.store.add_messages(self.conversation, [cut]), view)
            return await self._ask(
                new_question(self, structured_turns.CONTINUE_PROMPT, cut.id), view
            )
        reply = replace(
            new_reply(self, question),
            content=cut.content,
            reasoning=cut.reasoning,
            tool_calls=cut.tool_calls,
        )
        return await self._answer(question, reply, view)

    async def fix(self, bad: Message, view: TurnView) -> Message | None:
        """Ask the model to fix an object that does not match its schema.

        Repeats until the object is valid, at most `structured.fix_rounds` times.

        Returns:
            The last new reply; None if there is nothing to fix.
        """
        fixed: Message | None = None
        for number in range(1, self.structured.fix_rounds + 1):
            question, fields = self.tree.question_of(bad), self.structured.fix_fields(bad, number)
            if question is None or fields is None:
                break
            reply = replace(new_reply(self, question), structured=fields)
            bad = fixed = await self._answer(question, reply, view)
        return fixed

    async def choose(self, profile: Profile, model: str | None) -> None:
        """Switch this conversation to another endpoint or model.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        self.profile = profile
        self.conversation = replace(self.conversation, profile=profile.name, model=model)
        await self.store.save_conversation(self.conversation)

    async def keep(self, store: TurnStore) -> None:
        """Save a temporary conversation with every version, now and from now on.

        Raises:
            StorageError: It is not saved, and stays temporary.
        """
        messages = await with_contents(self.tree.messages, self.store)
        await store.add_messages(self.conversation, messages)
        await store.save_draft(self.conversation.id, self.conversation.draft)
        self.store = store
        self.is_temporary = self.is_lost_when_left = False

    @property
    def response_format(self) -> ResponseFormat:
        """The response format of the next reply."""
        stored = self.conversation.settings.get(structured_turns.SETTING)
        return self.next_format or ResponseFormat.from_mapping(stored)

    async def save_draft(self, text: str, version: str | None = None) -> None:
        """Save the draft: the text in the prompt.

        Args:
            text: The whole draft.
            version: An id created when the draft was typed; None for a new one.

        Raises:
            StorageError: It is not saved.
        """
        draft, was = replace_surrogates(text), self.conversation.draft
        if draft == was:
            return
        self.conversation = replace(self.conversation, draft=draft)
        try:
            await self.store.save_draft(self.conversation.id, draft, version)
        except StorageError:
            # The store still holds the previous draft.
            if self.conversation.draft == draft:
                self.conversation = replace(self.conversation, draft=was)
            raise
        if self.conversation.profile is None and draft:
            await self.consent.keep_endpoint()

    async def open_provider(self) -> Provider:
        """Return a provider for this session's endpoint.

        Raises:
            TuiChatError: The key cannot be read, the embedded model does not run, or the user has
                not allowed this endpoint to receive the conversation or to pass its limit.
        """
        self.consent.check()
        await self.accounting.begin(self)
        self.provider = await self._providers.provider(self.profile)
        return self.provider

    def show_leaf(self, leaf_id: str | None) -> None:
        """Show the path that ends at a message; saved with the conversation."""
        self.conversation = replace(self.conversation, leaf_id=leaf_id)

    async def _ask(
        self,
        question: Message,
        view: TurnView,
        wanted: ResponseFormat | None = None,
        like: Message | None = None,
        ends_draft: bool = True,
    ) -> Message:
        reply = new_reply(self, question, wanted, like)
        if ends_draft:
            self.conversation = replace(self.conversation, draft="")
        return await self._answer(question, reply, view, is_new=True)

    async def _answer(
        self, question: Message, reply: Message, view: TurnView, *, is_new: bool = False
    ) -> Message:
        # Checked before the question joins the messages that would be sent.
        refusal = self.consent.refusal
        turn = self.turn = Turn(question, reply)
        asked = question if is_new else None
        if asked is not None:
            self.tree.put(asked)
        self.tree.put(reply)
        if refusal is None:
            self.consent.record_turn()
        self.conversation = replace(
            self.conversation,
            title=self.conversation.title or title_of(question),
            leaf_id=reply.id,
            deleted_at=None,  # A new turn restores a deleted conversation.
            updated_at=reply.created_at,
        )
        clock = TurnClock(reply.created_at)
        loop = asyncio.get_running_loop()
        saving = loop.create_task(save_begun(self, asked, reply, view))
        # Cancelling does not interrupt the display: the turn is shown once and as a whole.
        showing = loop.create_task(view.turn_started(asked, reply))
        try:
            await asyncio.shield(showing)
            # The question is saved before the request is sent.
            await asyncio.shield(saving)
            if refusal is not None:
                raise refusal
            await stream_reply(self, turn, reply.content, view, clock)
            await self.accounting.settle(self, turn)
            turn.set_structured(await self.structured.evaluate_reply(turn.snapshot()))
        except TuiChatError as error:
            turn.fail(error, clock.now())
            self.failures[reply.id] = error
            if isinstance(error, KeyRefused):
                await self._providers.forget_provider(self.profile.name)
        except asyncio.CancelledError:
            turn.cancel(clock.now())
            raise
        except BaseException:
            # A bug: the reply is saved below, then the error propagates.
            turn.fail(
                TuiChatError(_("Internal error."), _("See the log for details.")), clock.now()
            )
            raise
        finally:
            try:
                final = self.structured.evaluate_partial(turn.finish(clock.now()))
                self.tree.put(final)
                saving = loop.create_task(save_ended(self, saving, final, view))
                await asyncio.shield(showing)
                await view.turn_finished(final)
            finally:
                try:
                    await asyncio.shield(saving)
                finally:
                    self.turn = None
        return final
