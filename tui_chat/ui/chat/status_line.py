"""The one line that says what is going on."""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.chat.turn_progress import TurnProgress
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.labels import (
    READY_WORDS,
    context_words,
    duration_s,
    given_up_words,
    next_words,
    round_words,
    status_words,
    weaker_words,
)
from tui_chat.ui.terminal.deferred import Deferred

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.text.token_estimate import ContextUse


class HoldsWhile(Enum):
    """How long a text that is shown between turns stays true."""

    IDLE = auto()
    """Until the next turn, or until another text replaces it."""
    PROMPT_EMPTY = auto()
    PROMPT_UNCHANGED = auto()
    ANSWERED_ELSEWHERE = auto()
    """As long as another program writes a reply of this conversation."""


class StatusLine(TitleLine):
    """Tells the state of the turn, its seconds, tokens and speed.

    It ticks only while a turn runs; an idle program writes nothing.
    """

    DEFAULT_CSS = """
    StatusLine { color: $text-muted; }
    """

    @property
    def right_style(self) -> str:
        """How the facts are drawn: a context that is nearly full in a colour."""
        return "not bold $text-warning" if self.has_class("nearly-full") else super().right_style

    class PauseChanged(TextualMessage):
        """A pause before the next try has begun or ended."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._progress: TurnProgress | None = None
        self._ticking: Timer | None = None
        self._idle_words = ""
        self._holds = HoldsWhile.IDLE
        self._round = ""
        self._passing = ""
        self._passing_ends = Deferred(self)
        self._use: ContextUse | None = None

    @property
    def is_pausing(self) -> bool:
        """Whether the turn waits to try again."""
        return self._progress is not None and self._progress.is_pausing

    @property
    def holds(self) -> HoldsWhile:
        """How long the text between turns stays true."""
        return self._holds

    def say(self, words: str, *, holds: HoldsWhile = HoldsWhile.IDLE) -> None:
        """Show a text while no turn runs.

        Args:
            words: The text.
            holds: How long it stays true.
        """
        self._idle_words = sanitize_line(words)
        self._holds = holds
        self._forget_passing()
        if self._progress is None:
            self._show_state()

    def tell_in_passing(self, words: str, for_s: float) -> bool:
        """Show words for some seconds in place of the state; say whether there is room for them.

        There is none while a turn runs: what it does now is told every moment.
        """
        shown = sanitize_line(words)
        if self._progress is not None or Content(shown).cell_length > self.content_size.width:
            return False
        self._forget_passing()
        self._passing = shown
        self._passing_ends.start(for_s, self.end_passing)
        self._show_state()
        return True

    def note_draft(self, draft: str) -> None:
        """Replace a text that a changed draft makes untrue."""
        self.end_passing()
        is_typing = bool(draft) and self._holds is HoldsWhile.PROMPT_EMPTY
        if is_typing or self._holds is HoldsWhile.PROMPT_UNCHANGED:
            self.say(READY_WORDS)

    def end_passing(self) -> None:
        """Show the state again, if words stand in its place."""
        if self._passing:
            self._forget_passing()
            self._show_state()

    def begin(self) -> None:
        """Show the progress of a turn."""
        self._forget_passing()
        if self._progress is None:
            self._progress = TurnProgress(monotonic())
        if self._ticking is None:
            # Four times a second, so that no second is told late.
            self._ticking = self.set_interval(0.25, self._tick)
        self._tick()

    def begin_reply(self, reply: Message) -> None:
        """Tell of the next reply of a turn that asks more than once, and in which round it is."""
        self._round = round_words(reply)
        if self._progress is None:
            self.begin()

    def feed(self, event: StreamEvent) -> None:
        """Take in what came; drawn at once only when the state of the turn changes."""
        progress = self._progress
        if progress is None:
            return
        was_pausing, had_content = progress.is_pausing, progress.has_content
        progress.apply(event, monotonic())
        if (was_pausing, had_content) != (progress.is_pausing, True) or not had_content:
            self._tick()
        if was_pausing != progress.is_pausing:
            self.post_message(self.PauseChanged())

    def stop(self) -> None:
        """Show the state between turns again, unless `end` did already."""
        if self._progress is not None:
            self._rest()
            self._show_state()

    def end(self, reply: Message) -> None:
        """Show how the turn ended."""
        # Needed only now, and not for the first paint.
        from tui_chat.session.branches import is_continuable

        progress = self._rest()
        is_cut = reply.status is MessageStatus.COMPLETE and is_continuable(reply)
        given_up = given_up_words(reply, partial(key_of, self.app))
        if given_up:
            words = [given_up]
        elif is_cut or reply.status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
            # What can be done is worth more than figures, and there is no room for both.
            how = status_words(reply).split(" · ")[0] or "cut off"
            words = [how, next_words(reply, partial(key_of, self.app))]
        else:
            words = [status_words(reply) or "done", *self._figures(reply, progress)]
        self._holds = HoldsWhile.IDLE
        self._idle_words = " · ".join(word for word in words if word)
        self._show_state()

    def _figures(self, reply: Message, progress: TurnProgress | None) -> list[str]:
        if progress is None or not progress.has_content:
            return []
        seconds = duration_s(reply) if not status_words(reply) else None
        return [
            # First, because it is what the figures may push out of sight.
            progress.stepped or weaker_words(reply),
            f"{seconds:.1f} s" if seconds is not None else "",
            f"{compact_count(progress.tokens)} tokens",
            progress.speed(monotonic()),
        ]

    def show_use(self, use: ContextUse | None) -> None:
        """Show how full the model's context is; None when nothing is in it."""
        self._use = use
        if self._progress is None:
            self._show_state()
        self.set_class(use is not None and use.is_nearly_full, "nearly-full")

    def _show_state(self) -> None:
        words = self._passing or self._idle_words
        room = self.content_size.width - Content(words).cell_length - 2
        # Words that pass are shown whole; a state may be shortened, its facts are not.
        is_tight = bool(self._passing) and Content(self._facts()).cell_length > room
        self.show(words, "" if is_tight else self._facts())

    def _forget_passing(self) -> None:
        self._passing = ""
        self._passing_ends.cancel()

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
        facts = [progress.speed(at)]
        if progress.has_content:
            facts.insert(0, f"{compact_count(progress.tokens)} tokens")
        else:
            facts.append(context_words(self._use))
        words = " · ".join(part for part in (self._round, progress.words(at)) if part)
        told = " · ".join(fact for fact in facts if fact)
        room = self.content_size.width - Content(words).cell_length - 2
        # What a server said of its failure is worth more than how full the context is.
        is_tight = progress.is_pausing and Content(told).cell_length > room
        self.show(words, "" if is_tight else told)

    def _facts(self) -> str:
        return context_words(self._use)
