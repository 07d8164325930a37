"""Operations on the versions in an open conversation: switch, edit, fork, delete, restore."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import (
    Conversation,
    Message,
    MessageStatus,
    Role,
    new_id,
    now,
    without_approvals,
)
from tui_chat.core.labels import _
from tui_chat.core.message_tree import copy_path
from tui_chat.core.stream_events import is_at_limit
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.session.question_queue import QUEUE

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession

EDITING: Final = "editing"
"""Name in Conversation.settings: the message being edited and the draft before, for a restart."""


@dataclass(frozen=True, slots=True)
class Editing:
    """A message whose text is being edited in the prompt."""

    message: Message
    draft: str
    """The prompt text before the edit; restored afterwards."""


class Branches:
    """Changes the message tree of a session while no turn runs. Nothing is ever overwritten.

    Every change applies in memory first, so it stays even if it cannot be saved.
    """

    def __init__(self, session: ChatSession) -> None:
        self._session = session

    @property
    def editing(self) -> Editing | None:
        """The message being edited; None if there is none."""
        setting = self._session.conversation.settings.get(EDITING)
        if not isinstance(setting, dict):
            return None
        message = self._session.tree.get(setting.get("message_id"))
        if message is None or message.deleted_at is not None:
            return None
        return Editing(message, str(setting.get("draft", "")))

    def version_number(self, message: Message) -> tuple[int, int]:
        """Return the number of a version, counted from 1, and the number of versions."""
        versions = [version.id for version in self._session.tree.versions(message)]
        if message.id not in versions:
            return 1, 1
        return versions.index(message.id) + 1, len(versions)

    async def begin_edit(self, message: Message, draft: str) -> None:
        """Store that a message is being edited, and the draft before.

        Raises:
            StorageError: It is not saved.
        """
        if self.editing is not None:
            draft = self.editing.draft
        self._put(EDITING, {"message_id": message.id, "draft": replace_surrogates(draft)})
        await self._session.store.save_conversation(self._session.conversation)

    def end_edit(self) -> str:
        """End the edit; return the draft before it.

        Saved with the next turn or the conversation.
        """
        editing = self.editing
        self._put(EDITING, None)
        return editing.draft if editing is not None else ""

    async def add_edited_answer(self, answer: Message, text: str) -> Message:
        """Add an edited reply as a version and show it.

        Raises:
            StorageError: It is not saved.
        """
        session = self._session
        moment, parent = now(), session.tree.parent_of(answer)
        edited = replace(
            answer,
            id=new_id(),
            parent_id=parent.id if parent is not None else None,
            content=replace_surrogates(text),
            status=MessageStatus.COMPLETE,
            edited_from=answer.id,
            tool_calls=tuple(replace(it, text_end=0, reasoning_end=0) for it in answer.tool_calls),
            cost=None,
            finish_reason=None,
            error_kind=None,
            error_text=None,
            structured=self._session.structured.version_fields(answer),
            created_at=moment,
            finished_at=moment,
        )
        # An object edited by the user is validated like one written by the model.
        edited = replace(edited, structured=await session.structured.evaluate_reply(edited))
        session.tree.put(edited)
        session.show_leaf(edited.id)
        await session.store.add_messages(session.conversation, [edited], sent=edited.id)
        return edited

    async def flip(self, message: Message, step: int) -> Message | None:
        """Show the previous or next version of a message, with the messages below it.

        Returns:
            The version that is shown now; None if there are no more in that direction.

        Raises:
            StorageError: It is shown, but not saved.
        """
        session = self._session
        versions = session.tree.versions(message)
        ids = [version.id for version in versions]
        index = ids.index(message.id) + step if message.id in ids else -1
        if not 0 <= index < len(versions):
            return None
        await self.show(versions[index].id)
        return versions[index]

    async def show(self, message_id: str) -> None:
        """Show the path through a message, down to the leaf that was shown last.

        Raises:
            StorageError: It is shown, but not saved.
        """
        session = self._session
        session.show_leaf(session.tree.leaf_below(message_id))
        await session.store.save_conversation(session.conversation)

    async def delete(self, message: Message) -> int:
        """Move a message and everything below it to the trash, and show another version if any.

        Returns:
            The number of deleted messages.

        Raises:
            StorageError: They are no longer shown, but still saved.
        """
        session = self._session
        deleted = session.tree.subtree(message.id)
        # Not before they were created: a clock that is behind would have them purged at once.
        moment = max(now(), *(it.created_at for it in deleted))
        others = [it for it in session.tree.versions(message) if it.id != message.id]
        for it in deleted:
            session.tree.put(replace(it, deleted_at=moment))
        earlier = [it for it in others if it.created_at < message.created_at]
        other = earlier[-1] if earlier else next(iter(others), None)
        if other is not None:
            session.show_leaf(session.tree.leaf_below(other.id))
        else:
            parent = session.tree.parent_of(message)
            session.show_leaf(parent.id if parent is not None else None)
        await session.store.mark_deleted(session.conversation, deleted, moment)
        return len(deleted)

    async def delete_alone(self, message: Message) -> None:
        """Move a message to the trash without what follows it, which stays on the path.

        Raises:
            StorageError: It is no longer shown, but still saved.
        """
        session = self._session
        path = session.path
        if not path or path[-1].id == message.id:
            await self.delete(message)
            return
        moment = max(now(), message.created_at)
        session.tree.put(replace(message, deleted_at=moment))
        await session.store.mark_deleted(session.conversation, [message], moment)

    async def undo_delete(self) -> list[Message]:
        """Restore the messages that were deleted last, and show them.

        Returns:
            The restored messages in order; empty if nothing is in the trash.

        Raises:
            StorageError: They are shown, but still in the trash.
        """
        session = self._session
        restored = sorted(session.tree.last_deleted(), key=lambda message: message.id)
        if not restored:
            return []
        for it in restored:
            session.tree.put(replace(it, deleted_at=None))
        session.show_leaf(session.tree.leaf_below(restored[0].id))
        await session.store.mark_deleted(session.conversation, restored, None)
        return [replace(it, deleted_at=None) for it in restored]

    def fork(self, message: Message) -> tuple[Conversation, list[Message]]:
        """Return a copy of the path to a message as a new conversation; it is not saved yet."""
        session = self._session
        conversation_id, moment = new_id(), now()
        path = copy_path(session.tree.path(message.id), conversation_id)
        own = (EDITING, QUEUE)
        settings = {k: v for k, v in session.conversation.settings.items() if k not in own}
        conversation = replace(
            session.conversation,
            id=conversation_id,
            title=_("{title} (fork)").format(title=session.conversation.title),
            settings=without_approvals(settings),
            leaf_id=path[-1].id,
            draft="",
            created_at=moment,
            updated_at=moment,
        )
        return conversation, path

    def _put(self, name: str, value: object) -> None:
        session = self._session
        settings = {k: v for k, v in session.conversation.settings.items() if k != name}
        if value is not None:
            settings[name] = value
        session.conversation = replace(session.conversation, settings=settings)


def is_continuable(message: Message) -> bool:
    """Return whether a reply is incomplete, so that the model can continue it."""
    if message.role is not Role.ASSISTANT or not message.content.strip():
        return False
    if message.status in (MessageStatus.COMPLETE, MessageStatus.STREAMING):
        return is_at_limit(message.finish_reason)
    return True
