"""Carries out what the user decides about tool calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.questions import (
    ElicitationAction,
    ElicitationAnswer,
    ElicitationQuestion,
    Refuse,
    Run,
)
from tui_chat.session.tools.check_arguments import check_arguments
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tui_chat.core.tools.call import ToolCall
    from tui_chat.core.tools.questions import SamplingQuestion
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.part_actions import PartActions
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.tools.call_block import CallBlock
    from tui_chat.ui.tools.waiting_calls import WaitingCall, WaitingRequest

_SHOWN_QUESTION: Final = 2_000
_TITLE: Final = 30


class CallActions:
    """Answers the questions that wait, from the keys of a call's block.

    The modules of the dialogs are imported at their first use.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        messages: MessageList,
        parts: PartActions,
        status: StatusLine,
        call_user: Callable[[str], None],
    ) -> None:
        """Create them, and let the session ask them.

        Args:
            host: Shows dialogs and notices.
            services: Know the servers and the open conversations.
            messages: Show the calls.
            parts: Open and save what a tool returned.
            status: Says what waits.
            call_user: Calls a user who looks elsewhere.
        """
        self._host = host
        self._messages = messages
        self._services = services
        self._parts = parts
        self._status = status
        self._call_user = call_user
        self._waiting = messages.waiting
        self._waiting.on_change = self._show
        self._waiting.on_asked = self._note_asked
        services.tools.questions = self._waiting

    def _show(self, message_id: str, call_id: str) -> None:
        """Show that a call waits, or no longer."""
        for view in self._messages.virtual_list.views:
            if view.shown.id == message_id:
                view.refresh_call(call_id)
                self._status.show_asking(self._waiting.asking_server(message_id))
        self._host.show_around()

    def _note_asked(self, conversation_id: str) -> None:
        """Call the user; name a conversation in the background."""
        self._call_user(_("A tool call waits for you."))
        session = self._services.sessions.get(conversation_id)
        if session is not None and session is not self._host.session:
            title = sanitize_line(session.conversation.title, _TITLE)
            text = _("“{title}”: a tool call waits for you. {key} opens it.")
            key = key_of(self._host.app, "chat.open")
            self._host.show_notice(text.format(title=title, key=key))

    def take_key(self, key: str) -> bool:
        """Lead Tab from the prompt to a waiting call; return whether there was one."""
        if key != "tab":
            return False
        for view in self._messages.virtual_list.views:
            for block in view.calls:
                if block.needs_user:
                    block.focus()
                    return True
        return False

    def leave(self, event: CallBlock.Left) -> None:
        """Go from the calls of a message to the message, or to what follows it."""
        if event.step < 0:
            self._messages.focus_mounted(event.message_id)
        else:
            self._work(self._messages.run_command("move(1, True, True)", event.message_id))

    def do(self, event: CallBlock.Wanted) -> None:
        """Carry out the action of a key."""
        session, call = self._host.session, event.call
        if session is None:
            return
        waiting = self._waiting.call(event.message_id, call.call_id)
        request = self._waiting.request(call.call_id)
        if event.action == "open":
            self._work(self._open(session, call, waiting))
        elif event.action == "copy":
            self._copy(call)
        elif event.action == "answer" and request is not None:
            self._work(self._answer(request))
        elif waiting is not None:
            self._decide(event.action, event.message_id, waiting)

    def _decide(self, action: str, message_id: str, waiting: WaitingCall) -> None:
        if action in ("run", "always"):
            arguments = waiting.arguments if waiting.is_edited else None
            waiting.decide(Run(is_always=action == "always", arguments=arguments))
        elif action == "refuse":
            self._work(self._refuse(waiting))
        elif action == "edit":
            self._work(self._edit(message_id, waiting))

    async def _open(
        self, session: ChatSession, call: ToolCall, waiting: WaitingCall | None
    ) -> None:
        from tui_chat.ui.chat.tools.open_result import ResultOpener

        opener = ResultOpener(self._host.app, self._services.launch, self._parts)
        await opener.open(session, call, waiting)

    def _copy(self, call: ToolCall) -> None:
        text = call.result_text or call.arguments
        self._host.app.post_message(CopyWanted(text, CopyKind.BODY))

    async def _refuse(self, waiting: WaitingCall) -> None:
        from tui_chat.ui.tools.call_labels import call_title
        from tui_chat.ui.tools.refusal_dialog import RefusalDialog

        dialog = RefusalDialog(call_title(waiting.question.call))
        reason = await self._host.app.push_screen_wait(dialog)
        if reason is not None:
            waiting.decide(Refuse(reason))

    async def _edit(self, message_id: str, waiting: WaitingCall) -> None:
        from tui_chat.ui.tools.argument_editor import ArgumentEditor
        from tui_chat.ui.tools.call_labels import call_title

        call, tool = waiting.question.call, waiting.question.tool

        async def check(text: str) -> Sequence[str]:
            return await check_arguments(self._services.structured, tool, text)

        editor = ArgumentEditor(call_title(call), waiting.arguments, check)
        edited = await self._host.app.push_screen_wait(editor)
        if edited is not None:
            waiting.arguments = edited
            self._show(message_id, call.call_id)

    async def _answer(self, request: WaitingRequest) -> None:
        question = request.question
        if isinstance(question, ElicitationQuestion):
            from tui_chat.ui.tools.elicitation_form import ElicitationForm

            values = await self._host.app.push_screen_wait(ElicitationForm(question))
            if values is None:
                request.decide(ElicitationAnswer(ElicitationAction.DECLINE))
            else:
                request.decide(ElicitationAnswer(ElicitationAction.ACCEPT, values))
        else:
            request.decide(await self._allows_sampling(question))

    async def _allows_sampling(self, question: SamplingQuestion) -> bool:
        from tui_chat.ui.common.question import Question

        server = sanitize_line(question.server, 60)
        texts = [question.system_prompt, *(text for _role, text in question.messages)]
        shown = "\n".join(text for text in texts if text)[:_SHOWN_QUESTION]
        words = _("The server {server} wants this conversation's model to answer:")
        dialog = Question(
            _("Let the model answer a server?"),
            f"{words.format(server=server)}\n\n{shown}",
            agree=_("send it to the model"),
            refuse=_("refuse"),
        )
        return await self._host.app.push_screen_wait(dialog) is True

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(work, group=KeyWork.MESSAGE, description="action on a tool call")
