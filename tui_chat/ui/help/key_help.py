"""Key help (F1): every key and command, filtered as the user types."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from tui_chat.core.labels import N_, _
from tui_chat.core.text.cell_width import wrapped
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.help.key_rows import KeyRow, filtered
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

_TWO_COLUMNS: Final = 110
"""The width from which the groups are in two columns."""
_GAP: Final = 4
_NARROWEST: Final = 16


class HelpFilter(SearchInput):
    """The filter, with the keys that scroll the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "screen.scroll(1)", N_("down"), id="help.down", tooltip=N_("Down")),
        Binding("up", "screen.scroll(-1)", N_("up"), id="help.up", tooltip=N_("Up")),
        Binding(
            "pagedown", "screen.page(1)", N_("down"), id="help.page_down", tooltip=N_("Page down")
        ),
        Binding("pageup", "screen.page(-1)", N_("up"), id="help.page_up", tooltip=N_("Page up")),
    ]


class KeyHelp(Modal[None]):
    """Lists keys in groups, from the live bindings, including remapped ones."""

    DEFAULT_CSS = """
    KeyHelp > #panel {
        max-width: 150;
        max-height: 95%;
        padding: 0 2;
        HelpFilter, HelpFilter:focus { padding: 0; }
        /* The words are laid out for a width that must not change when the bar appears. */
        VerticalScroll {
            height: auto;
            max-height: 100%;
            margin-top: 1;
            scrollbar-gutter: stable;
        }
    }
    """

    def __init__(self, groups: Sequence[tuple[str, Sequence[KeyRow]]]) -> None:
        """Build the list.

        Args:
            groups: Headings, each with its keys and actions, in display order.
        """
        super().__init__()
        self._groups = groups
        self._filter = HelpFilter(id="help-filter")
        self._filter.placeholder = _("Filter keys and commands")
        self._table = _KeyTable(groups)
        self._rows = VerticalScroll(self._table, can_focus=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Keys")
            panel.border_subtitle = _("Esc close")
            yield self._filter
            yield self._rows

    def on_mount(self) -> None:
        """Let letters filter and the arrow keys scroll."""
        self._filter.focus()

    def on_resize(self) -> None:
        """Keep the filter and the border visible."""
        self._rows.styles.max_height = max(2, self.size.height * 95 // 100 - 4)

    @on(Input.Changed)
    def _show_matches(self, event: Input.Changed) -> None:
        self._table.show(filtered(self._groups, event.value))
        self._rows.scroll_home(animate=False)

    def action_scroll(self, rows: int) -> None:
        """Scroll by some rows."""
        self._rows.scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        self._rows.scroll_relative(y=pages * self._rows.size.height, animate=False)


class _KeyTable(WrappedText):
    """The groups, laid out for the available width."""

    def __init__(self, groups: Sequence[tuple[str, Sequence[KeyRow]]]) -> None:
        super().__init__(markup=False)
        self._groups = _filled(groups)
        self._laid_out_width = 0

    def show(self, groups: Sequence[tuple[str, Sequence[KeyRow]]]) -> None:
        """Show other groups."""
        self._groups = _filled(groups)
        if self._laid_out_width:
            self.update(self._laid_out(self._laid_out_width))

    def on_resize(self, event: events.Resize) -> None:
        """Lay the descriptions out beside the keys."""
        if event.size.width != self._laid_out_width:
            self._laid_out_width = event.size.width
            self.update(self._laid_out(event.size.width))

    def _laid_out(self, width: int) -> Content:
        if not self._groups:
            return Content.styled(_("No match."), "$text-muted")
        if width < _TWO_COLUMNS:
            lines = [line for group in self._groups for line in _lines(group, width)]
            return Content("\n").join(lines[:-1])
        half = (width - _GAP) // 2
        left: list[Content] = []
        right: list[Content] = []
        for group in self._groups:
            (left if len(left) <= len(right) else right).extend(_lines(group, half))
        rows = max(len(left), len(right)) - 1
        left, right = ([*side, *[Content("")] * (rows + 1 - len(side))] for side in (left, right))
        pad = Content(" " * _GAP)
        return Content("\n").join(
            Content.assemble(left[row].truncate(half, pad=True), pad, right[row])
            for row in range(rows)
        )


def _filled(groups: Sequence[tuple[str, Sequence[KeyRow]]]) -> list[tuple[str, Sequence[KeyRow]]]:
    """Return the groups that have rows: a screen that is closing has no keys any more."""
    return [(heading, rows) for heading, rows in groups if rows]


def _lines(group: tuple[str, Sequence[KeyRow]], width: int) -> list[Content]:
    """Return the lines of a group: keys, description, `/name`; then a blank line."""
    heading, rows = group
    keys_width = max(cell_len(row.keys) for row in rows)
    slash_width = max(cell_len(row.slash) for row in rows)
    room = max(_NARROWEST, width - keys_width - 3 - (slash_width + 2 if slash_width else 0))
    lines = [Content.styled(heading, "bold $text-accent")]
    for row in rows:
        for index, line in enumerate(wrapped(row.words, room)):
            name = Content("" if index else row.keys).truncate(keys_width, pad=True)
            words = Content(line).truncate(room, pad=True)
            slash = Content.styled("" if index else row.slash, "$foreground 60%")
            lines.append(Content.assemble(name.stylize("bold"), "   ", words, "  ", slash))
    return [*lines, Content("")]
