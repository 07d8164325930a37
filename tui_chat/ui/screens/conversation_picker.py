"""Ctrl+O: the saved conversations, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.core.errors import StorageError
from tui_chat.core.visible import visible, visible_line
from tui_chat.ui.screens.modal import Modal

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.rows import ConversationSummary

LIMIT: Final = 200
"""How many conversations are listed; a search finds the rest."""


class ConversationPicker(Modal[str]):
    """Lists and searches conversations; ends with the id of the chosen one."""

    DEFAULT_CSS = """
    ConversationPicker {
        #query { border: none; height: 1; padding: 0; background: transparent; }
        #conversations {
            height: auto; max-height: 100%; margin-top: 1; border: none; padding: 0;
            background: transparent;
        }
        #nothing { color: $text-muted; margin-top: 1; display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "down", show=False, priority=True),
        Binding("up", "move(-1)", "up", show=False, priority=True),
        Binding("pagedown", "move(10)", "page down", show=False, priority=True),
        Binding("pageup", "move(-10)", "page up", show=False, priority=True),
    ]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__()
        self._store = store
        self._query = Input(placeholder="Search conversations", id="query")
        self._list = OptionList(id="conversations", markup=False)
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = "Conversations"
            yield self._query
            yield self._list
            yield Static("", id="nothing", markup=False)

    def on_mount(self) -> None:
        """List what there is."""
        self._query.focus()
        self._list_again("")

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._list_again(event.value)

    @on(Input.Submitted)
    def _choose(self) -> None:
        highlighted = self._list.highlighted_option
        if highlighted is not None:
            self.dismiss(highlighted.id)

    @on(OptionList.OptionSelected)
    def _choose_clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        count = self._list.option_count
        if count:
            current = self._list.highlighted or 0
            self._list.highlighted = max(0, min(count - 1, current + step))

    def _list_again(self, query: str) -> None:
        self.run_worker(
            self._fill(query), group="search", exclusive=True, description="search conversations"
        )

    async def _fill(self, query: str) -> None:
        nothing = self.query_one("#nothing", Static)
        try:
            found = await self._store.summaries(LIMIT, 0, query.strip())
        except StorageError as error:
            found = []
            nothing.update(Content(visible(error.words)))
        else:
            nothing.update("Nothing found." if query.strip() else "No conversation is saved yet.")
        self._list.clear_options()
        self._list.add_options(self._option(summary) for summary in found)
        self._list.highlighted = 0 if found else None
        nothing.display = not found

    def _option(self, summary: ConversationSummary) -> Option:
        title = visible_line(summary.title, 200) or "(draft)"
        date = when(summary.updated_at, datetime.now().astimezone())
        width = max(20, min(self.size.width * 9 // 10, 90) - 8)
        name = Content(title).truncate(width - len(date) - 2, ellipsis=True, pad=True)
        return Option(Content.assemble(name, "  ", (date, "$foreground 60%")), id=summary.id)


def when(moment: datetime, now: datetime) -> str:
    """Return a moment of the past in few characters, in the zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return local.strftime("%H:%M")
    if days == 1:
        return "yesterday"
    if days < 7:
        return local.strftime("%A")
    return local.strftime("%Y-%m-%d")
