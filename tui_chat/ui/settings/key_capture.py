"""Dialog: press a key, see what the terminal sends, and keep it for an action."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui_chat.core.labels import N_, _, join_list
from tui_chat.ui.common.key_names import key_name
from tui_chat.ui.common.modal import ClosesOnce
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui_chat.ui.settings.key_table import KeyAction, KeyTable

_CONFIRM: Final = "enter"
_CANCEL: Final = "escape"


class KeyCapture(ClosesOnce, ModalScreen[str | None]):
    """The first key is shown; Enter keeps it, another key replaces it, Esc leaves."""

    DEFAULT_CSS = """
    KeyCapture {
        align: center middle;
        & > #panel {
            width: 64; height: auto; padding: 1 2; background: $surface;
            border: round $foreground 30%; border-title-color: $foreground;
        }
        #told { height: auto; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "app.quit", N_("quit"), id="app.quit", show=False),
    ]

    def __init__(self, table: KeyTable, action: KeyAction) -> None:
        super().__init__()
        self._table = table
        self._action = action
        self._key = ""
        self._told = WrappedText("", id="told", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._action.label
            panel.border_subtitle = _("press a key   Esc back")
            yield self._told

    def on_mount(self) -> None:
        """Show the present keys."""
        keys = join_list(key_name(key) for key in self._table.keys_of(self._action.id))
        self._told.update(Content(_("Now: {keys}. Press the key you want.").format(keys=keys)))

    def on_key(self, event: events.Key) -> None:
        """Take any key."""
        event.stop()
        event.prevent_default()
        if event.key == _CANCEL:
            self.dismiss(None)
        elif event.key == _CONFIRM and self._key:
            self.dismiss(self._key)
        else:
            self._key = event.key
            self._explain(event)

    def _explain(self, event: events.Key) -> None:
        name = key_name(event.key)
        lines = [_("The terminal sends: {name}  ({key})").format(name=name, key=event.key)]
        if event.is_printable and "+" not in event.key:
            lines.append(_("This key types a character; in the prompt it would not run an action."))
        others = self._table.conflicts(self._action.id, event.key)
        for other in others:
            text = _("“{other}” has this key: “{action}” and “{other}” swap their keys.")
            lines.append(text.format(other=other.label, action=self._action.label))
        lines.append(_("Enter keeps it; another key replaces it."))
        self._told.update(Content("\n".join(lines)))
        panel = self.query_one("#panel", Vertical)
        panel.border_subtitle = _("Enter keep   Esc back")
