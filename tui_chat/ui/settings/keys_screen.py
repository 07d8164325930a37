"""Dialog: the key of each action."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.config.editing.setting_line import setting_line
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.filtered_list import FilteredList
from tui_chat.ui.common.key_names import key_name
from tui_chat.ui.settings.key_capture import KeyCapture
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from tui_chat.ui.settings.key_table import KeyTable


class KeyStore(Protocol):
    """Saves keys."""

    async def save_keys(self, keys: Mapping[str, str | None]) -> None:
        """Save keys by action in config.toml and use them; None is the default.

        Raises:
            ConfigError: The file cannot be changed.
        """


class KeysScreen(FilteredList[None]):
    """Typing filters the actions, Enter asks for a key, Ctrl+D restores the default."""

    DEFAULT_CSS = """
    KeysScreen {
        #panel { height: 85%; max-height: 40; }
        OptionList { height: 1fr; }
        #told { height: auto; color: $text-muted; margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+d",
            "reset",
            N_("default"),
            id="settings.default_key",
            tooltip=N_("Back to the default key"),
            priority=True,
        ),
    ]

    def __init__(self, table: KeyTable, store: KeyStore) -> None:
        super().__init__(
            _("Keys"),
            _("Enter press a key   ^D default   Esc back"),
            placeholder=_("Filter actions and keys"),
        )
        self._table = table
        self._store = store
        self._told = WrappedText("", id="told", markup=False)

    def below(self) -> Iterable[Widget]:
        """Return the explanation of the highlighted action."""
        return (self._told,)

    def action_reset(self) -> None:
        """Restore the default keys of the action."""
        if self.highlighted_id is not None:
            self.run_worker(self._saved({self.highlighted_id: None}), group="key", exclusive=True)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _capture(self) -> None:
        if self.highlighted_id is not None:
            self.run_worker(self._captured(self.highlighted_id), group="key", exclusive=True)

    async def _captured(self, name: str) -> None:
        key = await self.app.push_screen_wait(KeyCapture(self._table, self._table.actions[name]))
        if key is not None:
            await self._saved(self._table.swapped(name, key))

    async def _saved(self, keys: Mapping[str, str | None]) -> None:
        try:
            await self._store.save_keys(keys)
        except ConfigError as error:
            self._told.update(Content(sanitize(error.message)))
            return
        for name, key in keys.items():
            if key is None:
                self._table.keymap.pop(name, None)
            else:
                self._table.keymap[name] = key
        self._show_matching()

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        name = self.highlighted_id
        changed = self._table.keymap.get(name) if name is not None else None
        if name is None:
            text = _("No action matches.")
        elif changed is None:
            text = _("{name}: the default key").format(name=name)
        else:
            text = setting_line(("keys", name), changed)
        self._told.update(Content(sanitize(text)))

    def show_matching(self, wanted: str) -> None:
        """List the actions with their keys."""
        before, rows = self.highlighted_id, []
        for action in self._table.actions.values():
            keys = join_list(key_name(key) for key in self._table.keys_of(action.id))
            if wanted not in f"{action.label} {action.id} {keys}".casefold():
                continue
            label = Content(action.label).truncate(44, ellipsis=True, pad=True)
            style = "$text-accent" if action.id in self._table.keymap else "$foreground 60%"
            rows.append(Option(Content.assemble(label, "  ", (keys, style)), id=action.id))
        self.choices.clear_options()
        self.choices.add_options(rows)
        ids = [row.id for row in rows]
        self.choices.highlighted = ids.index(before) if before in ids else 0 if ids else None
        self._explain()
