"""Runs the calls of one round: each is shown, decided by the user, run, and saved as it happens."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.tools.call import Approver, CallState, ToolCall, is_object, open_calls
from tui_chat.core.tools.events import CallChanged, CallProgress, ServerTrouble
from tui_chat.core.tools.questions import CallQuestion, Refuse, Run
from tui_chat.core.tools.server import ServerStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.events import RequestedCall
    from tui_chat.core.tools.questions import Decision
    from tui_chat.core.tools.tool import Tool
    from tui_chat.core.turn import Turn
    from tui_chat.session.protocols import TurnView
    from tui_chat.session.session import ChatSession
    from tui_chat.session.tools.tool_service import ToolService

_ID_BYTES: Final = 5
_ID_LIMIT: Final = 128
_ID_LENGTH: Final = 9
_NOT_IN_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")


class CallRound:
    """The calls that the model made together."""

    def __init__(
        self,
        session: ChatSession,
        service: ToolService,
        turn: Turn,
        tools: Mapping[str, Tool],
        view: TurnView,
        emit: Callable[[StreamEvent], None],
    ) -> None:
        """Create the round.

        Args:
            session: The conversation.
            service: Runs the calls and asks the user.
            turn: The turn of the calls.
            tools: The offered tools by their sent names.
            view: Learns that something could not be saved.
            emit: Applies an event to the turn and shows it.
        """
        self._session = session
        self._service = service
        self._turn = turn
        self._tools = tools
        self._view = view
        self._emit = emit

    async def run(self, requested: Sequence[RequestedCall], number: int) -> None:
        """Run the calls of a round, together as far as the user allows them.

        Raises:
            asyncio.CancelledError: The user stopped the turn; open calls are marked.
        """
        calls = self._proposed(requested, number)
        try:
            await self._save()
            async with asyncio.TaskGroup() as running:
                for call in open_calls(calls):
                    running.create_task(self._one(call))
        except asyncio.CancelledError:
            for call in open_calls(self._turn.snapshot().tool_calls):
                self._put(call, state=CallState.CANCELLED, finished_at=now())
            raise

    def _proposed(self, requested: Sequence[RequestedCall], number: int) -> list[ToolCall]:
        reply = self._turn.snapshot()
        used = {call.call_id for call in reply.tool_calls}
        calls: list[ToolCall] = []
        for one in requested:
            tool = self._tools.get(one.name)
            call = ToolCall(
                _call_id(one.call_id, used),
                one.name if tool else _NOT_IN_NAME.sub("_", one.name)[:64] or "unnamed",
                one.arguments,
                tool.server if tool else "",
                tool.name if tool else "",
                round=number,
                text_end=len(reply.content),
                reasoning_end=len(reply.reasoning),
                fingerprint=tool.fingerprint if tool else "",
                proposed_at=now(),
            )
            used.add(call.call_id)
            if tool is None:
                call = _failed(call, _("There is no tool of this name."))
            elif not is_object(call.arguments):
                call = _failed(call, _("The arguments are not a JSON object."))
            elif one.from_text:
                call = replace(call, note=_("The model wrote this call into its text."))
            calls.append(call)
            self._emit(CallChanged(call))
        return calls

    async def _one(self, call: ToolCall) -> None:
        tool = self._tools[call.sent_name]
        while True:
            decision = await self._decided(call, tool)
            if isinstance(decision, Refuse):
                self._put(
                    call,
                    state=CallState.REFUSED,
                    note=decision.reason,
                    decided_at=now(),
                    finished_at=now(),
                )
                await self._save()
                return
            current = self._service.servers.tool(tool.key)
            if current is None or current.fingerprint == tool.fingerprint:
                break
            # It changed while the user decided: the decision was about another tool.
            tool = current
        call = self._approved(call, tool, decision)
        if call.state.is_final:
            await self._save()
            return
        if decision.is_always:
            await self._allow(tool)
        await self._run(call)

    async def _decided(self, call: ToolCall, tool: Tool) -> Decision:
        tools = self._session.tools
        if tools.is_always(tool):
            return Run(approver=Approver.CONVERSATION)
        if self._service.questions is None:
            return Refuse(_("Nobody could be asked."))
        has_changed = tools.has_changed(tool) or tool.fingerprint != call.fingerprint
        conversation_id = self._session.conversation.id
        question = CallQuestion(conversation_id, self._turn.reply_id, call, tool, has_changed)
        return await self._service.questions.decide(question)

    def _approved(self, call: ToolCall, tool: Tool, decision: Run) -> ToolCall:
        edited = decision.arguments
        if edited is not None and edited != call.arguments:
            call = replace(call, edited_from=call.arguments, arguments=edited)
        changed = replace(
            call,
            state=CallState.APPROVED,
            approved_by=decision.approver or Approver.USER,
            fingerprint=tool.fingerprint,
            decided_at=now(),
        )
        if not is_object(changed.arguments):
            changed = _failed(changed, _("The arguments are not a JSON object."))
        self._emit(CallChanged(changed))
        return changed

    async def _run(self, call: ToolCall) -> None:
        servers = self._service.servers
        if servers.state(call.server).status is not ServerStatus.READY:
            text = _("The server “{server}” is started again.").format(server=call.server)
            self._emit(ServerTrouble(call.server, text))
        call = self._put(call, state=CallState.RUNNING, started_at=now())
        # On the disk before it runs: after a crash it is known that it may have run.
        await self._save()

        def on_progress(progress: float | None, total: float | None, message: str) -> None:
            self._emit(CallProgress(call.call_id, progress, total, message))

        try:
            with self._service.running(call.server, self._session, call.call_id):
                arguments = _arguments(call)
                result = await servers.call(call.key, arguments, on_progress)
        except TuiChatError as error:
            self._put(call, state=CallState.FAILED, note=error.message, finished_at=now())
        else:
            self._put(
                call,
                state=CallState.FAILED if result.is_error else CallState.DONE,
                result=result.parts,
                is_error=result.is_error,
                is_truncated=result.is_truncated,
                finished_at=now(),
            )
        await self._save()

    async def _allow(self, tool: Tool) -> None:
        try:
            await self._session.tools.allow(tool)
        except StorageError as error:
            self._view.not_saved(error)

    async def _save(self) -> None:
        try:
            await self._session.store.save_reply(self._turn.snapshot())
        except StorageError as error:
            self._view.not_saved(error)

    def _put(self, call: ToolCall, **changes: object) -> ToolCall:
        changed: ToolCall = replace(call, **changes)  # type: ignore[arg-type]
        self._emit(CallChanged(changed))
        return changed


def _failed(call: ToolCall, note: str) -> ToolCall:
    return replace(call, state=CallState.FAILED, note=note, finished_at=now())


def _call_id(given: str, used: set[str]) -> str:
    """Return an id that no other call of the reply has; the form suits every endpoint."""
    if given and given not in used and len(given) <= _ID_LIMIT and given.isprintable():
        return given
    return secrets.token_hex(_ID_BYTES)[:_ID_LENGTH]


def _arguments(call: ToolCall) -> dict[str, object]:
    from tui_chat.tools.servers import parsed_arguments

    return parsed_arguments(call.arguments) or {}
