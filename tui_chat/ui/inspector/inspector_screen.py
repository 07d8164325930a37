"""Wire view (F12): the current or last request and its response, live."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Static

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.inspector.decode_events import safe_text
from tui_chat.ui.inspector.exchange_lines import Mode
from tui_chat.ui.inspector.exchange_view import WireLog
from tui_chat.ui.inspector.save_exchange import save, snapshot
from tui_chat.ui.labels import cost_label
from tui_chat.ui.text_view.line_view import HEAD, LineView
from tui_chat.ui.text_view.wrapped_lines import ViewLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult

    from tui_chat.core.http_exchange import Exchange

POLL_S: Final = 0.1
"""Polling interval; nothing is drawn without changes."""
_YIELD_S: Final = 0.005
_FOOTER: Final = (
    ("wire.close", N_("close")),
    ("wire.follow", N_("follow")),
    ("wire.pause", N_("pause")),
    ("wire.search", N_("search")),
    ("wire.mode", N_("raw/decoded")),
    ("wire.save", N_("save")),
    ("lines.start", N_("start")),
    ("lines.end", N_("end")),
)
_FOOTER_SEARCH: Final = (
    ("wire.next", N_("next match")),
    ("wire.previous", N_("previous")),
    *_FOOTER[:6],
)
_FOOTER_INPUT: Final = ((N_("Enter"), N_("first match")), (N_("Esc"), N_("end search")))


class WireView(Screen[None]):
    """Shows the current or last request and its response while it arrives."""

    DEFAULT_CSS = """
    WireView {
        #wire-title { text-style: bold; }
        #lines { height: 1fr; padding: 0 1; border-top: solid $foreground 20%; }
        #wire-search-box { height: 1; display: none; }
        #wire-search-mark { width: 2; padding-left: 1; color: $accent; }
        #wire-status { color: $text-muted; border-top: solid $foreground 20%; height: 2; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "back",
            N_("close"),
            id="wire.close",
            tooltip=N_("Close; the answer continues"),
        ),
        Binding("q,f12", "close", N_("close"), id="wire.quit", show=False),
        Binding("f", "follow", N_("follow"), id="wire.follow", tooltip=N_("Follow the end on/off")),
        Binding(
            "space,p",
            "pause",
            N_("pause"),
            id="wire.pause",
            tooltip=N_("Pause the view; recording continues"),
        ),
        Binding("slash", "search", N_("search"), id="wire.search", tooltip=N_("Search")),
        Binding("n", "match(1)", N_("next"), id="wire.next", tooltip=N_("Next match")),
        Binding("N", "match(-1)", N_("previous"), id="wire.previous", tooltip=N_("Previous match")),
        Binding(
            "r",
            "mode",
            N_("raw"),
            id="wire.mode",
            tooltip=N_("Cycle: decoded and raw, raw, decoded"),
        ),
        Binding("s", "save", N_("save"), id="wire.save", tooltip=N_("Save as JSON Lines")),
    ]

    def __init__(
        self,
        source: Callable[[], Exchange | None],
        redact: Callable[[str], str],
        save_folder: Path,
    ) -> None:
        """Create a view; nothing is read before it is mounted.

        Args:
            source: Returns the current or last request.
            redact: Redacts a text.
            save_folder: Target folder of `s`; created if missing.
        """
        super().__init__()
        self._source = source
        self._redact = redact
        self._save_folder = save_folder
        self._title = TitleLine(id="wire-title")
        self._lines = LineView(lambda text: safe_text(text, redact), id="lines")
        self._input = SearchInput(id="wire-search")
        self._status = TitleLine(id="wire-status")
        self._footer = KeyFooter()
        self._log: WireLog | None = None
        self._mode = Mode.BOTH
        self._is_paused = False
        self._is_behind = False

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield self._title
        yield self._lines
        with Horizontal(id="wire-search-box"):
            yield Static("/", id="wire-search-mark", markup=False)
            yield self._input
        yield self._status
        yield self._footer

    def on_mount(self) -> None:
        """Show the current state and start polling."""
        self._lines.focus()
        self._lines.show(
            HEAD, [ViewLine(_("No request yet in this conversation."), "quiet", keeps_words=True)]
        )
        self._title.show(_("Wire"))
        self._lines.follow()
        self._poll()
        self._show_status()
        self.watch(self, "focused", self._show_keys)
        self.set_interval(POLL_S, self._poll)

    # Display

    def _poll(self) -> None:
        """Show new events."""
        exchange = self._source()
        if self._is_paused or exchange is None:
            self._show_status()
            return
        log = self._log
        if log is None or log.exchange is not exchange:
            log = self._log = WireLog(exchange, self._lines, self._mode)
        if log.update():
            self._show_status()
        # The cost is known some time after the last event.
        self._show_title(log)
        if log.waiting and not self._is_behind:
            # Work on the backlog in slices, with keys and painting in between.
            self._is_behind = True
            self.set_timer(_YIELD_S, self._catch_up)

    def _catch_up(self) -> None:
        self._is_behind = False
        self._poll()

    def _show_title(self, log: WireLog) -> None:
        exchange = log.exchange
        title = sanitize_line(safe_text(f"{exchange.method} {exchange.url}", self._redact), 300)
        facts = [str(exchange.status)]
        if exchange.status is None:
            facts = [_("no response") if exchange.ended else _("no response yet")]
        if log.events:
            facts.append(ngettext("{count} event", "{count} events", log.events))
        if exchange.cost is not None:
            facts.append(cost_label(exchange.cost))
        self._title.show(title, " · ".join(facts))

    def _show_status(self) -> None:
        """Show the state and the search result; draws only on a change."""
        search = self._lines.search
        found = ""
        if search.query:
            position = f"{search.position:,}/" if search.position else ""
            found = f"{position}{search.count:,}" if search.count else _("no match")
            found = f"“{search.query}” {found}"
        self._status.show(f"{self._state()} · {_(self._mode.value)}", found)

    def _state(self) -> str:
        if not self._is_paused:
            return _("following") if self._lines.is_following else _("not following")
        log = self._log
        if log is not None and self._source() is not log.exchange:
            return _("paused · new request sent")
        if log is not None and log.waiting:
            return ngettext("paused · {count} more", "paused · {count} more", log.waiting)
        return _("paused")

    def _show_keys(self) -> None:
        if self.focused is self._input:
            self._footer.show([(_(key), _(label)) for key, label in _FOOTER_INPUT])
            return
        keys = live_keys(self)
        entries = _FOOTER_SEARCH if self._lines.search.query else _FOOTER
        self._footer.show([(keys[key], _(label)) for key, label in entries if key in keys])

    @on(LineView.FollowingChanged)
    def _following_changed(self) -> None:
        self._show_status()

    # Keys

    def action_close(self) -> None:
        """Close the view; the answer continues."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Close the search, or else the view."""
        if self._input.has_focus:
            self._input.value = ""
            self._lines.search_for("")
            self._close_search()
        else:
            self.action_close()

    def action_follow(self) -> None:
        """Start or stop following the end."""
        self._lines.follow(is_following=not self._lines.is_following)

    def action_pause(self) -> None:
        """Pause the view, or continue and catch up."""
        self._is_paused = not self._is_paused
        self._poll()
        self._show_status()

    def action_mode(self) -> None:
        """Switch to the next display mode."""
        self._mode = self._mode.next
        if self._log is not None:
            self._log.change_mode(self._mode)
        self._show_status()

    def action_search(self) -> None:
        """Open the search input."""
        self.query_one("#wire-search-box").display = True
        self._input.focus()

    def action_match(self, direction: int) -> None:
        """Go to the next or previous match."""
        if self._lines.go_to_match(direction) is None:
            self.app.bell()
        self._show_status()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._lines.search_for(event.value)
        self._show_status()

    @on(Input.Submitted)
    def _searched(self) -> None:
        self._close_search()
        if self._lines.search.query:
            self.action_match(1)

    def _close_search(self) -> None:
        self.query_one("#wire-search-box").display = False
        self._lines.focus()
        self._show_status()

    def action_save(self) -> None:
        """Save the exchange to a file and notify the user."""
        if self._log is None:
            self.app.bell()
            return
        work = self._save(snapshot(self._log.exchange))
        # A worker of the app, so that closing this screen does not cancel the notification.
        self.app.run_worker(work, group="save", description="save the exchange")

    async def _save(self, exchange: Exchange) -> None:
        now = datetime.now().astimezone()
        try:
            path = await asyncio.to_thread(save, exchange, self._redact, self._save_folder, now)
        except ConfigError as error:
            self._warn(error.message)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            message = _("Cannot save in {folder}: {reason}.")
            self._warn(message.format(folder=self._save_folder, reason=reason))
        else:
            saved = _("Saved as {path}").format(path=sanitize(str(path)))
            self.notify(saved, timeout=8, markup=False)

    def _warn(self, message: str) -> None:
        self.notify(sanitize(message), severity="warning", timeout=12, markup=False)
