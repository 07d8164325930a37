"""The answers of a comparison: side by side in wide terminals, else one at a time."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.chat.comparing.lane_column import LaneColumn
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import ClosesOnce
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.textual_internals import forget_shown, use_row_compositor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.timer import Timer

    from tui_chat.session.comparison.comparison import Comparison
    from tui_chat.session.comparison.lane import Lane
    from tui_chat.session.turns.turn_task import TurnTask
    from tui_chat.ui.chat.comparing.lane_feed import LaneFeed

SIDE_BY_SIDE: Final = 120
"""The width from which all answers are shown beside each other."""
_TICK_S: Final = 0.25
_LEADS: Final = {
    MessageStatus.COMPLETE: ("✓ ", "$text-success"),
    MessageStatus.FAILED: ("✗ ", "$text-error"),
    MessageStatus.INTERRUPTED: ("✗ ", "$text-warning"),
}
_FOOTER: Final = (
    ("compare.choose", N_("go on from it")),
    ("compare.next", N_("other answer")),
    ("compare.stop", N_("stop all")),
    ("compare.names", N_("names")),
    ("compare.copy", N_("copy")),
    ("compare.leave", N_("to the chat")),
    ("app.help", N_("keys")),
)


class ComparisonScreen(ClosesOnce, Screen["Lane | str | None"], FlatBackground):
    """Shows the answers while they stream.

    Dismisses with the chosen lane, with the name of a command to run in the chat, or with None;
    answers that still run go on in the background.
    """

    DEFAULT_CSS = """
    ComparisonScreen {
        #compare-title { text-style: bold; }
        #lanes { height: 1fr; border-top: solid $foreground 20%; }
        &.-narrow LaneColumn { display: none; }
        &.-narrow LaneColumn.current { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            N_("go on from it"),
            id="compare.choose",
            tooltip=N_("Go on from this answer; the others stop and stay as versions"),
        ),
        Binding(
            "right_square_bracket,right,l",
            "go(1)",
            N_("next"),
            id="compare.next",
            tooltip=N_("The next answer"),
        ),
        Binding(
            "left_square_bracket,left,h",
            "go(-1)",
            N_("previous"),
            id="compare.previous",
            tooltip=N_("The previous answer"),
        ),
        Binding("down,j", "scroll_by(1)", N_("down"), id="compare.down"),
        Binding("up,k", "scroll_by(-1)", N_("up"), id="compare.up"),
        Binding("pagedown,space", "scroll_page(1)", N_("page down"), id="compare.page_down"),
        Binding("pageup", "scroll_page(-1)", N_("page up"), id="compare.page_up"),
        Binding("home,g", "jump(0)", N_("start"), id="compare.start"),
        Binding("end,G", "jump(1)", N_("end"), id="compare.end"),
        Binding(
            "b",
            "names",
            N_("names"),
            id="compare.names",
            tooltip=N_("Hide or show the names of the models"),
        ),
        Binding("y", "copy", N_("copy"), id="compare.copy", tooltip=N_("Copy this answer")),
        Binding(
            "escape",
            "stop",
            N_("stop all"),
            id="compare.stop",
            tooltip=N_("Stop all answers; then back to the chat"),
        ),
        Binding(
            "i",
            "leave",
            N_("to the chat"),
            id="compare.leave",
            tooltip=N_("Back to the chat; the answers go on"),
        ),
        Binding("ctrl+n", "leave('new')", N_("new"), id="compare.new", show=False),
        Binding("ctrl+o", "leave('open')", N_("open"), id="compare.open", show=False),
    ]

    def __init__(self, comparison: Comparison, feeds: Sequence[LaneFeed], task: TurnTask) -> None:
        """Create the screen of a comparison that runs or has ended.

        Args:
            comparison: The comparison.
            feeds: Its lanes, with their progress.
            task: Runs the comparison; Esc cancels it.
        """
        super().__init__()
        self._comparison = comparison
        self._feeds = feeds
        self._turn_task = task
        self._columns = [LaneColumn() for _feed in feeds]
        self._current = 0
        self._heading = TitleLine(id="compare-title")
        self._footer = KeyFooter()
        self._clock: Timer | None = None
        use_row_compositor(self)

    @property
    def columns(self) -> Sequence[LaneColumn]:
        """The columns, in the order of the lanes."""
        return self._columns

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the heading and the widget of the keys, for the key help."""
        return _("In the answers of several models"), [self]

    def compose(self) -> ComposeResult:
        """Build the columns."""
        yield self._heading
        with Horizontal(id="lanes"):
            yield from self._columns
        yield self._footer

    def on_mount(self) -> None:
        """Show the answers as far as they have arrived, from now on with every delta."""
        for feed, column in zip(self._feeds, self._columns, strict=True):
            feed.view = column
            if (reply := feed.lane.reply) is not None:
                column.show_reply(reply)
        self._clock = self.set_interval(_TICK_S, self._tick)
        self._show_width(self.size.width)
        self._show_names()
        self._tick()

    def on_unmount(self) -> None:
        """Leave the lanes to the chat."""
        for feed in self._feeds:
            feed.view = None

    def on_screen_suspend(self) -> None:
        """Forget the painted rows: another screen takes the terminal."""
        forget_shown(self)

    def on_resize(self, event: events.Resize) -> None:
        """Show the answers beside each other if there is room."""
        self._show_width(event.size.width)

    def _show_width(self, width: int) -> None:
        self.set_class(width < SIDE_BY_SIDE, "-narrow")

    def _show_names(self) -> None:
        count, is_blind = len(self._feeds), self._comparison.is_blind
        for index, (feed, column) in enumerate(zip(self._feeds, self._columns, strict=True)):
            name = _("Answer {number}").format(number=index + 1)
            if not is_blind:
                name = lane_name(feed.lane)
            column.show_name(
                f"{index + 1}/{count}  {name}",
                is_current=index == self._current,
                is_blind=is_blind,
            )

    def _tick(self) -> None:
        """Show time and tokens; the clock stops with the last answer."""
        at = monotonic()
        for feed, column in zip(self._feeds, self._columns, strict=True):
            reply = feed.lane.reply
            lead = _LEADS.get(reply.status, ("", "")) if reply is not None else ("", "")
            column.show_figures(feed.figures(at), lead=lead)
        running = sum(feed.lane.is_running for feed in self._feeds)
        question = sanitize_line(self._comparison.question.content, 200)
        state = ngettext(
            "{count} model is answering", "{count} models are answering", running
        ).format(count=running)
        if not running:
            key = live_keys(self).get("compare.choose", "")
            state = _("{key} goes on from an answer").format(key=key)
        self._heading.show(question, state)
        self._show_keys(is_running=bool(running))
        if not self._turn_task.is_running and self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _show_keys(self, *, is_running: bool) -> None:
        keys = live_keys(self)
        before, after = keys.get("compare.previous", ""), keys.get("compare.next", "")
        if before and after:
            keys["compare.next"] = f"{before} {after}"
        labels = {"compare.stop": _("stop all") if is_running else _("close")}
        self._footer.show(
            [(keys[name], labels.get(name, _(label))) for name, label in _FOOTER if name in keys]
        )

    # Keys

    def action_go(self, step: int) -> None:
        """Go to the next or the previous answer."""
        self._current = (self._current + step) % len(self._feeds)
        self._show_names()

    def action_scroll_by(self, step: int) -> None:
        """Scroll the current answer by rows."""
        self._columns[self._current].scroll.scroll_relative(y=step, animate=False)

    def action_scroll_page(self, step: int) -> None:
        """Scroll the current answer by pages."""
        scroll = self._columns[self._current].scroll
        scroll.scroll_relative(y=step * max(1, scroll.size.height - 1), animate=False)

    def action_jump(self, end: int) -> None:
        """Scroll the current answer to its start (0) or its end (1)."""
        scroll = self._columns[self._current].scroll
        if end:
            scroll.anchor()
        else:
            scroll.scroll_home(animate=False)

    def action_names(self) -> None:
        """Hide or show the names of the models."""
        self._comparison.is_blind = not self._comparison.is_blind
        self._show_names()
        self._tick()

    def action_copy(self) -> None:
        """Copy the current answer."""
        reply = self._feeds[self._current].lane.reply
        if reply is not None and reply.content:
            self.post_message(CopyWanted(reply.content, CopyKind.MESSAGE))
        else:
            self.app.bell()

    def action_choose(self) -> None:
        """Go on from the current answer; one without text cannot be chosen."""
        lane = self._feeds[self._current].lane
        reply = lane.reply
        if reply is not None and reply.content.strip():
            self.dismiss(lane)
        else:
            self.notify(_("There is no text in this answer yet."), markup=False)

    def action_stop(self) -> None:
        """Stop all answers, or close the screen when none runs."""
        if self._turn_task.is_running:
            self._turn_task.cancel()
        else:
            self.dismiss(None)

    def action_leave(self, command: str = "") -> None:
        """Go back to the chat, and run a command there."""
        self.dismiss(command or None)


def lane_name(lane: Lane) -> str:
    """Return the model and the profile of a lane."""
    candidate = lane.candidate
    profile = sanitize_line(candidate.profile.name, 40)
    name = sanitize_line(candidate.name, 60)
    return f"{name} · {profile}" if name != profile else name
