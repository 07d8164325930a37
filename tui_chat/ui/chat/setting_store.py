"""Saves settings in config.toml and applies them to the running chat."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Final

from tui_chat.config.choices.side_panel_choice import save_side_panel
from tui_chat.ui.terminal.input.mouse import set_mouse
from tui_chat.ui.terminal.textual_internals import driver_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tui_chat.config.settings import Settings
    from tui_chat.session.services import Services
    from tui_chat.ui.chat.column import ChatColumn
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.settings.rows import SettingRow, Value


DEFAULT_THEME: Final = "textual-dark"


class SettingStore:
    """The settings of this run."""

    def __init__(self, host: ChatHost, services: Services, column: ChatColumn) -> None:
        self._host = host
        self._services = services
        self._column = column

    @property
    def settings(self) -> Settings:
        """The settings in use."""
        return self._services.launch.settings

    @property
    def file(self) -> Path:
        """The configuration."""
        return self._services.launch.paths.config_file

    async def save(self, row: SettingRow, value: Value) -> None:
        """Save a value in config.toml and use it; None removes it.

        Raises:
            ConfigError: The file cannot be changed; the hint shows the line to add.
        """
        editing = await asyncio.to_thread(import_module, "tui_chat.config.editing.changes")
        launch = self._services.launch
        with launch.config_watch.own_change():
            await asyncio.to_thread(editing.save_setting, self.file, row.path, value)
        launch.reload_settings()
        if (apply := self._appliers().get(row.path)) is not None:
            apply()

    async def save_keys(self, keys: Mapping[str, str | None]) -> None:
        """Save keys by action in config.toml and use them; None is the default.

        Raises:
            ConfigError: The file cannot be changed.
        """
        editing = await asyncio.to_thread(import_module, "tui_chat.config.editing.config_file")
        change = {("keys", name): key for name, key in keys.items()}
        launch = self._services.launch
        with launch.config_watch.own_change():
            await asyncio.to_thread(editing.edit_config, self.file, lambda _before: change)
        launch.reload_settings()
        self._host.app.set_keymap(dict(self._services.launch.keys))
        self._host.show_keys()

    async def change_keys(self) -> None:
        """Open the dialog of the keys."""
        from tui_chat.ui.settings.key_table import KeyTable
        from tui_chat.ui.settings.keys_screen import KeysScreen

        # The bindings of all rooms, which only a layer above the chat knows.
        defaults = await asyncio.to_thread(import_module, "tui_chat.ui.config_check.default_keys")
        table = KeyTable(defaults.binding_groups(), self._services.launch.keys)
        await self._host.app.push_screen_wait(KeysScreen(table, self))

    def _appliers(self) -> dict[tuple[str, ...], Callable[[], None]]:
        """Return what uses a new value at once; the other values are read when they are needed."""
        settings, app = self.settings, self._host.app

        def set_motion() -> None:
            app.animation_level = "none" if settings.ui.reduced_motion else "full"

        def set_blink() -> None:
            self._column.prompt.cursor_blink = settings.ui.cursor_blink

        def set_theme() -> None:
            # Without a theme in config.toml: Textual's default.
            app.theme = settings.ui.theme or DEFAULT_THEME

        def set_panel() -> None:
            is_wanted = settings.ui.side_panel
            self._column.side_room.want(is_wanted=is_wanted)
            state_dir = self._services.launch.paths.state_dir
            save_side_panel(state_dir, is_shown=is_wanted, configured=is_wanted)

        return {
            ("ui", "side_panel"): set_panel,
            ("ui", "width"): lambda: self._column.set_width(settings.ui.width),
            ("ui", "mouse"): lambda: set_mouse(driver_of(app), has_mouse=settings.ui.mouse),
            ("ui", "reduced_motion"): set_motion,
            ("ui", "cursor_blink"): set_blink,
            ("ui", "theme"): set_theme,
            ("answer_language",): lambda: self._services.sessions.set_answer_language(
                settings.answer_language
            ),
        }
