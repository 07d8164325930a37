"""The app: theme, global keys, key order, clipboard, quitting."""

from __future__ import annotations

import asyncio
import logging
import traceback
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from textual import events, on
from textual.driver import Driver

from tui_chat.config.choices.theme_choice import THEME_PATH, forget_kept_theme, kept_theme
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.ui.chat.screen import ChatScreen
from tui_chat.ui.chat.side_room import BESIDE_PANEL, PANEL_WIDTH
from tui_chat.ui.commands.call_table import CALL_COMMANDS
from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.commands.cursor_table import CURSOR_COMMANDS
from tui_chat.ui.commands.entry import entries_of
from tui_chat.ui.commands.table import APP_COMMANDS
from tui_chat.ui.common.copying import Copying, CopyKind, CopyWanted
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.links import LinksWanted, LinkWanted, open_link
from tui_chat.ui.open_services import ServicesOpener, open_services
from tui_chat.ui.terminal.attention import Attention
from tui_chat.ui.terminal.input.key_queue import InOrder, KeyQueue
from tui_chat.ui.terminal.input.mouse import is_on_removed, keep_focus
from tui_chat.ui.terminal.suspending import NO_SHELL_WORDS, has_shell, stop_job
from tui_chat.ui.terminal.terminal_app import TerminalApp
from tui_chat.ui.terminal.textual_internals import bindings_of, has_screens, keymap_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import Binding, BindingType
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.theme import Theme

    from tui_chat.session.launch import Launch
    from tui_chat.session.saving.shutdown_recovery import UnsavedWork
    from tui_chat.ui.commands.entry import Entry

log = logging.getLogger(__name__)

_CONFIG_POLL_S: Final = 1.0
"""Seconds between two checks of config.toml."""
_SCREENSHOT_DELAY_S: Final = 0.1
_LAST_KEYS_S: Final = 0.02
"""Seconds after a signal in which keys are still read."""


