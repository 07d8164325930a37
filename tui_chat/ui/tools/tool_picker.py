"""The tool picker (F7): chooses the tools of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _
from tui_chat.core.tools.server import ServerStatus
from tui_chat.ui.common.filtered_list import FilteredList
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.terminal.deferred import Deferred
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.tools.tool_rows import ToolChoice, ToolRow, row_content, row_details, tool_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from textual.widget import Widget

    from tui_chat.core.tools.server import ServerState
    from tui_chat.core.tools.tool import ToolKey

_KEYS: Final = ("tools.switch", "tools.start", "tools.ask_again", "modal.close")
_REST_S: Final = 0.1
"""Seconds between two lists: a server may report any number of changes."""


class ToolSource(Protocol):
    """The servers of this run of the program."""

    def states(self) -> Sequence[ServerState]:
        """Return all configured servers."""

    async def start(self, name: str) -> ServerState:
        """Start a server; its trouble is in the state."""

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after every change; return a function that ends it."""


class _ToolFilter(LineInput):
    """The filter; Space is a key of the list."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key types a character."""
        return key != "space" and super().check_consume_key(key, character)


class ToolPicker(FilteredList[bool]):
    """Lists servers and tools; each switch applies at once."""

    DEFAULT_CSS = """
    ToolPicker {
        OptionList { height: 1fr; }
        & > #panel { height: 85%; border-subtitle-color: $foreground 60%; }
        #details { height: auto; min-height: 3; max-height: 8; margin-top: 1; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "switch",
            N_("on or off"),
            id="tools.switch",
            tooltip=N_("Switch the tool, or all tools of the server, on or off"),
            priority=True,
        ),
        Binding(
            "enter",
            "start",
            N_("start it"),
            id="tools.start",
            tooltip=N_("Start the server and list its tools"),
            priority=True,
        ),
        Binding(
            "ctrl+d",
            "ask_again",
            N_("ask again"),
            id="tools.ask_again",
            tooltip=N_("Ask before the tool runs again"),
            priority=True,
        ),
        Binding("f7", "close", "close", id="tools.close", show=False),
    ]

    def __init__(self, source: ToolSource, choice: ToolChoice) -> None:
        """Create the dialog.

        Args:
            source: The servers.
            choice: The tools of the conversation.
        """
        super().__init__(_("Tools of this conversation"), "")
        self._filter = _ToolFilter(placeholder=_("Filter"), id="filter")
        self._source = source
        self._choice = choice
        self._wanted = ""
        self._rows: list[ToolRow] = []
        self._details = WrappedText("", id="details", markup=False)
        self._next_list = Deferred(self)
        self._unsubscribe: Callable[[], None] = lambda: None

    def below(self) -> Iterable[Widget]:
        """Return the line of details."""
        return (self._details,)

    def on_mount(self) -> None:
        """List the servers, now and after each change."""
        self._unsubscribe = self._source.subscribe(self._note_change)
        super().on_mount()
        self.query_one("#panel").border_subtitle = key_hints(self, _KEYS)

    def on_unmount(self) -> None:
        """Listen no longer."""
        self._unsubscribe()

    def show_matching(self, wanted: str) -> None:
        """List the servers and tools that contain a text."""
        self._wanted = wanted
        kept = self._row.choice if self._row is not None else None
        self._rows = tool_rows(self._source.states(), wanted)
        self.choices.clear_options()
        self.choices.add_options(Option(row_content(it, self._choice)) for it in self._rows)
        choices = [row.choice for row in self._rows]
        if self._rows:
            self.choices.highlighted = choices.index(kept) if kept in choices else 0
        self._show_details()

    @property
    def _row(self) -> ToolRow | None:
        index = self.choices.highlighted
        return self._rows[index] if index is not None and index < len(self._rows) else None

    def _note_change(self) -> None:
        if self.is_attached and not self._next_list.is_pending:
            self._next_list.start(_REST_S, lambda: self.show_matching(self._wanted))

    @on(OptionList.OptionHighlighted)
    def _show_details(self) -> None:
        row = self._row
        missing = Content(_("No tool has this name."))
        self._details.update(row_details(row) if row is not None else missing)

    @on(OptionList.OptionSelected)
    def action_switch(self) -> None:
        """Switch the highlighted tool or server."""
        row = self._row
        if row is not None and not row.hidden:
            self._work(self._switch(row))

    def action_start(self) -> None:
        """Start the server of the highlighted row; switch a tool of a running one."""
        row = self._row
        if row is None or row.hidden:
            return
        if row.tool is None and row.state.status is not ServerStatus.READY:
            self._work(self._start(row.state.name))
        else:
            self.action_switch()

    def action_ask_again(self) -> None:
        """Ask before the highlighted tool runs again."""
        row = self._row
        if row is None or row.tool is None or row.tool.key not in self._choice.always:
            self.app.bell()
        else:
            self._work(self._forget(row.tool.key))

    async def _switch(self, row: ToolRow) -> None:
        await self._choice.switch(row.choice, not self._choice.is_on(row.choice))
        self.show_matching(self._wanted)

    async def _forget(self, key: ToolKey) -> None:
        await self._choice.forget(key)
        self.show_matching(self._wanted)

    async def _start(self, name: str) -> None:
        await self._source.start(name)
        self.show_matching(self._wanted)

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self.run_worker(self._reporting(work), group="tools", description="change the tools")

    async def _reporting(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except StorageError as error:
            self.show_matching(self._wanted)
            text = _("Not saved: {reason}").format(reason=error.message)
            self.app.notify(text, severity="warning", markup=False)
