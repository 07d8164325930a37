"""What is done with the versions of an open conversation: flip, edit, fork, delete, bring back."""

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
)
from tui_chat.core.message_tree import copy_path
from tui_chat.core.stream_events import is_at_limit
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession

EDITING: Final = "editing"
"""The setting that says which message the prompt holds, so that a restart goes on with it."""


@dataclass(frozen=True, slots=True)
class Editing:
    """A message whose text stands in the prompt to be changed."""

    message: Message
    draft: str
    """What stood in the prompt before; it comes back afterwards."""


class Branches:
    """Works on the tree of a session while no turn runs. Nothing is ever overwritten.

    Every change is made in memory first, so that it holds when it cannot be saved.
    """

    def __init__(self, session: ChatSession) -> None:
        self._session = session

    @property
    def editing(self) -> Editing | None:
        """Which message is being edited, if one is."""
        setting = self._session.conversation.settings.get(EDITING)
        if not isinstance(setting, dict):
            return None
        message = self._session.tree.get(setting.get("message_id"))
        if message is None or message.deleted_at is not None:
            return None
        return Editing(message, str(setting.get("draft", "")))

    def version_number(self, message: Message) -> tuple[int, int]:
        """Return which version a message is, counted from 1, and how many there are."""
        versions = [version.id for version in self._session.tree.versions(message)]
        if message.id not in versions:
            return 1, 1
        return versions.index(message.id) + 1, len(versions)

    async def begin_edit(self, message: Message, draft: str) -> None:
        """Remember that the prompt holds a message to be changed, and what stood there before.

        Raises:
            StorageError: It is not saved.
        """
        if self.editing is not None:
            draft = self.editing.draft
        self._put(EDITING, {"message_id": message.id, "draft": replace_surrogates(draft)})
        await self._session.store.save_conversation(self._session.conversation)

    def end_edit(self) -> str:
        """Go back to asking new questions; return what stood in the prompt before.

        Saved with the turn that follows, or with the conversation.
        """
        editing = self.editing
        self._put(EDITING, None)
        return editing.draft if editing is not None else ""

    async def add_edited_answer(self, answer: Message, text: str) -> Message:
        """Put another text beside an answer, as a version of it, and show that.

        Raises:
            StorageError: It is not saved.
        """
        session = self._session
        moment = now()
        edited = replace(
            answer,
            id=new_id(),
            content=replace_surrogates(text),
            status=MessageStatus.COMPLETE,
            edited_from=answer.id,
            finish_reason=None,
            error_kind=None,
            error_text=None,
            structured=self._session.structured.version_fields(answer),
            created_at=moment,
            finished_at=moment,
        )
        # An object that a person wrote is judged as one that a model wrote.
        edited = replace(edited, structured=await session.structured.evaluate_reply(edited))
        session.tree.put(edited)
        session.show_leaf(edited.id)
        await session.store.add_messages(session.conversation, [edited], sent=edited.id)
        return edited

    async def flip(self, message: Message, step: int) -> Message | None:
        """Show the version before or after a message, with all that followed it.

        Returns:
            The version that is shown now; None at the end of the versions.

        Raises:
            StorageError: It is shown, and not saved.
        """
        session = self._session
        versions = session.tree.versions(message)
        places = [version.id for version in versions]
        index = places.index(message.id) + step if message.id in places else -1
        if not 0 <= index < len(versions):
            return None
        await self.show(versions[index].id)
        return versions[index]

    async def show(self, message_id: str) -> None:
        """Show the path through a message, with what followed it when it was shown last.

        Raises:
            StorageError: It is shown, and not saved.
        """
        session = self._session
        session.show_leaf(session.tree.leaf_below(message_id))
        await session.store.save_conversation(session.conversation)

    async def delete(self, message: Message) -> int:
        """Put a message and all that follows it into the trash.

        Where it has another version, that one is shown in its place.

        Returns:
            How many messages that are.

        Raises:
            StorageError: They are gone from the screen, and still saved.
        """
        session = self._session
        moment = now()
        gone = session.tree.subtree(message.id)
        others = [it for it in session.tree.versions(message) if it.id != message.id]
        for it in gone:
            session.tree.put(replace(it, deleted_at=moment))
        beside = [it for it in others if it.created_at < message.created_at] or others
        next_to = beside[-1 if beside[0].created_at < message.created_at else 0] if beside else None
        if next_to is not None:
            session.show_leaf(session.tree.leaf_below(next_to.id))
        else:
            session.show_leaf(message.parent_id)
        await session.store.mark_deleted(session.conversation, gone, moment)
        return len(gone)

    async def undo_delete(self) -> list[Message]:
        """Bring back what was deleted last, and show it.

        Returns:
            What came back, the first message of it first; empty when nothing is in the trash.

        Raises:
            StorageError: It is back on the screen, and still in the trash.
        """
        session = self._session
        back = sorted(session.tree.last_deleted(), key=lambda message: message.id)
        if not back:
            return []
        for it in back:
            session.tree.put(replace(it, deleted_at=None))
        session.show_leaf(session.tree.leaf_below(back[0].id))
        await session.store.mark_deleted(session.conversation, back, None)
        return [replace(it, deleted_at=None) for it in back]

    def fork(self, message: Message) -> tuple[Conversation, list[Message]]:
        """Return a new conversation that goes on from a message; it is not saved yet."""
        session = self._session
        conversation_id, moment = new_id(), now()
        path = copy_path(session.tree.path(message.id), conversation_id)
        settings = {k: v for k, v in session.conversation.settings.items() if k != EDITING}
        conversation = replace(
            session.conversation,
            id=conversation_id,
            title=f"{session.conversation.title} (fork)",
            settings=settings,
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
    """Say whether an answer broke off, so that the model can write on."""
    if message.role is not Role.ASSISTANT or not message.content.strip():
        return False
    if message.status in (MessageStatus.COMPLETE, MessageStatus.STREAMING):
        return is_at_limit(message.finish_reason)
    return True
