"""Access to a streaming reply for the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import _
from tui_chat.session.comparison.lane import turn_of
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession


class StreamingReply:
    """Reads a reply from outside of its turn, which may run in another process."""

    def __init__(self, session: ChatSession, message_id: str) -> None:
        self._session = session
        self._message_id = message_id

    @property
    def is_over(self) -> bool:
        """True once the reply is complete."""
        message = self._session.tree.get(self._message_id)
        return message is None or message.status is not MessageStatus.STREAMING

    def text(self) -> str:
        """Return the text so far."""
        turn = turn_of(self._session, self._message_id)
        if turn is not None:
            return turn.snapshot().content
        message = self._session.tree.get(self._message_id)
        return message.content if message is not None else ""

    def evaluation(self) -> Evaluation:
        """Return the evaluation of the complete reply."""
        message = self._session.tree.get(self._message_id)
        evaluation = evaluation_of(message) if message is not None else None
        if evaluation is not None:
            return evaluation
        reason = (message.error_text if message is not None else "") or _(
            "The answer no longer exists."
        )
        return Evaluation(Verdict.CUT_OFF, self.text(), reason=reason)
