"""Chooses which messages go into a request.

Everything is sent unless the user trims the oldest turns. Trimmed turns stay saved and on the
screen, and can be sent again; a summary may replace them in requests.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Message, Role, new_id, now
from tui_chat.core.errors import NoAnswer, TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.parameters.web_search import searches_web
from tui_chat.core.request import (
    AUTO,
    CompletionRequest,
    build_request,
    is_usable_answer,
    sent_attachments,
)
from tui_chat.core.stream_events import ModelInfo, StreamEvent, TextDelta, TextWasReasoning
from tui_chat.core.text.token_estimate import (
    MESSAGE_TOKENS,
    ContextUse,
    estimate_request_tokens,
    estimate_tokens,
)
from tui_chat.core.tools.results import RESULT_LIMIT
from tui_chat.session.endpoints.built_in_prompt import prompt_for_question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.profile import Profile
    from tui_chat.core.tools.tool import Tool
    from tui_chat.session.launch import Launch
    from tui_chat.session.protocols import ModelInfoSource
    from tui_chat.session.session import ChatSession

log = logging.getLogger(__name__)

TRIMMED: Final = "left_out"
"""Name in Conversation.settings: the last trimmed reply, the summary, and the time of trimming."""
SUMMARY_PROMPT: Final = (
    "Sum up our conversation so far, so that you can go on with it without seeing it again: facts, "
    "names, decisions, open questions, and code or numbers that still matter. At most 300 words, "
    "in the language of the conversation. Write the summary only."
)
"""The question that asks for a summary of the oldest turns."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """The beginning of the part of a path that is sent."""

    message_id: str
    """The first message that is sent."""
    turns: int
    """The number of trimmed turns above it."""
    summary: str
    """The text sent instead of them; empty for none."""


class ContextWindow:
    """Selects the messages of a session that are sent, and measures how full the context is."""

    def __init__(self, session: ChatSession) -> None:
        self._session = session
        self.answer_language = ""

    def sent_messages(self, path: Sequence[Message]) -> Sequence[Message]:
        """Return the part of a path that a request contains."""
        return path[self._begin(path) :]

    def summary(self, path: Sequence[Message]) -> str:
        """Return the summary that replaces the trimmed turns of a path; empty for none."""
        return str(self._setting.get("summary") or "") if self._begin(path) else ""

    @property
    def boundary(self) -> Boundary | None:
        """The first sent message of the shown path; None if all of it is sent."""
        path = self._session.path
        begin = self._begin(path)
        if not begin or begin >= len(path):
            return None
        turns = sum(message.role is Role.USER for message in path[:begin])
        return Boundary(path[begin].id, turns, self.summary(path))

    def trim_oldest(self) -> int:
        """Trim the older half of the turns that are still sent.

        Saved with the next turn or the conversation.

        Returns:
            The number of trimmed turns; 0 if there is nothing older than the last turn.
        """
        through = self._older_half()
        return self._trim(through, "") if through is not None else 0

    def send_everything(self) -> bool:
        """Send everything again; return whether anything was trimmed."""
        had_any = "through" in self._setting
        self._put({"at": now().isoformat()})
        return had_any

    async def summarize_oldest(self, on_event: Callable[[StreamEvent], None]) -> int:
        """Ask the model to summarize the older half of the sent turns; send the summary instead.

        Args:
            on_event: Receives the stream events.

        Returns:
            The number of trimmed turns; 0 if there is nothing to summarize.

        Raises:
            TuiChatError: There is no summary, and nothing changed.
        """
        session = self._session
        through = self._older_half()
        if through is None:
            return 0
        path = session.path
        older = [*path[: _index(path, through) + 1], self._summary_question(through)]
        provider = await session.open_provider()
        parts: list[str] = []
        async with aclosing(provider.stream(self.request(older))) as events:
            async for event in events:
                on_event(event)
                if isinstance(event, TextDelta):
                    parts.append(event.text)
                elif isinstance(event, TextWasReasoning):
                    parts.clear()
        text = "".join(parts).strip()
        if not text:
            raise NoAnswer(
                _("The model wrote no summary."), _("Leave the oldest turns out instead.")
            )
        return self._trim(through, text)

    def request(
        self,
        path: Sequence[Message],
        beginning: str = "",
        *,
        reply: Message | None = None,
        tools: Mapping[str, Tool] | None = None,
        tool_choice: str = AUTO,
    ) -> CompletionRequest:
        """Return the request for a path.

        Args:
            path: From the root to the question, oldest first.
            beginning: The partial reply to continue; empty for a new reply.
            reply: The reply so far, with its tool calls and their results.
            tools: The offered tools by their sent names.
            tool_choice: See `CompletionRequest`.
        """
        session = self._session
        service = session.tools.service
        return build_request(
            self.sent_messages(path),
            prompt_for_question(session.profile, path[-1].content if path else ""),
            model=session.conversation.model,
            parameters=session.parameters.own,
            nickname=session.nickname,
            answer_language=self.answer_language,
            memory=session.memory.text,
            summary=self.summary(path),
            beginning=beginning,
            searches_web=searches_web(session.conversation, session.profile),
            calls=reply.tool_calls if reply is not None else (),
            reasoning=reply.reasoning if reply is not None else "",
            tools=tools,
            tool_choice=tool_choice,
            result_limit=service.result_limit if service is not None else RESULT_LIMIT,
        )

    def use(
        self, limit: int | None, draft: str = "", attachments: Sequence[Attachment] = ()
    ) -> ContextUse | None:
        """Return how full the context is; None if it is empty.

        The endpoint's token count of the last reply is used; only later messages are estimated.

        Args:
            limit: The size of the model's context, if known.
            draft: The text in the prompt.
            attachments: The files to send with it.
        """
        path = self._session.path
        drafted = estimate_tokens(draft) + sum(it.tokens for it in attachments)
        counted = self._last_counted(path)
        if counted is None:
            tokens = self._all_estimated(path) if path else 0
            is_estimate = True
        else:
            message = path[counted]
            after = [it for it in path[counted + 1 :] if _is_sent(it)]
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
        """Return the id of the last reply in the older half of the sent turns."""
        path = self._session.path
        answers = [
            message.id
            for message in self.sent_messages(path)[:-1]
            if message.role is Role.ASSISTANT and is_usable_answer(message)
        ]
        return answers[(len(answers) - 1) // 2] if answers else None

    def _trim(self, through: str, summary: str) -> int:
        self._put({"through": through, "summary": summary, "at": now().isoformat()})
        boundary = self.boundary
        return boundary.turns if boundary is not None else 0

    def _summary_question(self, parent_id: str) -> Message:
        return Message(
            id=new_id(),
            conversation_id=self._session.conversation.id,
            parent_id=parent_id,
            role=Role.USER,
            content=SUMMARY_PROMPT,
            created_at=now(),
        )

    def _all_estimated(self, path: Sequence[Message]) -> int:
        """Estimate the tokens of a request for a path.

        All texts are joined and sampled: ten thousand messages one by one would take half a second.
        """
        overhead = estimate_request_tokens(self.request(())) + estimate_tokens(self.summary(path))
        return overhead + _texts_tokens([it for it in self.sent_messages(path) if _is_sent(it)])

    def _last_counted(self, path: Sequence[Message]) -> int | None:
        """Return the index of the last reply with a token count newer than the last trim."""
        since = _moment(self._setting.get("at"))
        for index in range(len(path) - 1, -1, -1):
            message = path[index]
            if since is not None and message.created_at <= since:
                return None
            if message.input_tokens is not None and is_usable_answer(message):
                return index
        return None


def configured_context_tokens(launch: Launch, profile: Profile) -> int | None:
    """Return the context size of a profile's model according to the settings; None if not set."""
    if profile.context_tokens is None and profile.is_embedded:
        return launch.settings.engine.n_ctx
    return profile.context_tokens


async def offered_models(source: ModelInfoSource, profile: Profile) -> list[ModelInfo]:
    """Return the models that an endpoint offers; an empty list if it cannot be read."""
    try:
        return await source.models(profile)
    except TuiChatError as error:
        log.info("the models are unknown: %s", type(error).__name__)
        return []


def reported_context_tokens(models: Sequence[ModelInfo], model: str | None) -> int | None:
    """Return the context size of a model as reported by its endpoint; None if not reported."""
    offered = (it for it in models if model is None or it.id == model)
    return next((it.context_tokens for it in offered), None)


def _index(path: Sequence[Message], message_id: str) -> int:
    """Return the index of a message on a path; -1 if it is not there."""
    return next((i for i, message in enumerate(path) if message.id == message_id), -1)


def _texts_tokens(messages: Sequence[Message]) -> int:
    text = "".join(message.content for message in messages)
    attached = sum(it.tokens for message in messages for it in sent_attachments(message))
    return estimate_tokens(text) + MESSAGE_TOKENS * len(messages) + attached


def _is_sent(message: Message) -> bool:
    return message.role is Role.USER or is_usable_answer(message)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
