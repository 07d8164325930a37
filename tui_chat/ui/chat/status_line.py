"""The status line: the progress of a turn, or the state between turns."""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import N_, _
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.message_labels import (
    READY_STATUS,
    continue_hint,
    duration_s,
    final_status,
    repair_round_label,
    status_label,
    still_invalid_status,
    weaker_format,
)
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.labels import context_label
from tui_chat.ui.terminal.deferred import Deferred

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.text.token_estimate import ContextUse
    from tui_chat.ui.chat.turn_progress import TurnProgress


_TICK_S: Final = 0.25
"""Seconds between two pictures of the spinner; no second is shown late."""
_SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_STILL: Final = "●"
CALL_KEY: Final = N_("Tab")
"""The name of the key that leads from the prompt to a tool call."""
_NO_LEAD: Final = ("", "")
_END_LEADS: Final = {
    MessageStatus.COMPLETE: ("✓ ", "$text-success"),
    MessageStatus.FAILED: ("✗ ", "$text-error"),
    MessageStatus.INTERRUPTED: ("✗ ", "$text-warning"),
}


class HoldsWhile(Enum):
    """The condition under which an idle text stays true."""

    IDLE = auto()
    """Until the next turn, or until another text replaces it."""
    PROMPT_EMPTY = auto()
    PROMPT_UNCHANGED = auto()
    ANSWERED_ELSEWHERE = auto()
    """As long as another program writes a reply of this conversation."""


