"""A turn: one question and the reply it brings about, folded from stream events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui_chat.core.conversation import Message, MessageStatus
from tui_chat.core.errors import CutOff, ProviderError, TuiChatError
from tui_chat.core.stream_events import (
    Finished,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    finish_label,
)
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Turn:
    """Builds the reply of a turn. Pure folding: no I/O, and the moments come from outside."""

    def __init__(self, question: Message, reply: Message) -> None:
        """Begin a turn.

        Args:
            question: The message that is answered.
            reply: The reply's row as it was made, status `streaming`.
        """
        self.question = question
        self._reply = reply
        self._content = [reply.content] if reply.content else []
        self._reasoning = [reply.reasoning] if reply.reasoning else []

    @property
    def reply_id(self) -> str:
        """The id of the reply that is being built."""
        return self._reply.id

    def apply(self, event: StreamEvent, at: datetime) -> None:
        """Fold in one event that came at a moment."""
        match event:
            case TextDelta(text):
                self._content.append(text)
                self._note_first(at)
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self._note_first(at)
            case Finished():
                self._finish(event)
            case _:
                pass

    @property
    def reply(self) -> Message:
        """The reply as it was begun, with what is asked of it."""
        return self._reply

    def set_structured(self, structured: Mapping[str, Any] | None) -> None:
        """Put the verdict on the answer beside it."""
        self._reply = replace(self._reply, structured=structured)

    def fail(self, error: TuiChatError, at: datetime) -> None:
        """End the turn by an expected failure; what has come is kept.

        An answer that only broke off is `interrupted`, not `failed`: what there is of it can be
        used and continued. So can the beginning of one that could not be written on.
        """
        broke_off = bool(self._reply.content or (isinstance(error, CutOff) and self._content))
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
        """End the turn because the person stopped it; what has come is kept."""
        if self._reply.status is MessageStatus.STREAMING:
            self._reply = replace(self._reply, status=MessageStatus.CANCELLED, finished_at=at)

    def finish(self, at: datetime) -> Message:
        """Return the reply as it ended. A stream that never said its end is `interrupted`."""
        if self._reply.status is MessageStatus.STREAMING:
            self._reply = replace(self._reply, status=MessageStatus.INTERRUPTED)
        if self._reply.finished_at is None:
            self._reply = replace(self._reply, finished_at=at)
        return self.snapshot()

    def snapshot(self) -> Message:
        """Return the reply as far as it has come."""
        return replace(
            self._reply,
            content=replace_surrogates("".join(self._content)),
            reasoning=replace_surrogates("".join(self._reasoning)),
        )

    def _note_first(self, at: datetime) -> None:
        if self._reply.first_token_at is None:
            self._reply = replace(self._reply, first_token_at=at)

    def _finish(self, event: Finished) -> None:
        words = finish_label(event.reason)
        if words and event.detail:
            words = f"{words} ({event.detail})"
        if event.lost_events:
            count = "one event" if event.lost_events == 1 else f"{event.lost_events} events"
            lost = f"{count} of the answer could not be read, so words may be missing"
            words = f"{words}; {lost}" if words else lost
        usage = event.usage
        self._reply = replace(
            self._reply,
            status=MessageStatus.COMPLETE,
            finish_reason=event.reason,
            error_text=words or None,
            model=event.model or self._reply.model,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
        )
        if event.sent_as:
            self.set_structured({**(self._reply.structured or {}), "sent_as": event.sent_as})
