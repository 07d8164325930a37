from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.bare import BareApp, until
from tests.ui.tools.calls import CONTROLS, HOSTILE
from tui_chat.core.tools.server import ServerState, ServerStatus
from tui_chat.core.tools.tool import Tool, ToolClaims, ToolKey
from tui_chat.ui.tools.tool_picker import ToolPicker
from tui_chat.ui.tools.tool_rows import MOST_ROWS, tool_rows

if TYPE_CHECKING:
    from collections.abc import Callable


class Servers:
    """Two servers: one that runs, one that is started by the user."""

    def __init__(self, *tools: Tool) -> None:
        self.started: list[str] = []
        self.listeners: list[Callable[[], None]] = []
        self.tools = tools

    def states(self) -> list[ServerState]:
        running = ServerState(
            "weather", ServerStatus.READY, self.tools, target="uvx mcp-server-weather"
        )
        status = ServerStatus.FAILED if self.started else ServerStatus.OFF
        trouble = "It ended at once. Is it installed?" if self.started else ""
        return [running, ServerState("files", status, trouble=trouble)]

    async def start(self, name: str) -> ServerState:
        self.started.append(name)
        return self.states()[1]

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


class Choice:
    def __init__(self) -> None:
        self.on: set[ToolKey | str] = set()
        self.always = [ToolKey("weather", "get_weather")]

    def is_on(self, choice: ToolKey | str) -> bool:
        return choice in self.on or (isinstance(choice, ToolKey) and choice.server in self.on)

    async def switch(self, choice: ToolKey | str, is_on: bool) -> None:
        (self.on.add if is_on else self.on.discard)(choice)

    async def forget(self, key: ToolKey) -> None:
        self.always.remove(key)


GET = Tool("weather", "get_weather", "Return the weather.", claims=ToolClaims(is_read_only=True))
DELETE = Tool("weather", "delete", HOSTILE, title=HOSTILE, claims=ToolClaims(is_destructive=True))


async def test_tools_are_off_until_space_switches_them() -> None:
    servers, choice = Servers(GET, DELETE), Choice()
    app = BareApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ToolPicker(servers, choice))
        await until(pilot, lambda: "delete" in app.text)
        assert app.text.count("[ ]") == 4
        assert "runs without asking" in app.text
        assert not CONTROLS & set(app.text)

        await pilot.press("down", "space")
        await until(pilot, lambda: "[x] get_weather" in app.text)
        assert choice.on == {GET.key}
        assert "[-] weather" in app.text
        assert "The server claims: it only reads" in app.text
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "runs without asking" not in app.text)

        await pilot.press("up", "space")
        await until(pilot, lambda: app.text.count("[x]") == 3)

        await pilot.press("end", "down", "down", "down")
        await until(pilot, lambda: "Enter starts it" in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: "Is it installed?" in app.text)
        assert servers.started == ["files"]

        await pilot.press(*"delete")
        await until(pilot, lambda: "get_weather" not in app.text)
        assert "[x] delete" in app.text
        await pilot.press("escape")
        await until(pilot, lambda: not servers.listeners)


def test_thousands_of_tools_are_found_by_their_name() -> None:
    tools = [Tool("weather", f"tool_{number}") for number in range(5_000)]
    state = ServerState("weather", ServerStatus.READY, tuple(tools))
    rows = tool_rows([state], "")
    assert len(rows) == MOST_ROWS + 2
    assert rows[-1].hidden == 5_000 - MOST_ROWS
    assert [it.tool for it in tool_rows([state], "tool_4711")][1:] == [tools[4711]]
    assert tool_rows([state], "nothing") == []
