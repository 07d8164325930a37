"""What of a conversation is sent: all of it, unless the person leaves its beginning out.

Nothing is ever left out by itself. What is left out stays saved and on the screen, and can be sent
again; a summary may go in its place.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, Role, new_id, now
from tui_chat.core.errors import NoAnswer, TuiChatError
from tui_chat.core.request import CompletionRequest, build_request, is_usable_answer
from tui_chat.core.stream_events import StreamEvent, TextDelta
from tui_chat.core.text.token_estimate import (
    MESSAGE_TOKENS,
    ContextUse,
    estimate_request_tokens,
    estimate_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch
    from tui_chat.session.protocols import ModelInfoSource
    from tui_chat.session.session import ChatSession

log = logging.getLogger(__name__)

TRIMMED: Final = "left_out"
"""The setting that says up to which answer nothing is sent, what in its place, and since when."""
SUMMARY_PROMPT: Final = (
    "Sum up our conversation so far, so that you can go on with it without seeing it again: facts, "
    "names, decisions, open questions, and code or numbers that still matter. At most 300 words, "
    "in the language of the conversation. Write the summary only."
)
"""What is asked for a summary of the oldest turns."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where what is sent begins."""

    message_id: str
    """The first message that is sent."""
    turns: int
    """How many turns above it are not."""
    summary: str
    """What is sent in their place; empty for nothing."""