class StatusLine(TitleLine):
    """Shows the state of a turn with its seconds, tokens and speed.

    It ticks only while a turn runs; an idle program writes nothing to the terminal.
    """

    DEFAULT_CSS = """
    StatusLine { color: $text-muted; }
    """

    @property
    def right_style(self) -> str:
        """The style of the details; a context that is nearly full gets a colour."""
        return "not bold $text-warning" if self.has_class("nearly-full") else super().right_style

    class PauseChanged(TextualMessage):
        """A pause before a retry has begun or ended."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._progress: TurnProgress | None = None
        self._ticking: Timer | None = None
        self._idle_text = ""
        self._idle_lead = _NO_LEAD
        self._pictures = 0
        """Counts the pictures of the spinner."""
        self._holds = HoldsWhile.IDLE
        self._round = ""
        self._notice = ""
        self._notice_end = Deferred(self)
        self._use: ContextUse | None = None
        self._costs = ""

    @property
    def is_pausing(self) -> bool:
        """True if the turn waits before a retry."""
        return self._progress is not None and self._progress.is_pausing

    @property
    def holds(self) -> HoldsWhile:
        """The condition under which the idle text stays true."""
        return self._holds

    def show_idle(
        self, text: str, *, holds: HoldsWhile = HoldsWhile.IDLE, is_from_user: bool = True
    ) -> None:
        """Show a text while no turn runs.

        Args:
            text: The text, not sanitized.
            holds: How long it stays true.
            is_from_user: Whether a key of the user led to it, which ends the notice about an
                earlier key. Else a notice is shown to its end first.
        """
        self._idle_text = sanitize_line(text)
        self._idle_lead = _NO_LEAD
        self._holds = holds
        if is_from_user:
            self._clear_notice()
        if self._progress is None:
            self._show_state()

    def show_notice(self, text: str, timeout_s: float) -> bool:
        """Show a text for some seconds in place of the state.

        Returns:
            False if it does not fit, or while a turn runs.
        """
        shown = sanitize_line(text)
        if self._progress is not None or Content(shown).cell_length > self.content_size.width:
            return False
        self._clear_notice()
        self._notice = shown
        self._notice_end.start(timeout_s, self.hide_notice)
        self._show_state()
        return True

    def note_draft_change(self, draft: str) -> None:
        """Replace a text that a changed draft makes untrue."""
        self.hide_notice()
        is_typing = bool(draft) and self._holds is HoldsWhile.PROMPT_EMPTY
        if is_typing or self._holds is HoldsWhile.PROMPT_UNCHANGED:
            self.show_idle(_(READY_STATUS))

    def hide_notice(self) -> None:
        """Show the state again in place of a notice."""
        if self._notice:
            self._clear_notice()
            self._show_state()

    def begin(self) -> None:
        """Show the progress of a turn."""
        self._clear_notice()
        if self._progress is None:
            # Not before the first paint: it needs all stream events.
            from tui_chat.ui.chat.turn_progress import TurnProgress

            self._progress = TurnProgress(monotonic())
        if self._ticking is None:
            self._ticking = self.set_interval(_TICK_S, self._tick)
        self._tick()

    def begin_reply(self, reply: Message) -> None:
        """Show the round of a reply, in a turn that asks more than once."""
        self._round = repair_round_label(reply)
        if self._progress is None:
            self.begin()

    def detach(self) -> TurnProgress | None:
        """Stop showing the progress of a turn, which goes on elsewhere, and return it."""
        progress = self._rest()
        self._idle_text, self._idle_lead = "", _NO_LEAD
        self._show_state()
        if progress is not None and progress.is_pausing:
            self.post_message(self.PauseChanged())
        return progress

    def resume(self, progress: TurnProgress | None, reply: Message | None = None) -> None:
        """Go on with the progress of a turn, and with the round of its reply."""
        self._progress = progress
        self.begin()
        if reply is not None:
            self.begin_reply(reply)
        if self.is_pausing:
            self.post_message(self.PauseChanged())

    def feed(self, event: StreamEvent) -> None:
        """Take in a stream event; the line is redrawn at once only if the state changes."""
        progress = self._progress
        if progress is None:
            return
        was_pausing, had_content = progress.is_pausing, progress.has_content
        had_waiting = progress.tools.is_waiting
        progress.apply(event, monotonic())
        if had_waiting != progress.tools.is_waiting:
            self._tick()
        if (was_pausing, had_content) != (progress.is_pausing, True) or not had_content:
            self._tick()
        if was_pausing != progress.is_pausing:
            self.post_message(self.PauseChanged())

    def show_asking(self, server: str) -> None:
        """Show that the server of a running call asks the user; an empty name ends that."""
        if self._progress is not None and self._progress.tools.asking != server:
            self._progress.tools.asking = server
            self._tick()

    def stop(self) -> None:
        """Show the state between turns again, unless `end` did already."""
        if self._progress is not None:
            self._rest()
            self._show_state()

    def end(self, reply: Message) -> None:
        """Show how the turn ended."""
        # Imported here: the first paint does not need it.
        from tui_chat.session.branches import is_continuable

        progress = self._rest()
        is_cut = reply.status is MessageStatus.COMPLETE and is_continuable(reply)
        key = partial(key_of, self.app)
        if given_up := still_invalid_status(reply, key):
            parts = [given_up]
        elif is_cut or reply.status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
            # The next keys matter more than figures, and there is no room for both.
            parts = [status_label(reply) or _("cut off"), continue_hint(reply, key)]
        else:
            parts = [final_status(reply) or _("done"), *self._figures(reply, progress)]
        self._holds = HoldsWhile.IDLE
        self._idle_text = " · ".join(part for part in parts if part)
        self._idle_lead = _NO_LEAD if is_cut else _END_LEADS.get(reply.status, _NO_LEAD)
        self._show_state()

    def _figures(self, reply: Message, progress: TurnProgress | None) -> list[str]:
        if progress is None or not progress.has_content:
            return []
        seconds = duration_s(reply) if not final_status(reply) else None
        return [
            # First: the figures behind it may be truncated.
            progress.downgrade or weaker_format(reply),
            _("{seconds:.1f} s").format(seconds=seconds) if seconds is not None else "",
            _("{count} tokens").format(count=compact_count(progress.tokens)),
            progress.speed(monotonic()),
            _cost_label(reply),
        ]

    def show_use(self, use: ContextUse | None, costs: str = "") -> None:
        """Show the use of the model's context (None for an empty one), and the costs so far."""
        self._use, self._costs = use, costs
        if self._progress is None:
            self._show_state()
        self.set_class(use is not None and use.is_nearly_full, "nearly-full")

    def _show_state(self) -> None:
        text = self._notice or self._idle_text
        use = " · ".join(filter(None, (context_label(self._use), self._costs)))
        # A notice is shown in full; a state may be truncated beside the use of the context.
        is_tight = bool(self._notice) and not self._fits(text, use)
        lead = _NO_LEAD if self._notice else self._idle_lead
        self.show(text, "" if is_tight else use, lead=lead)

    def _fits(self, left: str, right: str) -> bool:
        room = self.content_size.width - Content(left).cell_length - 2
        return Content(right).cell_length <= room

    def _clear_notice(self) -> None:
        self._notice = ""
        self._notice_end.cancel()

    def _rest(self) -> TurnProgress | None:
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        progress, self._progress = self._progress, None
        self._round = ""
        return progress

    def _tick(self) -> None:
        progress = self._progress
        if progress is None:
            return
        at = monotonic()
        details = [progress.speed(at)]
        if progress.has_content:
            details.insert(0, _("{count} tokens").format(count=compact_count(progress.tokens)))
        else:
            details.append(context_label(self._use))
        left = " · ".join(part for part in (self._round, progress.text(at, _(CALL_KEY))) if part)
        right = " · ".join(part for part in details if part)
        # During a pause the server's message matters more than the use of the context.
        is_tight = progress.is_pausing and not self._fits(left, right)
        self.show(left, "" if is_tight else right, lead=self._running_lead(progress))

    def _running_lead(self, progress: TurnProgress) -> tuple[str, str]:
        """Return the spinner, or a still mark if the user prefers less motion."""
        self._pictures += 1
        waits = progress.is_pausing or progress.tools.is_waiting
        style = "$text-warning" if waits else "$text-accent"
        is_still = self.app.animation_level == "none" or waits
        mark = _STILL if is_still else _SPINNER[self._pictures % len(_SPINNER)]
        return f"{mark} ", style


def _cost_label(reply: Message) -> str:
    if reply.cost is None:
        return ""
    from tui_chat.core.cost.cost import money_label

    return money_label(reply.cost.amount, reply.cost.currency)
