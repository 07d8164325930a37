"""An answer that is still arriving, as the workbench looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus
from tui_chat.session.structured_output import evaluation_of
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession


class StreamingReply:
    """Looks at a reply from outside its turn, which may run in another window."""

    def __init__(self, session: ChatSession, message_id: str) -> None:
        """Look at a reply.

        Args:
            session: Of its conversation.
            message_id: Which reply.
        """
        self._session = session
        self._message_id = message_id

    @property
    def is_over(self) -> bool:
        """Whether no more is coming."""
        message = self._session.tree.get(self._message_id)
        return message is None or message.status is not MessageStatus.STREAMING

    def text(self) -> str:
        """Return what has come of it."""
        turn = self._session.turn
        if turn is not None and turn.reply_id == self._message_id:
            return turn.snapshot().content
        message = self._session.tree.get(self._message_id)
        return message.content if message is not None else ""

    def evaluation(self) -> Evaluation:
        """Return the verdict on it, when it is over."""
        message = self._session.tree.get(self._message_id)
        evaluation = evaluation_of(message) if message is not None else None
        if evaluation is not None:
            return evaluation
        reason = (message.error_text if message is not None else "") or "The answer is gone."
        return Evaluation(Verdict.CUT_OFF, self.text(), reason=reason)
