"""The prompt, or an answer, in the user's editor: F4, Ctrl+X Ctrl+E, `/editor`."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.terminal.external_editor import edit_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.message_actions import MessageActions
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.prompt.prompt_input import PromptInput

_PREFIX_S: Final = 1.0
"""Seconds in which Ctrl+E after Ctrl+X opens the editor."""


class ExternalEditing:
    """Opens the editor with the focused answer, else with the draft."""

    def __init__(
        self,
        host: ChatHost,
        env: Mapping[str, str],
        *,
        actions: MessageActions,
        messages: MessageList,
        prompt: PromptInput,
    ) -> None:
        self._host = host
        self._env = env
        self._actions = actions
        self._messages = messages
        self._prompt = prompt
        self._warned_in = ""
        """The temporary conversation whose user was warned."""

    async def open(self) -> bool:
        """Edit a text; return whether a message has the focus."""
        session, view = self._host.session, self._messages.focused_view
        if session is not None and not self._may_write(session):
            return view is not None
        if session is None or view is None:
            await self._edit_draft()
            return False
        if not await self._host.is_at_rest():
            return True
        message = session.tree.get(view.shown.id) or view.shown
        if message.role is Role.USER:
            await self._actions.edit(session, message)
            await self._edit_draft()
            return False
        await self._edit_answer(session, message)
        return True

    async def _edit_draft(self) -> None:
        before = self._prompt.draft
        text = await self._edited(before)
        if text is not None and text != before:
            self._prompt.set_draft(text)

    async def _edit_answer(self, session: ChatSession, answer: Message) -> None:
        text = await self._edited(answer.content)
        if text is None or not text.strip() or text.strip() == answer.content.strip():
            return
        await self._actions.add_answer(session, answer, text)

    async def _edited(self, text: str) -> str | None:
        """Return the edited text; None if the editor failed, which is reported."""
        try:
            return sanitize(await edit_text(self._host.app, text, self._env))
        except ConfigError as error:
            self._host.show_notice(error.message, "warning", timeout_s=12)
            return None

    def _may_write(self, session: ChatSession) -> bool:
        """Warn once that an editor may write parts of a temporary conversation to the disk."""
        if not session.is_temporary or self._warned_in == session.conversation.id:
            return True
        self._warned_in = session.conversation.id
        text = _(
            "This conversation is temporary, but editors keep swap files and backups. {key} again "
            "opens the editor."
        )
        key = key_of(self._host.app, "chat.editor")
        self._host.show_notice(text.format(key=key), "warning", timeout_s=12)
        return False


class EditorPrefix:
    """Recognizes Ctrl+X Ctrl+E, as in a shell; Ctrl+X still cuts a selection."""

    def __init__(self, prompt: PromptInput, clock: Callable[[], float] = monotonic) -> None:
        self._prompt = prompt
        self._clock = clock
        self._begun: tuple[float, str] | None = None

    def take_key(self, key: str, run: Callable[[], None]) -> bool:
        """Handle the two keys of the prefix; return whether it was one of them.

        Args:
            key: The key in the prompt.
            run: Opens the editor.
        """
        begun, self._begun = self._begun, None
        if key == "ctrl+x" and self._prompt.selection.is_empty:
            self._begun = (self._clock(), self._prompt.text)
            return True
        if key != "ctrl+e" or begun is None:
            return False
        is_next = self._clock() - begun[0] <= _PREFIX_S and begun[1] == self._prompt.text
        if is_next:
            run()
        return is_next
