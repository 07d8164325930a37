"""The tools of one conversation: which are offered, and which the user has allowed.

Stored in the settings of the conversation:

    {"on": ["time", "files/read"], "always": [["time", "now", fingerprint], ...]}

An entry of `on` is a server with all its tools, or one tool of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import TOOLS
from tui_chat.core.errors import TuiChatError
from tui_chat.core.request import AUTO
from tui_chat.core.stream_events import Phase, Waiting
from tui_chat.core.tools.events import ServerTrouble
from tui_chat.core.tools.server import ServerStatus
from tui_chat.core.tools.tool import Tool, ToolKey, sent_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.server import ServerState
    from tui_chat.session.session import ChatSession
    from tui_chat.session.tools.tool_service import ToolService

_MOST: Final = 128
"""The most tools of a request at OpenAI."""


class ConversationTools:
    """The choice of tools of a session.

    Attributes:
        service: The servers of this run of the program; None where there are none.
        only: What is switched on in place of the stored choice; None for that. Nothing is allowed
            without asking then.
        next_choice: The tool choice of the next question only: auto, none, required, or a tool.
    """

    def __init__(self, session: ChatSession, service: ToolService | None) -> None:
        self._session = session
        self.service = service
        self.only: Sequence[str] | None = None
        self.next_choice: str | ToolKey = AUTO

    @property
    def chosen(self) -> tuple[ToolKey, ...]:
        """The tools that are switched on, as far as their servers have listed them."""
        return tuple(
            tool.key for state in self._states() for tool in state.tools if self._has(tool)
        )

    @property
    def servers(self) -> tuple[str, ...]:
        """The configured servers of which at least one tool is switched on."""
        named = {entry.partition("/")[0] for entry in self._on}
        return tuple(state.name for state in self._states() if state.name in named)

    @property
    def count(self) -> int:
        """The number of tools that are switched on; a server that never started counts as one."""
        unknown = [it for it in self._states() if not it.tools and it.name in self._on]
        single = [it for it in self._states() if not it.tools and it.name not in self._on]
        names = {it.name for it in single}
        tools = sum(entry.partition("/")[0] in names for entry in self._on if "/" in entry)
        return len(self.chosen) + len(unknown) + tools

    @property
    def is_own(self) -> bool:
        """True if the user has chosen tools in this conversation."""
        return isinstance(self._setting.get("on"), list)

    def is_on(self, choice: ToolKey | str) -> bool:
        """Return whether a tool, or a server as a whole, is switched on."""
        if isinstance(choice, str):
            return choice in self._on
        return choice.server in self._on or _entry(choice) in self._on

    async def switch(self, choice: ToolKey | str, is_on: bool) -> None:
        """Switch a tool or a whole server on or off; saved with the conversation.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        name = choice if isinstance(choice, str) else choice.server
        entries = [it for it in self._on if it != name and not it.startswith(f"{name}/")]
        if isinstance(choice, str):
            entries += [name] if is_on else []
        else:
            before = {key for key in self._keys_of(name) if self.is_on(key)}
            now_on = before | {choice} if is_on else before - {choice}
            entries += [_entry(key) for key in sorted(now_on)]
        await self._put({**self._setting, "on": entries})

    @property
    def always(self) -> list[ToolKey]:
        """The tools that run without asking in this conversation."""
        return [ToolKey(server, name) for server, name, _fingerprint in self._always]

    def is_always(self, tool: Tool) -> bool:
        """Return whether a tool runs without asking, as it is described now."""
        return (tool.server, tool.name, tool.fingerprint) in self._always

    def has_changed(self, tool: Tool) -> bool:
        """Return whether the user allowed a tool whose description has changed since."""
        return tool.key in self.always and not self.is_always(tool)

    async def allow(self, tool: Tool) -> None:
        """Let a tool run without asking, as long as its server describes it the same way.

        Raises:
            StorageError: It applies, but is not saved.
        """
        kept = [list(it) for it in self._always if it[:2] != (tool.server, tool.name)]
        kept.append([tool.server, tool.name, tool.fingerprint])
        await self._put({**self._setting, "always": kept})

    async def forget(self, key: ToolKey) -> None:
        """Ask before a tool runs again.

        Raises:
            StorageError: It applies, but is not saved.
        """
        kept = [list(it) for it in self._always if it[:2] != (key.server, key.name)]
        await self._put({**self._setting, "always": kept})

    async def offered(self, on_event: Callable[[StreamEvent], None]) -> dict[str, Tool]:
        """Start the servers that are needed; return the tools of a request by their sent names.

        A server that does not start is reported; the question goes on without its tools.
        """
        service, names = self.service, self.servers
        if service is None or not names:
            return {}
        if any(it.status is not ServerStatus.READY for it in self._states() if it.name in names):
            on_event(Waiting(Phase.TOOLS))

        async def started(name: str) -> None:
            try:
                await service.servers.ensure(name)
            except TuiChatError as error:
                on_event(ServerTrouble(name, error.message))

        async with asyncio.TaskGroup() as starting:
            for name in names:
                starting.create_task(started(name))
        return sent_names(
            [
                tool
                for state in self._states()
                if state.status is ServerStatus.READY
                for tool in state.tools
                if self._has(tool)
            ][:_MOST]
        )

    def choice_for(self, offered: dict[str, Tool]) -> str:
        """Return the tool choice of the next request, and forget it."""
        choice, self.next_choice = self.next_choice, AUTO
        if isinstance(choice, str):
            return choice
        return next((name for name, tool in offered.items() if tool.key == choice), AUTO)

    def _states(self) -> Sequence[ServerState]:
        service = self.service
        return service.servers.states() if service is not None and service.is_configured else ()

    def _keys_of(self, server: str) -> list[ToolKey]:
        listed = [tool.key for it in self._states() if it.name == server for tool in it.tools]
        stored = [it.partition("/") for it in self._on if it.startswith(f"{server}/")]
        return list(dict.fromkeys([*listed, *(ToolKey(one, name) for one, _, name in stored)]))

    def _has(self, tool: Tool) -> bool:
        return self.is_on(tool.key)

    @property
    def _setting(self) -> dict[str, Any]:
        setting = self._session.conversation.settings.get(TOOLS)
        return setting if isinstance(setting, dict) else {}

    @property
    def _on(self) -> list[str]:
        if self.only is not None:
            return list(self.only)
        entries = self._setting.get("on")
        if not isinstance(entries, list):
            return list(self._session.profile.tools)
        return [it for it in entries if isinstance(it, str)]

    @property
    def _always(self) -> list[tuple[str, str, str]]:
        # The approvals of an imported conversation are those of somebody else.
        is_void = self._is_foreign or self.only is not None
        entries = None if is_void else self._setting.get("always")
        return [
            (it[0], it[1], it[2])
            for it in (entries if isinstance(entries, list) else ())
            if isinstance(it, list) and len(it) == 3 and all(isinstance(one, str) for one in it)
        ]

    @property
    def _is_foreign(self) -> bool:
        return self._session.conversation.is_imported

    async def _put(self, setting: dict[str, Any]) -> None:
        session = self._session
        settings = {**session.conversation.settings, TOOLS: setting}
        session.conversation = replace(session.conversation, settings=settings)
        await session.store.save_conversation(session.conversation)


def _entry(key: ToolKey) -> str:
    return f"{key.server}/{key.name}"
