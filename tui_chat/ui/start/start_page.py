"""The start page: in place of the messages while a conversation has none.

The prompt keeps the focus, so whatever is typed goes there. Up, Tab or the mouse enters the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui_chat.core.labels import N_
from tui_chat.ui.start.start_layout import StartLayout, StartTexts

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from tui_chat.ui.start.start_entries import StartEntry
    from tui_chat.ui.start.start_layout import Row


class StartPage(Widget, can_focus=True):
    """Shows what can be done first; digits, Enter and the mouse choose."""

    # In a layer above the list of messages, which so keeps its size and is never laid out twice.
    DEFAULT_CSS = """
    StartPage {
        layer: above;
        width: 100%;
        height: 100%;
        padding: 0 3;
        background: $background;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "up",
            "move(-1)",
            N_("up"),
            id="start.previous",
            tooltip=N_("On the start page: previous entry"),
        ),
        Binding(
            "down",
            "move(1)",
            N_("down"),
            id="start.next",
            tooltip=N_("On the start page: next entry; from the last one to the prompt"),
        ),
        Binding(
            "enter",
            "choose",
            N_("choose"),
            id="start.choose",
            tooltip=N_("On the start page: choose the entry; a digit chooses at once"),
        ),
    ]

    def __init__(
        self,
        texts: StartTexts,
        *,
        choose: Callable[[StartEntry], None],
        leave: Callable[[str], None],
    ) -> None:
        """Create the page.

        Args:
            texts: What it shows.
            choose: Called with the chosen entry.
            leave: Called when the user goes on in the prompt, with what was typed or pasted.
        """
        super().__init__()
        self._texts = texts
        self._choose = choose
        self._leave = leave
        self._highlighted = 0

    def show(self, texts: StartTexts) -> None:
        """Show other texts; the highlight stays at its entry, if that is still there."""
        if texts == self._texts:
            return
        entry = self._highlighted_entry
        self._texts = texts
        entries = self._layout.entries
        if entry in entries:
            self._highlighted = entries.index(entry)
        self.refresh()

    @property
    def entries(self) -> list[StartEntry]:
        """The entries that are shown now, in the order of their digits."""
        return self._layout.entries

    def enter(self) -> None:
        """Take the focus at the first entry."""
        self._highlighted = 0
        self.focus()

    def render(self) -> Content:
        """Render the rows that fit."""
        return Content("\n").join([row.content for row in self._rows])

    @property
    def _layout(self) -> StartLayout:
        return StartLayout(self._texts, self.content_size.width, self.content_size.height)

    @property
    def _rows(self) -> list[Row]:
        return self._layout.rows(self._highlighted if self.has_focus else None)

    @property
    def _highlighted_entry(self) -> StartEntry | None:
        entries = self._layout.entries
        return entries[min(self._highlighted, len(entries) - 1)] if entries else None

    def on_focus(self) -> None:
        """Show the highlight."""
        self.refresh()

    on_blur = on_focus

    def action_move(self, step: int) -> None:
        """Highlight the previous or the next entry; beyond the last one is the prompt."""
        count = len(self._layout.entries)
        wanted = min(self._highlighted, count - 1) + step
        if wanted >= count:
            self._leave("")
        else:
            self._highlighted = max(0, wanted)
            self.refresh()

    def action_choose(self) -> None:
        """Choose the highlighted entry."""
        if (entry := self._highlighted_entry) is not None:
            self._choose(entry)

    def on_key(self, event: events.Key) -> None:
        """Choose by a digit; other text goes to the prompt."""
        character = event.character
        if not event.is_printable or character is None:
            return
        event.stop()
        event.prevent_default()
        entries = self._layout.entries
        number = "123456789".find(character)
        if 0 <= number < len(entries):
            self._choose(entries[number])
        else:
            self._leave(character)

    def on_paste(self, event: events.Paste) -> None:
        """Pass pasted text to the prompt."""
        event.stop()
        self._leave(event.text)

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked entry."""
        offset = event.get_content_offset(self)
        rows = self._rows
        if offset is None or not 0 <= offset.y < len(rows):
            return
        if (number := rows[offset.y].entry) is not None:
            self._highlighted = number
            self._choose(self._layout.entries[number])
