"""A turn: one question and its reply, folded from stream events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui_chat.core.conversation import Message, MessageStatus
from tui_chat.core.errors import CutOff, ProviderError, TuiChatError
from tui_chat.core.labels import ngettext
from tui_chat.core.media.reply_media import joined_sound, split_media
from tui_chat.core.stream_events import (
    Finished,
    PartsArrived,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    finish_label,
)
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.call import put_call
from tui_chat.core.tools.events import CallChanged, RoundStarted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui_chat.core.cost.cost import Cost
    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.stream_events import Usage


class Turn:
    """Builds the reply of a turn. Pure: no I/O, and the caller supplies the times."""

    def __init__(self, question: Message, reply: Message) -> None:
        """Start a turn.

        Args:
            question: The question.
            reply: The empty reply, with status `streaming`.
        """
        self.question = question
        self._reply = reply
        self._content = [reply.content] if reply.content else []
        self._reasoning = [reply.reasoning] if reply.reasoning else []
        self._kept = len(self._content)
        """The number of pieces of text that belong to earlier requests."""
        self._usages: list[Usage | None] = []
        self._arrived: list[ReplyExtra] = []
        """Parts of the running request, for the case that it is cut off."""

    @property
    def reply_id(self) -> str:
        """The id of the reply."""
        return self._reply.id

    def apply(self, event: StreamEvent, at: datetime) -> None:
        """Apply an event that arrived at a time."""
        match event:
            case TextDelta(text):
                self._content.append(text)
                self._note_first(at)
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self._note_first(at)
            case TextWasReasoning():
                # Text of an earlier request, which this one continues, is not reasoning.
                self._reasoning += self._content[self._kept :]
                del self._content[self._kept :]
            case RoundStarted():
                self._kept = len(self._content)
            case CallChanged(call):
                self._reply = replace(
                    self._reply, tool_calls=put_call(self._reply.tool_calls, call)
                )
                self._note_first(at)
            case PartsArrived(extras):
                self._arrived += extras
                self._note_first(at)
            case Finished():
                self._arrived.clear()
                self._finish(event)
            case _:
                pass

    @property
    def reply(self) -> Message:
        """The reply as it was created, without the received content."""
        return self._reply

    @property
    def usages(self) -> Sequence[Usage | None]:
        """The usage of each finished request of the turn; None for one without a report."""
        return self._usages

    def end_round(self, event: Finished) -> None:
        """Take over what a request reports at its end if the turn goes on after its calls."""
        self._usages.append(event.usage)
        attachments, extras = split_media(event.extras)
        self._reply = replace(
            self._reply,
            extras=(*self._reply.extras, *extras),
            attachments=(*self._reply.attachments, *attachments),
            model=event.model or self._reply.model,
        )

    def set_cost(self, cost: Cost | None) -> None:
        """Set the cost of the reply."""
        self._reply = replace(self._reply, cost=cost)

    def set_structured(self, structured: Mapping[str, Any] | None) -> None:
        """Set the `structured` field of the reply."""
        self._reply = replace(self._reply, structured=structured)

    def fail(self, error: TuiChatError, at: datetime) -> None:
        """End the turn with an expected failure; the received text is kept.

        A reply with partial content is `interrupted`, not `failed`: it can be used and continued.
        """
        has_content = self._content or self._arrived
        broke_off = bool(self._reply.content or (isinstance(error, CutOff) and has_content))
        status = MessageStatus.INTERRUPTED if broke_off else MessageStatus.FAILED
        reason = error.finish_reason if isinstance(error, ProviderError) else None
        self._reply = replace(
            self._reply,
            status=status,
            error_kind=error.kind,
            error_text=error.message,
            finish_reason=reason or self._reply.finish_reason,
            finished_at=at,
        )

    def cancel(self, at: datetime) -> None:
        """End the turn because the user stopped it; the received text is kept."""
        if self._reply.status is MessageStatus.STREAMING:
            self._reply = replace(self._reply, status=MessageStatus.CANCELLED, finished_at=at)

    def finish(self, at: datetime) -> Message:
        """Return the finished reply; `interrupted` if the stream ended without a Finished event."""
        if self._reply.status is MessageStatus.STREAMING:
            self._reply = replace(self._reply, status=MessageStatus.INTERRUPTED)
        calls = self._reply.tool_calls
        self._reply = replace(self._reply, tool_calls=tuple(it.interrupted() for it in calls))
        if self._reply.finished_at is None:
            self._reply = replace(self._reply, finished_at=at)
        self._add_parts(joined_sound(self._arrived))
        self._arrived.clear()
        return self.snapshot()

    def snapshot(self) -> Message:
        """Return the reply with the text received so far."""
        return replace(
            self._reply,
            content=replace_surrogates("".join(self._content)),
            reasoning=replace_surrogates("".join(self._reasoning)),
        )

    def _note_first(self, at: datetime) -> None:
        if self._reply.first_token_at is None:
            self._reply = replace(self._reply, first_token_at=at)

    def _add_parts(self, parts: Sequence[ReplyExtra]) -> None:
        attachments, extras = split_media(parts)
        self._reply = replace(
            self._reply,
            extras=(*self._reply.extras, *extras),
            attachments=(*self._reply.attachments, *attachments),
        )

    def _finish(self, event: Finished) -> None:
        label = finish_label(event.reason)
        if label and event.detail:
            label = f"{label} ({event.detail})"
        if event.lost_events:
            lost = ngettext(
                "{count} unreadable event of the stream was skipped; text may be missing",
                "{count} unreadable events of the stream were skipped; text may be missing",
                event.lost_events,
            )
            label = f"{label}; {lost}" if label else lost
        label = label or event.note
        usage = event.usage
        self._usages.append(usage)
        self._add_parts(event.extras)
        self._reply = replace(
            self._reply,
            status=MessageStatus.COMPLETE,
            finish_reason=event.reason,
            error_text=label or None,
            model=event.model or self._reply.model,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
        )
        if event.sent_as:
            self.set_structured({**(self._reply.structured or {}), "sent_as": event.sent_as})
