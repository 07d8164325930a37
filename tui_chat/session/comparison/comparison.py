"""A comparison: several models answer one question at once, as versions of one answer."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now, title_of
from tui_chat.session.comparison.lane import Lane, LaneStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.core.profile import Profile
    from tui_chat.session.comparison.lane import Candidate
    from tui_chat.session.protocols import ProviderSource, TurnView
    from tui_chat.session.session import ChatSession

FEWEST: Final = 2
MOST: Final = 4
"""The number of models in a comparison."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An endpoint of a comparison, and the number of messages that it receives."""

    profile: Profile
    message_count: int
    needs_consent: bool
    """True if the endpoint has not seen the conversation and the user has not allowed it."""


def recipients(
    session: ChatSession, question: Message | None, candidates: Sequence[Candidate]
) -> list[Recipient]:
    """Return the endpoints of a comparison, each once.

    Args:
        session: The open conversation.
        question: The question that is asked again; None for a new one at the end.
        candidates: The models that are asked.
    """
    if question is None:
        count = session.consent.message_count + 1
    else:
        count = session.consent.count_sent(session.tree.path(question.id))
    profiles = {it.profile.endpoint_id: it.profile for it in reversed(candidates)}
    return [
        Recipient(it, count, session.consent.is_missing_for(it))
        for it in reversed(profiles.values())
    ]


class Comparison:
    """Runs the lanes of one question, and goes on from the chosen one.

    A failure of one model does not stop the others. The conversation shows the first answer until
    one is chosen.

    Attributes:
        question: The question, new or asked before.
        is_new: True if the question is asked for the first time.
        lanes: The models, in the order of their display.
        shown: The lane whose reply the conversation shows.
        is_blind: True while the names of the models are hidden; also shuffles the lanes.
    """

    def __init__(
        self,
        session: ChatSession,
        question: Message,
        candidates: Sequence[Candidate],
        *,
        providers: ProviderSource,
        is_blind: bool = False,
    ) -> None:
        """Create the comparison of a conversation; nothing is sent yet.

        An endpoint that needs consent and has none refuses when it is asked.

        Args:
            session: The open conversation, in which no turn runs.
            question: A new question, or one of the conversation.
            candidates: The models to ask.
            providers: Supplies the providers.
            is_blind: Whether the names of the models are hidden.
        """
        self.question = question
        self.is_new = question.id not in session.tree
        self.is_blind = is_blind
        self._session = session
        self._is_chosen = False
        self._tasks: list[asyncio.Task[object]] = []
        allowed = [it for it in candidates if not session.consent.is_missing_for(it.profile)]
        for candidate in allowed:
            session.consent.allow(candidate.profile)
        ordered = list(candidates)
        if is_blind:
            random.shuffle(ordered)
        store = LaneStore(session, question)
        self.lanes: Final = tuple(
            Lane(session, question, it, providers=providers, store=store) for it in ordered
        )
        self.shown = self.lanes[0]

    @property
    def is_running(self) -> bool:
        """True while any of the models answers."""
        return any(lane.is_running for lane in self.lanes)

    @property
    def is_complete(self) -> bool:
        """True if the replies of all lanes exist."""
        replies = [lane.reply for lane in self.lanes]
        return all(it is not None and it.deleted_at is None for it in replies)

    async def run(self, view_of: Callable[[Lane], TurnView]) -> None:
        """Ask all models, and return when the last of them has ended.

        Args:
            view_of: Returns the view of a lane.

        Raises:
            asyncio.CancelledError: The user stopped the answers. All are saved and shown first.
        """
        session = self._session
        self._begin()
        for lane in self.lanes:
            lane.session.task.start(
                lane.session.regenerate(view_of(lane), self.question), self._spawn, _nothing
            )
        try:
            await self._ended()
        except asyncio.CancelledError:
            for lane in self.lanes:
                lane.session.task.cancel()
            await self._ended()
            raise
        finally:
            if self._is_chosen and session.comparison is self:
                session.comparison = None
        for task in self._tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    def _begin(self) -> None:
        session, question = self._session, self.question
        session.comparison = self
        session.next_format = None
        # Its first write saves the whole conversation again.
        self.lanes[0].session.is_gone, session.is_gone = session.is_gone, False
        if self.is_new:
            session.tree.put(question)
            session.conversation = replace(session.conversation, draft="")
        session.conversation = replace(
            session.conversation,
            title=session.conversation.title or title_of(question),
            leaf_id=question.id,
            deleted_at=None,
            updated_at=now(),
        )

    async def choose(self, lane: Lane) -> None:
        """Go on from a lane's answer: the others stop, and the conversation asks its endpoint.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        others = [it for it in self.lanes if it is not lane]
        for other in others:
            other.session.task.cancel()
        for other in others:
            await other.session.task.ended()
        session, reply = self._session, lane.reply
        self.shown, self._is_chosen, self.is_blind = lane, True, False
        if reply is not None:
            session.show_leaf(reply.id)
        if not self.is_running:
            session.comparison = None
        session.profile, session.provider = lane.session.profile, lane.session.provider
        session.conversation = replace(session.conversation, model=lane.session.conversation.model)
        session.consent.record_turn()
        await session.choose(session.profile, session.conversation.model)

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _ended(self) -> None:
        for lane in self.lanes:
            await lane.session.task.ended()


def _nothing() -> None:
    """Ignore that a lane has begun or ended: the views report it."""
