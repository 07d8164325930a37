"""Key help (F1): every key as it is bound now."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content

from tui_chat.core.labels import N_, _
from tui_chat.ui.common.key_names import key_name
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import Binding


_TEXT_AREA: Final = (
    N_("Cursor up"),
    N_("Cursor down"),
    N_("Cursor left"),
    N_("Cursor right"),
    N_("Cursor word left"),
    N_("Cursor word right"),
    N_("Cursor line start"),
    N_("Cursor line end"),
    N_("Cursor page up"),
    N_("Cursor page down"),
    N_("Cursor left word select"),
    N_("Cursor right word select"),
    N_("Cursor line start select"),
    N_("Cursor line end select"),
    N_("Cursor up select"),
    N_("Cursor down select"),
    N_("Cursor left select"),
    N_("Cursor right select"),
    N_("Select line"),
    N_("Select all"),
    N_("Delete character left"),
    N_("Delete left to start of word"),
    N_("Delete character right"),
    N_("Delete right to start of word"),
    N_("Cut"),
    N_("Copy"),
    N_("Paste"),
    N_("Delete to line start"),
    N_("Delete to line end"),
    N_("Delete line"),
    N_("Undo"),
    N_("Redo"),
)
"""Descriptions in Textual's text area (8.2), marked for extraction."""


class KeyHelp(Modal[None]):
    """Lists keys in groups, from the live bindings, including remapped ones."""

    DEFAULT_CSS = """
    /* The words are laid out for a width that must not change when the scroll bar appears. */
    KeyHelp > #panel { scrollbar-gutter: stable; }
    """

    def __init__(self, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """Build the list.

        Args:
            groups: Headings, each with its keys and actions, in display order.
        """
        super().__init__()
        self._text = _KeyTable(groups)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with VerticalScroll(id="panel") as panel:
            panel.border_title = _("Keys")
            yield self._text

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#panel").focus()


class _KeyTable(WrappedText):
    """The groups, laid out for the available width."""

    def __init__(self, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__(markup=False)
        self._groups = groups
        self._laid_out_width = 0

    def on_resize(self, event: events.Resize) -> None:
        """Lay the descriptions out beside the keys."""
        if event.size.width != self._laid_out_width:
            self._laid_out_width = event.size.width
            self.update(self._laid_out(event.size.width))

    def _laid_out(self, width: int) -> Content:
        names = max((cell_len(keys) for _, rows in self._groups for keys, _ in rows), default=0)
        lines: list[Content] = []
        for heading, rows in self._groups:
            lines.append(Content.styled(heading, "bold $text-accent"))
            for keys, text in rows:
                for index, line in enumerate(wrap(text, max(20, width - names - 4))):
                    name = Content("" if index else keys).truncate(names, pad=True)
                    lines.append(Content.assemble(name.stylize("bold"), "   ", line))
            lines.append(Content(""))
        return Content("\n").join(lines[:-1])


def key_rows(
    bindings: Iterable[Binding], keymap: Mapping[str, str], *, are_ours: bool = True
) -> list[tuple[str, str]]:
    """Return keys and their descriptions, one row per action.

    Args:
        bindings: The bindings of one widget or screen.
        keymap: The user's remapped keys by binding id.
        are_ours: True for this program's bindings, which have an id; False for those of
            Textual's widgets.
    """
    rows: dict[str, list[str]] = {}
    for binding in bindings:
        text = _(binding.tooltip or binding.description)
        if not text or bool(binding.id) is not are_ours:
            continue
        keys = keymap.get(binding.id, binding.key) if binding.id else binding.key
        row = rows.setdefault(text[0].upper() + text[1:], [])
        for key in keys.split(","):
            name = key_name(key.strip())
            if name not in row:
                row.append(name)
    return [(" ".join(keys[:2]), text) for text, keys in rows.items()]
