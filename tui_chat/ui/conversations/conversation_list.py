"""The list of conversations, in Ctrl+O and in the side panel. Only visible rows are rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.geometry import Size
from textual.message import Message as TextualMessage
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.common.result_lines import hit_content, narrow_hit_content, trash_content
from tui_chat.ui.conversations.list_rows import Row, by_project, rows_of
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

    from tui_chat.storage.search.ranked_results import SearchHit

_NEAR_END: Final = 30
"""Rows below the visible ones from which more entries are requested."""


class Mark(Enum):
    """The state of a conversation in the list."""

    NONE = auto()
    OPEN = auto()
    """It is the one that is shown."""
    ANSWERING = auto()
    UNREAD = auto()
    """Something was added since it was shown."""


class ConversationList(ScrollView, can_focus=False):
    """Shows entries under headings of dates and highlights one; the search field has the keys."""

    DEFAULT_CSS = (
        f"ConversationList {{{SCROLL_BAR}}}"
        + """
    ConversationList {
        height: auto;
        max-height: 100%;
        overflow-x: hidden;
        background: transparent;
    }
    """
    )

    @dataclass
    class Selected(TextualMessage):
        """The user clicked an entry."""

        index: int

    class EndNeared(TextualMessage):
        """The visible rows are near the end of the list."""

    def __init__(
        self,
        *,
        is_narrow: bool = False,
        mark_of: Callable[[str], Mark] = lambda _: Mark.NONE,
        has_cursor: Callable[[], bool] = lambda: True,
    ) -> None:
        """Create an empty list.

        Args:
            is_narrow: True for two rows per entry.
            mark_of: Returns the state of a conversation by its id.
            has_cursor: Returns True while the highlight is shown.
        """
        super().__init__(id="conversations")
        self.found: Sequence[SearchHit | TrashEntry] = ()
        self._is_narrow = is_narrow
        self._mark_of = mark_of
        self._has_cursor = has_cursor
        self._pieces: Sequence[str] = ()
        self._rows: list[Row] = []
        self._first_rows: list[int] = []
        self._index: int | None = None
        self._now = datetime.now().astimezone()

    def in_order(self, found: list[SearchHit]) -> list[SearchHit]:
        """Return conversations in the order of this list: in the side panel by project."""
        return by_project(found) if self._is_narrow else found

    @property
    def highlighted(self) -> int | None:
        """The index of the highlighted entry; None in an empty list."""
        return self._index

    def show(
        self, found: Sequence[SearchHit | TrashEntry], pieces: Sequence[str], index: int
    ) -> None:
        """Show entries.

        Args:
            found: The entries in their order.
            pieces: The words of the query; headings of dates are shown without one.
            index: The entry to highlight.
        """
        self.found = found
        self._pieces = pieces
        self._now = datetime.now().astimezone()
        self._rows = rows_of(
            found,
            self._now,
            has_headings=not pieces,
            has_two_lines=self._is_narrow,
            has_projects=self._is_narrow,
        )
        self._first_rows = [
            y for y, row in enumerate(self._rows) if row.entry >= 0 and not row.line
        ]
        height = len(self._rows)
        has_grown = height != self.virtual_size.height
        self.virtual_size = Size(self.size.width, height)
        self._index = None
        self.highlight(index)
        self.refresh(layout=has_grown)

    def highlight(self, index: int) -> None:
        """Highlight the entry nearest to an index and bring it into view."""
        if not self.found:
            self._index = None
            return
        index = max(0, min(len(self.found) - 1, index))
        if index != self._index:
            self._index = index
            self._bring_into_view(index)
            self.refresh()

    def move(self, step: int) -> None:
        """Move the highlight."""
        if self._index is not None:
            self.highlight(self._index + step)

    def _bring_into_view(self, index: int) -> None:
        top = self._first_rows[index]
        last = top + (1 if top + 1 < len(self._rows) and self._rows[top + 1].line else 0)
        # The heading above the first entry of a date is of use only with it.
        top -= 1 if top and self._rows[top - 1].entry < 0 else 0
        height = self.size.height or last + 1
        y = self.scroll_target_y
        target = min(y, top) if top < y else max(y, last - height + 1)
        if target != y:
            self.scroll_to(y=target, animate=False, force=True)
        self._note_end(target)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Request more entries near the end."""
        super().watch_scroll_y(old_value, new_value)
        self._note_end(new_value)

    def _note_end(self, y: float) -> None:
        if self._rows and y + self.size.height + _NEAR_END >= len(self._rows):
            self.post_message(self.EndNeared())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked entry."""
        event.stop()
        y = event.y + self.scroll_offset.y
        if 0 <= y < len(self._rows) and (index := self._rows[y].entry) >= 0:
            self.highlight(index)
            self.post_message(self.Selected(index))

    def render_line(self, y: int) -> Strip:
        """Render one row."""
        width = self.scrollable_content_region.width
        y += self.scroll_offset.y
        style = self.visual_style
        if y >= len(self._rows) or width < 1:
            return Strip.blank(max(0, width), style.rich_style)
        row = self._rows[y]
        if row.entry < 0:
            content = Content.styled(row.heading, "bold $text-accent")
        else:
            content = self._content(self.found[row.entry], width).split("\n")[row.line]
        if row.entry >= 0 and row.entry == self._index and self._has_cursor():
            content = content.truncate(width, pad=True).stylize(
                "$block-cursor-foreground on $block-cursor-background"
            )
        (strip,) = Visual.to_strips(self, content, width, 1, style)
        return strip.adjust_cell_length(width, style.rich_style)

    def _content(self, entry: SearchHit | TrashEntry, width: int) -> Content:
        if isinstance(entry, TrashEntry):
            return trash_content(entry, self._pieces, width, self._now)
        if not self._is_narrow:
            return hit_content(entry, self._pieces, width, self._now)
        mark = self._mark_of(entry.conversation_id)
        lead = {
            Mark.OPEN: ("▌ ", "$accent"),
            Mark.ANSWERING: ("● ", "$text-accent"),
            Mark.UNREAD: ("● ", "$text-warning"),
        }.get(mark, ("  ", ""))
        return narrow_hit_content(entry, self._pieces, width, self._now, lead)
