"""Dialog (F8): the settings, their values and their lines in config.toml."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.language import language_name, language_of, languages
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.settings.choice_list import ChoiceList, ValueInput
from tui_chat.ui.settings.rows import ROWS, RowKind, SettingRow, Value
from tui_chat.ui.settings.rows_dialog import RowsDialog

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.config.settings import Settings


class SettingsStore(Protocol):
    """Holds the settings, and applies a change at once."""

    @property
    def settings(self) -> Settings:
        """The settings in use."""

    @property
    def file(self) -> Path:
        """The configuration."""

    async def save(self, row: SettingRow, value: Value) -> None:
        """Save a value in config.toml and use it; None removes it.

        Raises:
            ConfigError: The file cannot be changed; the hint shows the line to add.
        """

    async def change_keys(self) -> None:
        """Open the dialog of the keys."""


class SettingsScreen(RowsDialog):
    """One row for each setting. Enter changes it, Delete removes it from config.toml."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,right", "step", N_("change"), id="settings.step", tooltip=N_("Another value")
        ),
        Binding(
            "delete,backspace",
            "reset",
            N_("default"),
            id="settings.reset",
            tooltip=N_("Back to the default"),
        ),
    ]

    def __init__(self, store: SettingsStore) -> None:
        super().__init__(_("Settings of the program"))
        self._store = store

    def on_mount(self) -> None:
        """List the settings."""
        hint = _("↑↓ setting   Enter change   Del default   Esc close")
        self.query_one("#panel").border_subtitle = hint
        self._list.focus()
        self._show(0)

    @property
    def _row(self) -> SettingRow:
        return ROWS[self._list.highlighted or 0]

    @property
    def _value(self) -> Value:
        return self._row.value_of(self._store.settings)

    def action_step(self) -> None:
        """Switch to the other value of a row that has two."""
        if self._row.kind in (RowKind.FLAG, RowKind.CHOICE):
            self._change()
        else:
            self.app.bell()

    def action_reset(self) -> None:
        """Remove the setting from config.toml."""
        if self._row.kind is RowKind.KEYS:
            self._change()
        else:
            self._save(None)

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        row = self._row
        self.remove_class("refused")
        line = row.line(self._value) or _("not in config.toml: the default is used")
        self._told.update(
            Content.assemble(_(row.tooltip), "\n", (sanitize_line(line, 200), "$foreground 60%"))
        )

    @on(OptionList.OptionSelected)
    def _change(self) -> None:
        row = self._row
        if row.kind is RowKind.FLAG:
            self._save(not self._value)
        elif row.kind is RowKind.CHOICE:
            values = [value for value, _label in row.choices]
            at = values.index(str(self._value)) if self._value in values else -1
            self._save(values[(at + 1) % len(values)])
        else:
            self.run_worker(self._ask(row), group="ask", exclusive=True)

    async def _ask(self, row: SettingRow) -> None:
        if row.kind is RowKind.KEYS:
            await self._store.change_keys()
            self._show(ROWS.index(row))
        elif row.kind is RowKind.THEME:
            await self._choose_theme()
        elif row.kind is RowKind.LANGUAGE:
            await self._choose_language(row)
        else:
            current = self._value
            text = await self.app.push_screen_wait(
                ValueInput(row, "" if current is None else str(current))
            )
            if text is not None:
                self._save(row.parsed(text))

    async def _choose_theme(self) -> None:
        before = self.app.theme
        names = sorted(self.app.available_themes)

        def preview(name: str) -> None:
            self.app.theme = name

        dialog = ChoiceList(_("Theme"), [(name, name) for name in names], before, preview)
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is not None:
            self._save(chosen)

    async def _choose_language(self, row: SettingRow) -> None:
        choices = [(code, language_name(code)) for code in languages()]
        current = str(self._value or language_of(os.environ))
        # The texts on the screen stay as they are, so there is nothing to preview.
        dialog = ChoiceList(_(row.title), choices, current, lambda _code: None)
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is not None:
            self._save(chosen)

    def _save(self, value: Value) -> None:
        self.run_worker(self._saved(self._row, value), group="save")

    async def _saved(self, row: SettingRow, value: Value) -> None:
        try:
            await self._store.save(row, value)
        except ConfigError as error:
            self.add_class("refused")
            self._told.update(Content(sanitize(error.message)))
            return
        # The user may be at another row by now.
        self._show(self._list.highlighted or 0)

    def _show(self, highlighted: int) -> None:
        settings = self._store.settings
        rows = []
        for row in ROWS:
            value = row.value_of(settings)
            if row.kind is RowKind.THEME and not value:
                value = self.app.theme
            title = Content(_(row.title)).truncate(20, ellipsis=True, pad=True)
            shown = Content(sanitize_line(row.shown(value), 40))
            style = "$text-accent" if value != row.default else ""
            rows.append(Option(Content.assemble(title, "  ", (shown.plain, style))))
        self._list.clear_options()
        self._list.add_options(rows)
        self._list.highlighted = highlighted
        self._explain()