class ContextWindow:
    """Decides which messages of a session's path go along, and tells how full the context is."""

    def __init__(self, session: ChatSession) -> None:
        self._session = session

    def sent_messages(self, path: Sequence[Message]) -> Sequence[Message]:
        """Return the part of a path that goes along with a request."""
        return path[self._begin(path) :]

    def summary(self, path: Sequence[Message]) -> str:
        """Return what is sent in place of the beginning of a path; empty for nothing."""
        return str(self._setting.get("summary") or "") if self._begin(path) else ""

    @property
    def boundary(self) -> Boundary | None:
        """Where what is sent begins on the shown path; None when all of it is sent."""
        path = self._session.path
        begin = self._begin(path)
        if not begin or begin >= len(path):
            return None
        turns = sum(message.role is Role.USER for message in path[:begin])
        return Boundary(path[begin].id, turns, self.summary(path))

    def trim_oldest(self) -> int:
        """Leave the older half of what is still sent out of later requests.

        Saved with the next turn, or with the conversation.

        Returns:
            How many turns are left out now; 0 when there is nothing older than the last turn.
        """
        through = self._older_half()
        return self._leave_out(through, "") if through is not None else 0

    def send_everything(self) -> bool:
        """Let everything go along again; say whether anything was left out."""
        had_any = "through" in self._setting
        self._put({"at": now().isoformat()})
        return had_any

    async def summarize_oldest(self, on_event: Callable[[StreamEvent], None]) -> int:
        """Have the model sum up the older half of what is sent, and send that in its place.

        Args:
            on_event: Is told what comes.

        Returns:
            How many turns are left out now; 0 when there is nothing to sum up.

        Raises:
            TuiChatError: There is no summary, and nothing has changed.
        """
        session = self._session
        through = self._older_half()
        if through is None:
            return 0
        path = session.path
        older = [*path[: _index(path, through) + 1], self._wish(through)]
        provider = await session.open_provider()
        parts: list[str] = []
        async with aclosing(provider.stream(self.request(older))) as events:
            async for event in events:
                on_event(event)
                if isinstance(event, TextDelta):
                    parts.append(event.text)
        text = "".join(parts).strip()
        if not text:
            raise NoAnswer("The model wrote no summary.", "Leave the oldest turns out instead.")
        return self._leave_out(through, text)

    def request(self, path: Sequence[Message], beginning: str = "") -> CompletionRequest:
        """Return the request for a path.

        Args:
            path: From the root to the question, oldest first.
            beginning: What there is of the answer already.
        """
        session = self._session
        return build_request(
            self.sent_messages(path),
            session.profile,
            model=session.conversation.model,
            system_prompt=session.conversation.system_prompt,
            nickname=session.nickname,
            summary=self.summary(path),
            beginning=beginning,
        )

    def use(self, limit: int | None, draft: str = "") -> ContextUse | None:
        """Return how full the context is; None when there is nothing in it.

        What the endpoint counted for the last answer is taken as it is, and only what came after
        it is estimated.

        Args:
            limit: How much the model holds, if that is known.
            draft: What is written and not sent yet.
        """
        path = self._session.path
        drafted = estimate_tokens(draft)
        counted = self._last_counted(path)
        if counted is None:
            tokens = self._all_estimated(path) if path else 0
            is_estimate = True
        else:
            message = path[counted]
            after = [it for it in path[counted + 1 :] if _goes_along(it)]
            tokens = (message.input_tokens or 0) + (message.output_tokens or 0)
            tokens += _texts_tokens(after)
            is_estimate = bool(after)
        if not tokens and not drafted:
            return None
        return ContextUse(tokens + drafted, is_estimate or bool(drafted), limit)

    @property
    def _setting(self) -> dict[str, Any]:
        setting = self._session.conversation.settings.get(TRIMMED)
        return setting if isinstance(setting, dict) else {}

    def _put(self, setting: dict[str, Any]) -> None:
        session = self._session
        settings = {**session.conversation.settings, TRIMMED: setting}
        session.conversation = replace(session.conversation, settings=settings)

    def _begin(self, path: Sequence[Message]) -> int:
        """Return the index of the first message that is sent; the last one always is."""
        through = self._setting.get("through")
        index = _index(path, through) if isinstance(through, str) else -1
        return index + 1 if index + 1 < len(path) else 0

    def _older_half(self) -> str | None:
        """Return the last answer of the older half of the turns that are sent."""
        path = self._session.path
        answers = [
            message.id
            for message in self.sent_messages(path)[:-1]
            if message.role is Role.ASSISTANT and is_usable_answer(message)
        ]
        return answers[(len(answers) - 1) // 2] if answers else None

    def _leave_out(self, through: str, summary: str) -> int:
        self._put({"through": through, "summary": summary, "at": now().isoformat()})
        boundary = self.boundary
        return boundary.turns if boundary is not None else 0

    def _wish(self, parent_id: str) -> Message:
        return Message(
            id=new_id(),
            conversation_id=self._session.conversation.id,
            parent_id=parent_id,
            role=Role.USER,
            content=SUMMARY_PROMPT,
            created_at=now(),
        )

    def _all_estimated(self, path: Sequence[Message]) -> int:
        """Return about how many tokens a request for a path takes.

        Of all texts at once, of which only pieces are looked at: ten thousand messages one by one
        take half a second.
        """
        around = estimate_request_tokens(self.request(())) + estimate_tokens(self.summary(path))
        return around + _texts_tokens([it for it in self.sent_messages(path) if _goes_along(it)])

    def _last_counted(self, path: Sequence[Message]) -> int | None:
        """Return the last answer whose tokens the endpoint counted as things are now."""
        since = _moment(self._setting.get("at"))
        for index in range(len(path) - 1, -1, -1):
            message = path[index]
            if since is not None and message.created_at <= since:
                return None
            if message.input_tokens is not None and is_usable_answer(message):
                return index
        return None


def configured_context_tokens(launch: Launch, profile: Profile) -> int | None:
    """Return how much a profile's model holds, as far as the settings say; else None."""
    if profile.context_tokens is None and profile.is_embedded:
        return launch.settings.engine.n_ctx
    return profile.context_tokens


async def reported_context_tokens(
    source: ModelInfoSource, profile: Profile, model: str | None
) -> int | None:
    """Return how much a model holds as its endpoint says; None when it does not."""
    try:
        offers = await source.models(profile)
    except TuiChatError as error:
        log.info("the size of the context is not known: %s", type(error).__name__)
        return None
    for offer in offers:
        if model is None or offer.id == model:
            return offer.context_tokens
    return None


def _index(path: Sequence[Message], message_id: str) -> int:
    """Return where a message stands on a path, -1 when it is not on it."""
    return next((i for i, message in enumerate(path) if message.id == message_id), -1)


def _texts_tokens(messages: Sequence[Message]) -> int:
    text = "".join(message.content for message in messages)
    return estimate_tokens(text) + MESSAGE_TOKENS * len(messages)


def _goes_along(message: Message) -> bool:
    return message.role is Role.USER or is_usable_answer(message)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