@runtime_checkable
class HasKeys(Protocol):
    """A screen over the chat that has keys of its own."""

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the heading and the widgets of the keys, for the key help."""


class ChatApp(TerminalApp, inherit_bindings=False):
    """The application: hosts the screens and routes keys, copies and links."""

    TITLE = "tui-chat"
    ENABLE_COMMAND_PALETTE = True

    # Textual lays toasts over the screen. Here they take rows of their own at the top, in the
    # layer of everything else, so that they never cover what has the focus.
    CSS = f"""
    ToastRack {{
        layer: default;
        dock: top;
        align: right top;
        margin: 0;
        max-height: 40%;
        overflow-y: auto;
    }}
    .{BESIDE_PANEL} ToastRack {{ width: 100%; margin: 0 0 0 {PANEL_WIDTH}; }}
    Toast {{ width: auto; max-width: 100%; margin: 0; padding: 0 1; }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(APP_COMMANDS)]

    _known_theme: Theme | None = None

    def __init__(self, launch: Launch, opener: ServicesOpener = open_services) -> None:
        """Create the app; nothing is opened yet.

        Args:
            launch: The options, the environment and the settings.
            opener: Opens the services after the first paint.
        """
        super().__init__()
        self.attention = Attention(self.write_to_terminal, launch.env)
        self._launch = launch
        self._config_watch = launch.config_watch
        self._chat = ChatScreen(launch, opener)
        self._key_queue = KeyQueue(self)
        self._copying = Copying(
            self,
            launch,
            write=self.write_to_terminal,
            may_write=lambda: not (self._chat.session or launch).is_temporary,
            on_copied=self.set_pasted_text,
            show_notice=self._chat.host.show_notice,
        )
        ui = launch.ui
        if ui.theme and ui.theme not in self.available_themes:
            self._register_user_themes()
        self._theme_lock = asyncio.Lock()
        self._unsaved_theme: str | None = None
        self._kept_theme = kept_theme(launch.paths.state_dir, ui.theme)
        for theme in (self._kept_theme, ui.theme):
            if theme in self.available_themes:
                self.theme = theme
                break
        self.watch(self, "theme", self._keep_theme, init=False)
        if ui.reduced_motion:
            self.animation_level = "none"
        self.set_keymap(dict(launch.keys))

    def on_mount(self) -> None:
        """Check the keys and the theme of the configuration in the background."""
        has_themes = self._launch.paths.themes_dir.is_dir()
        if self._launch.keys or self._launch.ui.theme or has_themes:
            self.run_worker(self._check_settings(), group="settings", description="settings")
        if self._kept_theme is not None:
            self._keep_theme(self._kept_theme)
        self.set_interval(_CONFIG_POLL_S, self.check_config_file)

    def check_config_file(self) -> None:
        """Report that an edited config.toml takes effect after a restart."""
        if self._config_watch.has_changed():
            self._chat.host.opening.report_later(
                _("config.toml was changed. Restart tui-chat to apply it.")
            )

    async def _check_settings(self) -> None:
        if self._launch.paths.themes_dir.is_dir():
            module = await asyncio.to_thread(import_module, "tui_chat.ui.settings.user_themes")
            found = await asyncio.to_thread(module.load_user_themes, self._launch.paths.themes_dir)
            for theme in found[0]:
                self.register_theme(theme)
        check = await asyncio.to_thread(import_module, "tui_chat.ui.config_check.check")
        for problem in await asyncio.to_thread(check.ui_problems, self._launch):
            self._chat.host.opening.report_later(problem.message)

    def get_default_screen(self) -> Screen[None]:
        """Return the chat screen; pushing it later would cost a second layout."""
        return self._chat

    @property
    def current_theme(self) -> Theme:
        """The theme in use, cached.

        Textual reads it for every painted line and copies the list of all themes twice each time:
        a tenth of the work while an answer streams (measured, 8.2).
        """
        known = self._known_theme
        if known is None or known.name != self.theme:
            known = self._known_theme = super().current_theme
        return known

    def take_first(self, key: events.Key) -> bool:
        """Handle the stop key, and the quit key in a flood of keys, ahead of all queues.

        A key passes the queues of the app, the screen and the prompt, and each of them is slow in a
        flood of deltas (measured: 100 ms in all; the budget is 20).
        """
        if self._has_key(key, "app.quit", "ctrl+q") and self._key_queue.is_flooded:
            # A program types faster than the keys can be handled in order.
            self._key_queue.drop()
            self.call_later(self.action_quit)
            return True
        is_ours = self._has_key(key, "turn.stop", "escape") and self.screen_stack[-1:] == [
            self._chat
        ]
        return is_ours and self._chat.stop_at_once()

    def _has_key(self, key: events.Key, binding: str, default: str) -> bool:
        return key.key in keymap_of(self).get(binding, default).split(",")

    async def on_event(self, event: events.Event) -> None:
        """Deliver keys and focus reports in order; the stop key works with any driver."""
        if isinstance(event, events.MouseEvent) and not event.is_forwarded and has_screens(self):
            if not is_on_removed(self.screen, event):
                with keep_focus(self.screen, event):
                    await super().on_event(event)
        elif not isinstance(event, InOrder) or event.is_forwarded:
            await super().on_event(event)
        elif self._is_taken_first(event):
            self._key_queue.skip(event)
        elif not self._key_queue.holds(event):
            target = self.focused or self.screen
            self.attention.note(event)
            await super().on_event(event)
            self._key_queue.note(event, target)

    def _is_taken_first(self, event: InOrder) -> bool:
        # At the end there is no screen that could take a key.
        is_late = not has_screens(self)
        return is_late or (isinstance(event, events.Key) and self.take_first(event))

    def _register_user_themes(self) -> None:
        """Register the themes beside config.toml before the first paint, which needs one."""
        if self._launch.paths.themes_dir.is_dir():
            from tui_chat.ui.settings.user_themes import load_user_themes

            for theme in load_user_themes(self._launch.paths.themes_dir)[0]:
                self.register_theme(theme)

    def _keep_theme(self, theme: str) -> None:
        """Save a theme that was chosen while the program runs; a preview is not saved."""
        if not any(getattr(screen, "previews_theme", False) for screen in self.screen_stack):
            self._unsaved_theme = theme
            self.run_worker(self._save_theme(), group="theme", description="theme")

    async def _save_theme(self) -> None:
        """Save the theme that was chosen last."""
        launch = self._launch
        editing = await asyncio.to_thread(import_module, "tui_chat.config.editing.changes")
        async with self._theme_lock:
            theme = self._unsaved_theme
            if theme is None or theme == launch.ui.theme:
                return
            # Pending until it is saved: a shutdown cancels this worker, and saves what is left.
            try:
                save = editing.save_setting
                with launch.config_watch.own_change():
                    await asyncio.to_thread(save, launch.paths.config_file, THEME_PATH, theme)
            except ConfigError as error:
                self._unsaved_theme = None
                text = _("The theme is not saved. {reason}").format(reason=error.message)
                self._chat.host.show_notice(text, "warning")
                return
            if self._unsaved_theme == theme:
                self._unsaved_theme = None
            forget_kept_theme(launch.paths.state_dir)
            launch.reload_settings()

    async def close_services(self) -> UnsavedWork | None:
        """Close the services after pending writes.

        Returns:
            The messages that could not be saved; None if there are none.
        """
        await self._save_theme()
        services = self._chat.services
        if services is None:
            return None
        await services.aclose()
        return services.unsaved_work

    async def action_quit(self) -> None:
        """Save everything and quit; a running answer or a temporary conversation is asked about."""
        if self._chat.may_quit():
            await self.save_and_exit()

    async def save_and_exit(self) -> None:
        """Save everything and quit."""
        await self._chat.close_down()
        self.exit()

    async def action_suspend(self) -> None:
        """Save the draft and suspend to the shell, if there is one."""
        if not self.can_suspend or not has_shell():
            self._chat.host.show_notice(_(NO_SHELL_WORDS))
            return
        await self._chat.save_draft()
        stop_job()

    @on(Driver.SignalResume)
    def _repaint(self) -> None:
        """Repaint everything: the shell has drawn on the terminal."""
        self._chat.on_screen_suspend()
        self.refresh(layout=True)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from tui_chat.ui.commands.palette import CommandProvider, Palette

        if not isinstance(self.screen, Palette):
            palette = Palette(
                [CommandProvider], placeholder=_("Search for commands…"), id="--command-palette"
            )
            self.push_screen(palette)

    def palette_entries(self) -> Iterable[Entry]:
        """Return the commands that can be run now; over a dialog, those of the app."""
        if self._chat.parts is not None and self.screen_stack[-2:-1] in ([], [self._chat]):
            return [*self._chat.parts.commands.entries(), *self._chat.parts.library.entries()]
        return entries_of(
            APP_COMMANDS,
            partial(key_of, self),
            lambda command: self.call_later(self.run_action, command.action),
        )

    def search_themes(self) -> None:
        """Open a palette of the themes."""
        from textual.theme import ThemeProvider

        from tui_chat.ui.commands.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder=_("Search for themes…")))

    def action_explain_keys(self) -> None:
        """Explain that Ctrl+C neither stops nor quits."""
        self._chat.host.show_notice(_("Esc stops an answer, Ctrl+Q quits."))

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a selection the same way as every `CopyWanted`."""
        self._copy(CopyWanted(text, CopyKind.SELECTION))

    @on(CopyWanted)
    def _copy(self, event: CopyWanted) -> None:
        self._copying.copy(event)

    @on(LinkWanted)
    def _open_link(self, event: LinkWanted) -> None:
        work = open_link(
            event.target, self._launch.env, copy=self._copy, show_notice=self._chat.host.show_notice
        )
        self.run_worker(work, group="link", exclusive=True)

    @on(LinksWanted)
    def _choose_link(self, event: LinksWanted) -> None:
        from tui_chat.ui.messages.link_picker import LinkPicker

        def open_chosen(target: str | None) -> None:
            if target is not None:
                self.post_message(LinkWanted(target))

        self.push_screen(LinkPicker(event.links), open_chosen)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open a link ourselves: Textual may start a console browser over the screen."""
        self.post_message(LinkWanted(url))

    def leave(self) -> None:
        """Quit from a signal handler."""
        # Keys typed before the signal may arrive after it.
        loop = asyncio.get_running_loop()
        loop.call_later(_LAST_KEYS_S, self.call_later, self.save_and_exit)

    def action_help(self) -> None:
        """Show or hide the key help."""
        from tui_chat.ui.help.key_help import KeyHelp
        from tui_chat.ui.help.key_rows import key_groups, key_rows

        if isinstance(self.screen, KeyHelp):
            self.screen.dismiss(None)
            return
        nodes = [*self._chat.key_nodes(), self._chat, self]
        bindings = [*bindings_of(nodes), *bindings_for((*CALL_COMMANDS, *CURSOR_COMMANDS))]
        groups = key_groups(bindings, keymap_of(self))
        if isinstance(self.screen, HasKeys):
            heading, nodes = self.screen.key_group()
            groups.insert(0, (heading, key_rows(bindings_of(nodes), keymap_of(self))))
        self.push_screen(KeyHelp(groups))

    def action_save_screenshot(self) -> None:
        """Save an SVG of the screen."""
        # After the palette has closed.
        self.set_timer(_SCREENSHOT_DELAY_S, self.deliver_screenshot)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Do nothing: `config_check` reports both actions."""

    def report_crash(self, error: BaseException | None) -> str:
        """Log an unexpected exception, and say where."""
        if not logging.getLogger().handlers:
            # The crash came before the log was opened.
            from tui_chat.session.log_file import log_to

            log_to(self._launch.paths.log_file)
        if error is not None:
            log.critical("%s", "".join(traceback.format_exception(error)))
        return _(
            "tui-chat stopped because of a bug. Your conversation is saved.\nDetails are in {file}"
        ).format(file=self._launch.paths.log_file)
