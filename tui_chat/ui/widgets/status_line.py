"""The one line that says what is going on."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.visible import visible_line
from tui_chat.ui.turn_progress import TurnProgress
from tui_chat.ui.widgets.edge_line import EdgeLine
from tui_chat.ui.words import compact_count, duration_s, status_words

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream import StreamEvent


class StatusLine(EdgeLine):
    """Tells the state of the turn, its seconds, tokens and speed.

    It ticks only while a turn runs; an idle program writes nothing.
    """

    DEFAULT_CSS = """
    StatusLine { color: $text-muted; }
    """

    class PauseChanged(TextualMessage):
        """A pause before the next try has begun or ended."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._progress: TurnProgress | None = None
        self._ticking: Timer | None = None
        self._idle_words = ""
        self._total_tokens = 0

    @property
    def is_pausing(self) -> bool:
        """Whether the turn waits to try again."""
        return self._progress is not None and self._progress.is_pausing

    def say(self, words: str) -> None:
        """Show words while no turn runs; they stay until the next turn."""
        self._idle_words = visible_line(words)
        if self._progress is None:
            self.show(self._idle_words, self._facts())

    def begin(self) -> None:
        """Begin to tell of a turn."""
        self._progress = TurnProgress(monotonic())
        if self._ticking is None:
            # Four times a second, so that no second is told late.
            self._ticking = self.set_interval(0.25, self._tick)
        self._tick()

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
        """Stop telling of a turn that never began."""
        self._rest()
        self.show(self._idle_words, self._facts())

    def end(self, reply: Message) -> None:
        """Show how the turn ended."""
        progress = self._rest()
        words = [status_words(reply) or "done"]
        if progress is not None and progress.has_content:
            seconds = duration_s(reply)
            if not status_words(reply) and seconds is not None:
                words.append(f"{seconds:.1f} s")
            words.append(f"{compact_count(progress.tokens)} tokens")
            words.append(progress.speed(monotonic()))
            words.append(progress.stepped)
        if reply.status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
            words.append("↑ then r asks again")
        self._idle_words = " · ".join(word for word in words if word)
        self.count_tokens(reply)
        self.show(self._idle_words, self._facts())

    def count_tokens(self, reply: Message | None) -> None:
        """Take the size of the conversation from its last reply."""
        if reply is None:
            self._total_tokens = 0
        elif reply.input_tokens is not None:
            self._total_tokens = reply.input_tokens + (reply.output_tokens or 0)

    def _rest(self) -> TurnProgress | None:
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        progress, self._progress = self._progress, None
        return progress

    def _tick(self) -> None:
        progress = self._progress
        if progress is None:
            return
        at = monotonic()
        facts = [progress.speed(at)]
        if progress.has_content:
            facts.insert(0, f"{compact_count(progress.tokens)} tokens")
        self.show(progress.words(at), " · ".join(fact for fact in facts if fact))

    def _facts(self) -> str:
        if not self._total_tokens:
            return ""
        return f"{compact_count(self._total_tokens)} tokens in this conversation"
