"""The chat screen: messages, prompt, status line, footer."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui_chat.core.labels import N_, _
from tui_chat.ui.chat.command_table import command_bindings
from tui_chat.ui.chat.status_line import HoldsWhile, StatusLine
from tui_chat.ui.chat.submitting import Submitting
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import key_of, live_keys
from tui_chat.ui.common.notifier import NOTICE_S, Notifier, Severity
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.help.footer_keys import footer_keys
from tui_chat.ui.labels import more_below_label, start_notices
from tui_chat.ui.prompt.prompt_box import PromptBox
from tui_chat.ui.prompt.prompt_input import ClearStep, PromptInput
from tui_chat.ui.terminal.gc_tuning import IdleCollector, keep_loaded
from tui_chat.ui.terminal.input.key_queue import caught_up
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.textual_internals import forget_shown, use_row_compositor

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.core.errors import StorageError
    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.controllers import Controllers
    from tui_chat.ui.find.find_bar import FindBar
    from tui_chat.ui.messages.message_list import MessageList
    from tui_chat.ui.messages.virtual_list import VirtualList
    from tui_chat.ui.open_services import ServicesOpener

_CLEAR_TEXTS: Final = {
    ClearStep.ARMED: (
        N_("Esc again clears the prompt; {key} restores it"),
        HoldsWhile.PROMPT_UNCHANGED,
    ),
    ClearStep.CLEARED: (N_("Cleared; {key} restores it"), HoldsWhile.PROMPT_EMPTY),
}


class ChatScreen(Screen[None], FlatBackground):
    """Shows one conversation and connects its controllers."""

    DEFAULT_CSS = """
    ChatScreen {
        align-horizontal: center;
        #column { height: 100%; }
        #title { text-style: bold; }
        #messages { height: 1fr; layers: default above; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "stop",
            N_("stop"),
            id="turn.stop",
            tooltip=N_("Stop; to the prompt; twice: clear it"),
        ),
        *command_bindings(),
    ]

    def __init__(self, launch: Launch, opener: ServicesOpener) -> None:
        super().__init__()
        self._launch = launch
        self._opener = opener
        self._later: list[str] = []
        self._title = TitleLine(id="title")
        self._prompt = PromptInput(cursor_blink=launch.ui.cursor_blink)
        self._status = StatusLine()
        self._notifier = Notifier(self, self._status)
        self._footer = KeyFooter()
        use_row_compositor(self)
        self._submitting = Submitting(self, launch, self._prompt, self._status)
        self._collector = IdleCollector(self, lambda: self.is_busy)
        # Made after the first paint.
        self._messages: MessageList
        self._parts: Controllers | None = None
        self._is_open = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Yield the widgets of the first paint; the messages come after it."""
        with Vertical(id="column") as column:
            # Plus margin, edge, a space at each side, and the scroll bar.
            column.styles.max_width = self._launch.ui.width + 5
            yield self._title
            yield Vertical(id="messages")
            yield PromptBox(self._prompt)
            yield self._status
            yield self._footer

    def on_screen_suspend(self) -> None:
        """Forget the painted rows: another screen takes the terminal."""
        forget_shown(self)

    def on_mount(self) -> None:
        """Focus the prompt at once; everything else is opened after the first paint."""
        self._prompt.focus()
        self._title.show("tui-chat")
        self.watch(self, "focused", self.show_keys, init=False)
        self.call_after_refresh(
            self.run_worker, self._open_services, group="start", description="opening"
        )

    @property
    def services(self) -> Services | None:
        """The services; None before they are open."""
        return self._parts.services if self._parts is not None else None

    @property
    def session(self) -> ChatSession | None:
        """The session of the open conversation; None before it is open, or without an endpoint."""
        return self._parts.conversations.session if self._parts is not None else None

    @property
    def is_open(self) -> bool:
        """True if everything on the screen works."""
        return self._is_open.is_set()

    @property
    def parts(self) -> Controllers | None:
        """The controllers; None before everything on the screen works."""
        return self._parts if self.is_open else None

    @property
    def is_busy(self) -> bool:
        """True if a turn runs in the open session, or a question waits for one."""
        return self._submitting.is_busy

    def may_leave(self) -> bool:
        """Return whether the open conversation may be left; report it if not."""
        return self._parts is None or self._parts.conversations.may_leave()

    async def close_down(self) -> None:
        """Stop the answer and save the draft; called before the program ends."""
        await caught_up(self._prompt)
        await self._submitting.stopped()
        await self.save_draft()

    async def save_draft(self) -> None:
        """Save the text in the prompt."""
        if (parts := self._parts) is not None:
            await parts.conversations.drafts.save()

    def show_notice(
        self, text: str, severity: Severity = "information", timeout_s: float = NOTICE_S
    ) -> None:
        """Show a notification, without markup."""
        self._notifier.show_notice(text, severity, timeout_s)

    def show_status(self, text: str) -> None:
        """Show a text in the status line while no turn runs."""
        self._status.show_idle(text)
        self.show_keys()

    def hide_notice(self) -> None:
        """Hide the notification about an earlier key."""
        self._status.hide_notice()

    def report_later(self, text: str) -> None:
        """Show a warning as soon as everything is open."""
        if self.is_open:
            self._warn(text)
        else:
            self._later.append(text)

    def _warn(self, text: str) -> None:
        self.show_notice(text, "warning", timeout_s=12)

    def key_groups(self) -> list[tuple[str, list[DOMNode]]]:
        """Return the widgets with keys of their own and their headings, for the key help."""
        groups: list[tuple[str, list[DOMNode]]] = [(_("In the prompt"), [self._prompt])]
        if (parts := self.parts) is not None:
            groups += [(_("On a message"), [self._messages]), parts.find.key_group()]
        return groups

    # Opening

    async def _open_services(self) -> None:
        # First, and small: it keeps a question that is sent while the rest is loaded.
        import_module("tui_chat.session.saving.early_question")
        late = await asyncio.to_thread(import_module, "tui_chat.ui.preload")
        self._messages = late.MessageList(
            lambda: self.session,
            lambda it: self.services is not None and self.services.write_buffer.is_unsaved(it),
        )
        await self.query_one("#messages", Vertical).mount(self._messages)
        services = await self._opener(self._launch, self.show_status)
        self._parts = parts = late.controllers(
            self, services, messages=self._messages, prompt=self._prompt, status=self._status
        )
        services.plain_http.question = late.consent_question(self.app)
        await parts.conversations.show_last()
        self.run_worker(parts.external_changes.watch(), group="watch", description="watch")
        services.write_buffer.on_caught_up = self._report_caught_up
        services.write_buffer.on_change = self.show_title
        services.write_buffer.on_failure = self.report_unsaved
        self._is_open.set()
        self._note_draft()
        notices = start_notices(self._launch.settings.problems, services.notices)
        for text in [*notices, *self._later]:
            self._warn(text)
        services.on_notice = self._warn
        if question := self._launch.question:
            self._prompt.set_draft(question)
            self._prompt.action_submit()
        await services.warm_up()
        await asyncio.to_thread(import_module, "tui_chat.ui.preload_screens")
        keep_loaded()
        await self._parts.start.discover()

    # The turn

    @on(PromptInput.Submitted)
    def _accept(self, event: PromptInput.Submitted) -> None:
        self._submitting.accept(event.text)

    async def opened(self) -> None:
        """Wait until everything on the screen works."""
        await self._is_open.wait()

    def show_around(self) -> None:
        """Update the title, the footer, the context meter and the search."""
        if self.is_attached:
            self._collector.note()
            self.show_title()
            self.show_keys()
            if self._parts is not None:
                self._parts.start.note_change()
                self._parts.meter.show(self._prompt.draft if self._prompt.pastes else "")
            if (parts := self.parts) is not None:
                parts.find.note_change()
                parts.titles.note_change()

    def key_escape(self) -> None:
        """Leave a selection to `action_stop`, which Textual would clear before it."""

    def stop_at_once(self) -> bool:
        """Stop the running answer if Esc would; return whether it did."""
        task = self._submitting.task
        if self.selections or not task.is_running or task.is_stopping:
            return False
        task.cancel()
        return True

    @on(PromptInput.StopWanted)
    def action_stop(self) -> None:
        """Clear a selection, stop the answer, or go back to the prompt: the first that applies."""
        if self.selections:
            self.clear_selection()
        elif (task := self._submitting.task).is_running:
            task.cancel()
        elif self._leaves_edit_or_search():
            pass
        elif self.focused is not self._prompt:
            self._prompt.focus()
        elif step := self._prompt.clear_at_second():
            text, holds = _CLEAR_TEXTS[step]
            key = key_of(self.app, "prompt.undo")
            self._status.show_idle(_(text).format(key=key), holds=holds)

    def _leaves_edit_or_search(self) -> bool:
        """Leave an edit or a search; return whether there was one."""
        parts = self.parts
        if parts is None:
            return False
        if self.focused is self._prompt and parts.actions.editing is not None:
            parts.actions.leave_edit()
            return True
        return parts.find.leave()

    def on_message_list_wanted(self, event: MessageList.Wanted) -> None:
        """Run an action on a message."""
        if (parts := self.parts) is not None:
            parts.actions.do(event.action, event.message)

    def on_message_list_notice(self, event: MessageList.Notice) -> None:
        """Show why a key on a message did nothing."""
        self.show_notice(event.text)

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        """Run an action of the search."""
        if (parts := self.parts) is not None:
            parts.find.do(event.action)

    @on(PromptInput.UndoWanted)
    def _undo_delete(self) -> None:
        self.action_command("undo")

    def begin_turn(self, turn: Coroutine[object, object, object]) -> None:
        """Run a turn, and focus the prompt unless a message has the focus."""
        if self._messages.focused_view is None:
            self._prompt.focus()
        self._submitting.begin_turn(turn)

    def action_command(self, name: str) -> None:
        """Run a command."""
        if (parts := self.parts) is not None:
            parts.commands.do(name)

    def focus_prompt(self) -> None:
        """Focus the prompt."""
        self._prompt.focus()

    on_message_list_left = focus_prompt

    # Around the messages

    @on(PromptInput.Changed)
    def _note_draft(self) -> None:
        self._collector.put_off()
        self._status.note_draft_change(self._prompt.draft)
        if (parts := self.parts) is not None and self.session is not None:
            parts.conversations.drafts.note(self.session, self._prompt.draft)

    @on(PromptInput.PastesChanged)
    def _note_pastes(self) -> None:
        self._note_draft()
        self.show_around()

    @on(PromptInput.Left)
    def _enter_messages(self) -> None:
        parts = self.parts
        if parts is None or not (parts.start.enter() or self._messages.enter()):
            self._prompt.action_older_question()

    def on_virtual_list_end_moved(self, event: VirtualList.EndMoved) -> None:
        """Show above the prompt that there is more below the visible messages."""
        key = live_keys(self).get("prompt.follow", "")
        text = "" if event.is_followed else more_below_label(event.new_messages, key)
        self.query_one("#prompt-box").border_title = text

    @on(PromptInput.Followed)
    def _follow(self) -> None:
        if self.is_open:
            self._messages.virtual_list.follow()

    @on(PromptInput.Paged)
    def _page(self, event: PromptInput.Paged) -> None:
        if self.is_open:
            column = self._messages.virtual_list
            scroll = column.scroll_page_up if event.pages < 0 else column.scroll_page_down
            scroll(animate=False)

    def show_title(self) -> None:
        """Update the title line."""
        session = self.session
        if self.is_attached and session is not None and self._parts is not None:
            self.query_one(PromptBox).mark_temporary(session.is_temporary)
            self._title.show(*self._parts.conversations.headline(session))
            self._messages.show_unsaved()

    @on(StatusLine.PauseChanged)
    def show_keys(self) -> None:
        """Update the footer."""
        parts = self.parts
        view = self._messages.focused_view if parts is not None else None
        self._footer.show(
            footer_keys(
                live_keys(self),
                is_running=self._submitting.task.is_running,
                is_pausing=self._status.is_pausing,
                in_messages=view is not None,
                is_editing=parts is not None and parts.actions.editing is not None,
                is_finding=parts is not None and parts.find.is_active,
                in_find_bar=parts is not None and parts.find.has_focus,
                offers=parts.actions.offers(view) if parts and view else (),
            )
        )

    def report_unsaved(self, error: StorageError) -> None:
        """Report that a change is on the screen but not on the disk."""
        is_kept = self.services is not None and self.services.write_buffer.is_behind
        if is_kept:
            text = _("Not saved: {reason} It is kept and saved as soon as possible.")
        else:
            text = _("Not saved: {reason}")
        self.show_notice(text.format(reason=error.message), "warning", timeout_s=15)
        self.show_title()

    def _report_caught_up(self) -> None:
        self.show_notice(_("Everything is saved again."))
        self.show_title()
