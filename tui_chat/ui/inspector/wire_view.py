"""F12: what went over the wire, as it went."""

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
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.key_footer import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.inspector.wire_events import safe_text
from tui_chat.ui.inspector.wire_file import save, snapshot
from tui_chat.ui.inspector.wire_lines import Mode
from tui_chat.ui.inspector.wire_log import WireLog
from tui_chat.ui.text_view.line_view import HEAD, LineView
from tui_chat.ui.text_view.view_lines import ViewLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult

    from tui_chat.core.http_exchange import Exchange

LOOK_S: Final = 0.1
"""How often it looks for news. Nothing is drawn when there are none."""
_TURN_S: Final = 0.005
_NOTHING: Final = "No request was sent yet in this conversation."
_FOOTER: Final = (
    ("wire.close", "close"),
    ("wire.follow", "follow"),
    ("wire.pause", "pause"),
    ("wire.search", "search"),
    ("wire.mode", "raw/decoded"),
    ("wire.save", "save"),
    ("lines.start", "start"),
    ("lines.end", "end"),
)
_FOOTER_SEARCH: Final = (
    ("wire.next", "next match"),
    ("wire.previous", "before"),
    ("wire.close", "close"),
    ("wire.search", "search"),
    ("wire.follow", "follow"),
    ("wire.pause", "pause"),
    ("wire.mode", "raw/decoded"),
    ("wire.save", "save"),
)
_FOOTER_INPUT: Final = (("Enter", "go to the first"), ("Esc", "end the search"))


