"""Creates the messages of a turn: the question and the empty reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.request import ResponseFormat
    from tui_chat.session.session import ChatSession


def new_question(
    session: ChatSession,
    text: str,
    parent_id: str | None,
    question_id: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> Message:
    """Return a question below a parent message; it is not saved yet."""
    return Message(
        id=question_id or new_id(),
        conversation_id=session.conversation.id,
        parent_id=parent_id,
        role=Role.USER,
        content=replace_surrogates(text),
        created_at=now(),
        attachments=tuple(attachments),
    )


def new_reply(
    session: ChatSession,
    question: Message,
    wanted: ResponseFormat | None = None,
    like: Message | None = None,
) -> Message:
    """Return an empty reply with status `streaming`; it is not saved yet.

    Args:
        session: Supplies the endpoint and the model.
        question: The question to answer.
        wanted: The response format of this reply; None for the conversation's.
        like: The question whose replies decide the format; None for `question`.
    """
    siblings = session.tree.answers(like or question)
    return Message(
        id=new_id(),
        conversation_id=question.conversation_id,
        parent_id=question.id,
        role=Role.ASSISTANT,
        content="",
        created_at=now(),
        status=MessageStatus.STREAMING,
        profile=session.profile.name,
        model=session.model,
        structured=session.structured.new_reply_fields(
            wanted, session.conversation.settings, siblings
        ),
    )
