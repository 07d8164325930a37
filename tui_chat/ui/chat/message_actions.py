"""The actions on a message: edit, regenerate, continue, switch version, fork, delete, undo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.errors import ContextTooLong, ProviderError, StorageError
from tui_chat.core.labels import N_, _, join_sentences, ngettext
from tui_chat.session.branches import is_continuable
from tui_chat.ui.commands.table import palette_hint
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.message_labels import READY_STATUS, idle_status, verdict_label
from tui_chat.ui.labels import EDIT_STATUS, LETTERS_IGNORED
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from tui_chat.core.conversation import Message
    from tui_chat.session.branches import Editing
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.chat.comparing.comparing import Comparing
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.chat.dialogs import Dialogs
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.messages.message_view import MessageView
    from tui_chat.ui.prompt.prompt_input import PromptInput


_NOT_SENT: Final = {
    Role.USER: N_("Its question stays, and is not sent any more."),
    Role.ASSISTANT: N_("Its answer stays, and is not sent any more."),
}
"""Requests contain whole turns only, so that questions and answers alternate."""


class MessageActions:
    """Runs the action of a key on a message."""

    def __init__(
        self,
        host: ChatHost,
        *,
        attachments: DraftAttachments,
        beside: Mapping[str, Callable[[ChatSession, Message], Coroutine[object, object, None]]],
        comparing: Comparing,
        conversations: ConversationSwitcher,
        dialogs: Dialogs,
        messages: MessageList,
        prompt: PromptInput,
        turns: OpenTurns,
    ) -> None:
        self._host = host
        self._attachments = attachments
        self._comparing = comparing
        self._conversations = conversations
        self._dialogs = dialogs
        self._view_of = turns.view_of
        self._messages = messages
        self._beside: Final = beside
        """Actions that change no message, so that they also run while an answer does."""
        self._prompt = prompt
        self._actions: Final[dict[str, Callable[[ChatSession, Message], None]]] = {
            "edit": lambda session, message: self._work(self.edit(session, message)),
            "again": self._again,
            "continue": self._continue,
            "previous_version": lambda session, it: self._work(self._flip(session, it, -1)),
            "next_version": lambda session, it: self._work(self._flip(session, it, 1)),
            "fork": lambda session, message: self._work(self._fork(session, message)),
            "delete": lambda session, message: self._work(self._delete(session, message)),
            "delete_alone": lambda session, it: self._work(self._delete_alone(session, it)),
            "leave_out": self._leave_out,
            "elsewhere": lambda session, it: self._work(self._ask_elsewhere(session, it)),
            "fix": self._fix,
        }

    def do(self, action: str, message: Message | None = None) -> None:
        """Run an action; `undo` and `leave_out` need no message."""
        session = self._host.session
        self._host.hide_notice()
        if session is None:
            self._host.app.bell()
        elif action == "stray":
            self._host.show_notice(_(LETTERS_IGNORED))
        elif action == "details":
            self._show_details(session, message)
        elif action == "workbench":
            self._work(self._open_workbench(session, message))
        elif action in self._beside and message is not None:
            current = session.tree.get(message.id) or message
            self._work(self._beside[action](session, current))
        elif self._comparing.takes(session, action, message):
            pass
        elif self._host.is_busy:
            self._work(self._at_rest(partial(self.do, action, message)))
        elif action == "undo":
            self._work(self._undo(session))
        elif message is not None:
            # The view may show an older state of the message.
            self._actions[action](session, session.tree.get(message.id) or message)

    def offers(self, view: MessageView) -> frozenset[str]:
        """Return the actions that a message offers now, and `question` for a question."""
        session = self._host.session
        if session is None:
            return frozenset()
        shown = view.shown
        message = session.tree.get(shown.id) or shown
        is_object = message.structured is not None
        # A failed reply has no verdict.
        is_judged = message.status is MessageStatus.STREAMING or bool(verdict_label(message))
        is_seen = is_object and is_judged
        failed = session.failures.get(message.id)
        facts = {
            "question": message.role is Role.USER,
            "continue": is_continuable(message),
            "fix": session.structured.fix_fields(message) is not None,
            "details": isinstance(failed, ProviderError),
            "leave_out": message.error_kind == ContextTooLong.kind,
            "elsewhere": message.status is MessageStatus.FAILED,
            "copy": bool(message.content),
            "remember": session.memory.file is not None,
            "files": bool(message.attachments or message.extras),
            "versions": session.branches.version_number(message)[1] > 1,
            "undo": bool(session.tree.last_deleted()),
            "open": is_seen,
            "form": is_seen or view.may_have_formulas,
            "fold": not is_object and view.can_fold,
        }
        always = {"again", "compare", "edit", "delete", "delete_alone", "fork"}
        return frozenset(always.union(name for name, is_true in facts.items() if is_true))

    # Editing

    @property
    def editing(self) -> Editing | None:
        """The message that is edited in the prompt."""
        session = self._host.session
        return session.branches.editing if session is not None else None

    def send_edited(self, text: str) -> None:
        """Save the edited text as a new version of the message."""
        session, editing = self._host.session, self.editing
        if session is None or editing is None:
            return
        if self._host.is_busy:
            self._work(self._at_rest(partial(self.send_edited, text)))
            return
        self._prompt.accept()
        files = self._attachments.accept()
        draft = session.branches.end_edit()
        if draft:
            self._prompt.set_draft(draft)
        self._attachments.end_edit()
        message = editing.message
        is_same = text.strip() == message.content.strip() and files == message.attachments
        if message.role is not Role.USER:
            self._work(self.add_answer(session, message, message.content if is_same else text))
        elif is_same:
            self._host.begin_turn(session.regenerate(self._view_of(session), message))
        else:
            view = self._view_of(session)
            self._host.begin_turn(session.ask_edited(message, text, view, files))

    def leave_edit(self) -> None:
        """Cancel the edit; undo in the prompt restores its text."""
        session = self._host.session
        if session is not None:
            self._prompt.set_draft(session.branches.end_edit())
            self._attachments.end_edit()
            self._host.show_status(_(READY_STATUS))
            self._work(self._save(session))

    async def edit(self, session: ChatSession, message: Message) -> None:
        """Put a message into the prompt, to be edited there."""
        draft = self._prompt.draft
        self._prompt.set_draft(message.content)
        self._attachments.begin_edit(message.attachments if message.role is Role.USER else ())
        self._prompt.focus()
        self._host.show_status(_(EDIT_STATUS))
        await session.branches.begin_edit(message, draft)

    async def add_answer(self, session: ChatSession, answer: Message, text: str) -> None:
        """Add an edited text as a version of an answer, and show it."""
        shown = answer.id
        try:
            if text == answer.content:
                await self._save(session)
            elif text.strip():
                shown = (await session.branches.add_edited_answer(answer, text)).id
        finally:
            await self._show(session, shown)
            self._host.show_status(_(READY_STATUS))

    async def _save(self, session: ChatSession) -> None:
        await session.store.save_conversation(session.conversation)

    # Turns

    def _again(self, session: ChatSession, message: Message) -> None:
        question = message if message.role is Role.USER else session.tree.question_of(message)
        if question is None:
            self._host.show_notice(_("The question of this answer was deleted."))
            return
        self._host.begin_turn(session.regenerate(self._view_of(session), question))

    def _continue(self, session: ChatSession, message: Message) -> None:
        if not is_continuable(message):
            self._host.show_notice(_("This message is complete."))
            return
        self._host.begin_turn(session.continue_reply(message, self._view_of(session)))

    def _fix(self, session: ChatSession, message: Message) -> None:
        if session.structured.fix_fields(message) is None:
            self._host.show_notice(_("There is nothing to fix in this message."))
            return
        self._host.begin_turn(session.fix(message, self._view_of(session)))

    def _leave_out(self, session: ChatSession, message: Message) -> None:
        if message.error_kind != ContextTooLong.kind:
            palette = key_of(self._host.app, "app.commands")
            self._host.show_notice(
                _(
                    "{key} asks again without the oldest turns when the context was too long. "
                    "{command} leaves them out at any time."
                ).format(key=self._key("leave_out"), command=palette_hint("leave_out", palette))
            )
            return
        count = session.context.trim_oldest()
        if not count:
            self._host.show_notice(_("No turn is older than this one."))
            return
        # First: the beginning of a turn clears the status line.
        self._host.begin_turn(session.regenerate(self._view_of(session)))
        self._host.show_notice(
            ngettext(
                "The oldest turn is left out of requests; it stays saved.",
                "The oldest {count} turns are left out of requests; they stay saved.",
                count,
            )
        )

    async def _ask_elsewhere(self, session: ChatSession, message: Message) -> None:
        """Ask again with another profile, which the user chooses and agrees to."""
        if await self._dialogs.choose_model() and self._host.session is session:
            self._again(session, message)

    # The tree

    async def _flip(self, session: ChatSession, message: Message, step: int) -> None:
        shown: Message | None = None
        try:
            shown = await session.branches.flip(message, step)
        finally:
            await self._show(session, shown.id if shown is not None else None)
            if session.branches.version_number(message)[1] < 2:
                self._host.show_notice(
                    _("There is only this version; {again} makes another, {edit} edits it.").format(
                        again=self._key("again"), edit=self._key("edit")
                    )
                )
            elif shown is None:
                self._host.app.bell()

    async def _fork(self, session: ChatSession, message: Message) -> None:
        if session.is_lost_when_left:
            palette = key_of(self._host.app, "app.commands")
            self._host.show_notice(
                _("A temporary conversation cannot be forked. Save it first: {command}.").format(
                    command=palette_hint("keep", palette)
                )
            )
            return
        conversation, path = session.branches.fork(message)
        try:
            await session.store.add_messages(conversation, path)
        finally:
            await self._conversations.open_new(conversation, path)
            self._prompt.focus()
        self._host.show_notice(_("Forked. The original is unchanged."))

    async def _delete(self, session: ChatSession, message: Message) -> None:
        place = session.tree.versions(message)
        try:
            count = await session.branches.delete(message)
            self._prompt.note_undo_elsewhere()
        finally:
            path = session.path
            versions = {version.id for version in place}
            beside = next((it.id for it in path if it.id in versions), None)
            await self._show(session, beside or (path[-1].id if path else None))
        self._report_deleted(count)

    async def _delete_alone(self, session: ChatSession, message: Message) -> None:
        at = next((n for n, it in enumerate(session.path) if it.id == message.id), 0)
        other = _other_half(session, message)
        try:
            await session.branches.delete_alone(message)
            self._prompt.note_undo_elsewhere()
        finally:
            path = session.path
            await self._show(session, path[min(at, len(path) - 1)].id if path else None)
        self._report_deleted(1, _(_NOT_SENT[other.role]) if other is not None else "")

    def _report_deleted(self, count: int, consequence: str = "") -> None:
        in_prompt = key_of(self._host.app, "prompt.undo")
        deleted = ngettext(
            "{count} message was moved to the trash.",
            "{count} messages were moved to the trash.",
            count,
        )
        undo = _("{key} undoes it.").format(key=in_prompt)
        if self._messages.focused_view is not None:
            undo = _("{key} undoes it, {prompt_key} in the prompt.").format(
                key=self._key("undo"), prompt_key=in_prompt
            )
        self._host.show_notice(join_sentences(deleted, consequence, undo))

    async def _undo(self, session: ChatSession) -> None:
        back: list[Message] = []
        is_in_prompt = self._prompt.has_focus
        self._prompt.forget_undo_elsewhere()
        try:
            back = await session.branches.undo_delete()
        finally:
            await self._show(session, back[0].id if back else None, stays=is_in_prompt)
        if back:
            self._host.show_notice(
                ngettext("Message restored.", "{count} messages restored.", len(back))
            )
        else:
            key = key_of(self._host.app, "chat.open")
            text = _("Nothing was deleted here. {key}, “trash:” shows the whole trash.")
            self._host.show_notice(text.format(key=key))

    def _key(self, action: str) -> str:
        return key_of(self._host.app, f"message.{action}")

    async def _show(
        self, session: ChatSession, focused: str | None, *, stays: bool = False
    ) -> None:
        """Show the current path and focus one of its messages.

        Args:
            session: The open session.
            focused: The id of the message to focus.
            stays: Only scroll the message into view; do not move the focus.
        """
        await self._messages.virtual_list.change(session.path)
        # The status text may be about a message that is not shown any more.
        last = session.path[-1] if session.path else None
        self._host.show_status(idle_status(last, partial(key_of, self._host.app)))
        if stays:
            await self._messages.show_message(focused, is_focused=False)
            return
        is_there = focused is not None and await self._messages.show_message(focused)
        if not is_there and (focused is not None or not session.path):
            self._prompt.focus()

    async def _open_workbench(self, session: ChatSession, message: Message | None) -> None:
        message = session.tree.get(message.id) if message is not None else None
        if message is not None and await self._dialogs.open_workbench(session, message):
            self.do("fix", message)

    def _show_details(self, session: ChatSession, message: Message | None) -> None:
        if message is not None:
            self._dialogs.show_error(session, message.id)

    async def _at_rest(self, act: Callable[[], None]) -> None:
        if await self._host.is_at_rest():
            act()

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(
            self._reporting(work), group=KeyWork.MESSAGE, description="action on a message"
        )

    async def _reporting(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except StorageError as error:
            self._host.report_unsaved(error)


def _other_half(session: ChatSession, message: Message) -> Message | None:
    """Return the question or the answer that stays alone when the other one is deleted."""
    path = session.path
    at = next((n for n, it in enumerate(path) if it.id == message.id), len(path))
    if message.role is Role.USER:
        after = path[at + 1] if at + 1 < len(path) else None
        return after if after is not None and after.role is Role.ASSISTANT else None
    return session.tree.question_of(message) if at + 1 < len(path) else None
