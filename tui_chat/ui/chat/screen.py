"""The chat screen: the column of the open conversation, and its start and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_chat.config.choices.side_panel_choice import load_side_panel
from tui_chat.core.labels import N_
from tui_chat.ui.chat.column import ChatColumn
from tui_chat.ui.chat.host import Host
from tui_chat.ui.chat.side_room import SideRoom
from tui_chat.ui.chat.stop_key import StopKey
from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.commands.table import COMMANDS
from tui_chat.ui.prompt.prompt_input import PromptInput
from tui_chat.ui.terminal.input.key_queue import caught_up
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.textual_internals import forget_shown, use_row_compositor

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.controllers import Controllers
    from tui_chat.ui.open_services import ServicesOpener


class ChatScreen(Screen[None], FlatBackground):
    """Shows one conversation.

    Attributes:
        host: Runs and reports the work of the controllers.
    """

    DEFAULT_CSS = """
    ChatScreen { align-horizontal: center; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "stop",
            N_("stop"),
            id="turn.stop",
            tooltip=N_("Stop; to the prompt; twice: clear it"),
        ),
        *bindings_for(COMMANDS),
    ]

    def __init__(self, launch: Launch, opener: ServicesOpener) -> None:
        super().__init__()
        is_wanted = load_side_panel(launch.paths.state_dir, configured=launch.ui.side_panel)
        self._side_room = SideRoom(is_wanted=is_wanted)
        self._column = ChatColumn(launch.ui, self._side_room)
        self._column.host = self.host = Host(self, self._column, launch, opener)
        self._stop_key = StopKey(self, self._column, self.host)
        use_row_compositor(self)

    def compose(self) -> ComposeResult:
        """Yield the widgets of the first paint."""
        yield self._column
        yield self._side_room

    def on_mount(self) -> None:
        """Focus the prompt at once; everything else is opened after the first paint."""
        self._column.prompt.focus()
        self._column.title.show("tui-chat")
        self.watch(self, "focused", self.host.show_keys, init=False)
        self.call_after_refresh(
            self.run_worker, self.host.opening.open, group="start", description="opening"
        )

    def on_resize(self, event: events.Resize) -> None:
        """Show or hide the side panel."""
        self._side_room.note_width(event.size.width)

    def on_screen_suspend(self) -> None:
        """Forget the painted rows: another screen takes the terminal."""
        forget_shown(self)

    @property
    def services(self) -> Services | None:
        """The services; None before they are open."""
        return self.host.opening.services

    @property
    def session(self) -> ChatSession | None:
        """The session of the open conversation; None before it is open, or without an endpoint."""
        return self.host.session

    @property
    def is_open(self) -> bool:
        """True if everything on the screen works."""
        return self.host.opening.is_open

    @property
    def parts(self) -> Controllers | None:
        """The controllers; None before everything on the screen works."""
        return self.host.parts

    @property
    def is_busy(self) -> bool:
        """True if a turn runs in the open session, or a question waits for one."""
        return self.host.is_busy

    def key_nodes(self) -> list[DOMNode]:
        """Return the widgets with keys of their own, for the key help."""
        prompt = self._column.prompt
        if (parts := self.parts) is None:
            return [prompt]
        page = parts.start.page
        start = [page] if page is not None else []
        return [prompt, parts.messages, *parts.find.key_nodes, *start]

    # Keys

    def key_escape(self) -> None:
        """Leave a selection to `action_stop`, which Textual would clear before it."""

    def stop_at_once(self) -> bool:
        """Stop the running answer if Esc would; return whether it did."""
        return self._stop_key.stop_at_once()

    @on(PromptInput.StopWanted)
    def action_stop(self) -> None:
        """Clear a selection, stop the answer, or go back to the prompt: the first that applies."""
        self._stop_key.press()

    def action_command(self, name: str) -> None:
        """Run a command."""
        if (parts := self.parts) is not None:
            parts.commands.do(name)

    # The end

    def may_quit(self) -> bool:
        """Return whether the program may end; report it if not."""
        parts = self.host.opening.early_parts
        return parts is None or parts.conversations.may_quit()

    async def save_draft(self) -> None:
        """Save the text in the prompt."""
        if (parts := self.host.opening.early_parts) is not None:
            await parts.conversations.drafts.save()

    async def close_down(self) -> None:
        """Stop the answer and save the draft; called before the program ends."""
        await caught_up(self._column.prompt)
        await self.host.submitting.stopped()
        await self.save_draft()