class WireView(Screen[None]):
    """Shows the current or last request and what came back, while it comes."""

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
        Binding("escape", "back", "close", id="wire.close", tooltip="Close; the answer goes on"),
        Binding("q,f12", "close", "close", id="wire.quit", show=False),
        Binding("f", "follow", "follow", id="wire.follow", tooltip="Stay at the end, or not"),
        Binding("space,p", "pause", "pause", id="wire.pause", tooltip="Hold still; it is recorded"),
        Binding("slash", "search", "search", id="wire.search", tooltip="Search"),
        Binding("n", "match(1)", "next", id="wire.next", tooltip="The next match"),
        Binding("N", "match(-1)", "before", id="wire.previous", tooltip="The match before"),
        Binding("r", "mode", "raw", id="wire.mode", tooltip="Decoded and raw, raw, decoded"),
        Binding("s", "save", "save", id="wire.save", tooltip="Save as JSON lines"),
    ]

    def __init__(
        self,
        source: Callable[[], Exchange | None],
        mask: Callable[[str], str],
        save_folder: Path,
    ) -> None:
        """Prepare; nothing is read before it is shown.

        Args:
            source: Returns the current or last request.
            mask: Takes secrets out of a text.
            save_folder: Where `s` writes to; made if it is missing.
        """
        super().__init__()
        self._source = source
        self._mask = mask
        self._save_folder = save_folder
        self._title = TitleLine(id="wire-title")
        self._lines = LineView(lambda text: safe_text(text, mask), id="lines")
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
        """Show what there is, and look for more from time to time."""
        self._lines.focus()
        self._lines.show(HEAD, [ViewLine(_NOTHING, "quiet", keeps_words=True)])
        self._title.show("Wire")
        self._lines.follow()
        self._look()
        self._tell()
        self.watch(self, "focused", self._show_keys)
        self.set_interval(LOOK_S, self._look)

    # What is shown

    def _look(self) -> None:
        """Show what is new, if anything is."""
        exchange = self._source()
        if self._is_paused or exchange is None:
            self._tell()
            return
        log = self._log
        if log is None or log.exchange is not exchange:
            log = self._log = WireLog(exchange, self._lines, self._mode)
        if log.look():
            self._show_title(log)
            self._tell()
        if log.waiting and not self._is_behind:
            # There is a backlog: go on as soon as keys and painting have had their turn.
            self._is_behind = True
            self.set_timer(_TURN_S, self._catch_up)

    def _catch_up(self) -> None:
        self._is_behind = False
        self._look()

    def _show_title(self, log: WireLog) -> None:
        exchange = log.exchange
        words = sanitize_line(safe_text(f"{exchange.method} {exchange.url}", self._mask), 300)
        facts = [str(exchange.status)]
        if exchange.status is None:
            facts = ["no answer" if exchange.ended else "no answer yet"]
        if log.events:
            facts.append(f"{log.events:,} events")
        self._title.show(words, " · ".join(facts))

    def _tell(self) -> None:
        """Say what is on and what was found; drawn only if it is other than before."""
        search = self._lines.search
        found = ""
        if search.words:
            place = f"{search.place:,}/" if search.place else ""
            found = f"{place}{search.count:,}" if search.count else "no match"
            found = f"“{search.words}” {found}"
        self._status.show(f"{self._state()} · {self._mode.value}", found)

    def _state(self) -> str:
        if not self._is_paused:
            return "following" if self._lines.is_following else "not following"
        log = self._log
        if log is not None and self._source() is not log.exchange:
            return "paused · a new request was sent"
        if log is not None and log.waiting:
            return f"paused · {log.waiting:,} more since"
        return "paused"

    def _show_keys(self) -> None:
        if self.focused is self._input:
            self._footer.show(_FOOTER_INPUT)
            return
        keys = live_keys(self)
        wanted = _FOOTER_SEARCH if self._lines.search.words else _FOOTER
        self._footer.show([(keys[key], words) for key, words in wanted if key in keys])

    @on(LineView.FollowingChanged)
    def _following_changed(self) -> None:
        self._tell()

    # Keys

    def action_close(self) -> None:
        """Close; the answer goes on."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Close the search if it is open; else close."""
        if self._input.has_focus:
            self._input.value = ""
            self._lines.look_for("")
            self._close_search()
        else:
            self.action_close()

    def action_follow(self) -> None:
        """Stay at the end, or stay here."""
        self._lines.follow(is_following=not self._lines.is_following)

    def action_pause(self) -> None:
        """Hold still, or go on with all that came meanwhile."""
        self._is_paused = not self._is_paused
        self._look()
        self._tell()

    def action_mode(self) -> None:
        """Show events decoded and raw, raw, or decoded."""
        self._mode = self._mode.next
        if self._log is not None:
            self._log.change_mode(self._mode)
        self._tell()

    def action_search(self) -> None:
        """Open the line to search in."""
        self.query_one("#wire-search-box").display = True
        self._input.focus()

    def action_match(self, direction: int) -> None:
        """Go to the next match or the one before."""
        if self._lines.go_to_match(direction) is None:
            self.app.bell()
        self._tell()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._lines.look_for(event.value)
        self._tell()

    @on(Input.Submitted)
    def _searched(self) -> None:
        self._close_search()
        if self._lines.search.words:
            self.action_match(1)

    def _close_search(self) -> None:
        self.query_one("#wire-search-box").display = False
        self._lines.focus()
        self._tell()

    def action_save(self) -> None:
        """Write the request and what came to a file, and tell which."""
        if self._log is None:
            self.app.bell()
            return
        work = self._save(snapshot(self._log.exchange))
        # A worker of the app: closing this screen must not end the words that name the file.
        self.app.run_worker(work, group="save", description="save what went over the wire")

    async def _save(self, exchange: Exchange) -> None:
        now = datetime.now().astimezone()
        try:
            path = await asyncio.to_thread(save, exchange, self._mask, self._save_folder, now)
        except ConfigError as error:
            self._say(error.message)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._say(f"Not saved in {self._save_folder}: {reason}.")
        else:
            self.notify(f"Saved as {sanitize(str(path))}", timeout=8, markup=False)

    def _say(self, words: str) -> None:
        self.notify(sanitize(words), severity="warning", timeout=12, markup=False)
