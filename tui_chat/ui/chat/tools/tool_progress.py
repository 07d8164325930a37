"""The progress of tool calls as the status line shows it.

Pure: times come from outside, in seconds of a monotonic clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.events import CallChanged, CallProgress, CallWriting, RoundStarted

if TYPE_CHECKING:
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.call import ToolCall

_NAME: Final = 40
_MESSAGE: Final = 60


class ToolProgress:
    """Folds the events of tool calls into a text; empty while the model answers.

    Attributes:
        asking: The server that asks the user something; empty for none.
    """

    def __init__(self) -> None:
        self._calls: dict[str, ToolCall] = {}
        self._round = 0
        self._started_at: dict[str, float] = {}
        self._writing: CallWriting | None = None
        self._message = ""
        self.asking = ""

    def apply(self, event: StreamEvent, at: float) -> None:
        """Fold in an event that was received at a time."""
        match event:
            case CallWriting():
                self._writing = event
            case CallChanged(call):
                self._writing = None
                self._calls[call.call_id] = call
                self._round = max(self._round, call.round)
                if call.state is CallState.RUNNING:
                    self._started_at.setdefault(call.call_id, at)
                elif call.state.is_final:
                    self._message = ""
            case CallProgress():
                self._message = _progress_words(event)
            case RoundStarted():
                self._calls.clear()
                self._writing = None
            case _:
                pass

    @property
    def is_waiting(self) -> bool:
        """True if a call, or the server of one, waits for the user."""
        states = [it.state for it in self._calls.values()]
        return bool(self.asking) or CallState.PROPOSED in states

    def text(self, at: float, key: str) -> str:
        """Return the state of the calls at a time.

        Args:
            at: The time.
            key: The name of the key that leads to a waiting call.
        """
        if self._writing is not None:
            return _writing_label(self._writing)
        if self.asking:
            server = sanitize_line(self.asking, _NAME)
            return _("{server} asks you: {key}").format(server=server, key=key)
        calls = [it for it in self._calls.values() if it.round == self._round]
        waiting = [it for it in calls if it.state is CallState.PROPOSED]
        if waiting:
            return _waiting_label(waiting, key)
        for number, call in enumerate(calls, 1):
            if not call.state.is_final:
                return self._running_label(call, number, len(calls), at)
        return ""

    def _running_label(self, call: ToolCall, number: int, count: int, at: float) -> str:
        seconds = int(at - self._started_at.get(call.call_id, at))
        name = sanitize_line(call.label, _NAME)
        if call.state is not CallState.RUNNING:
            text = _("starting the server of {name}").format(name=name)
        elif count > 1:
            text = _("tool {number} of {count} · {name} · {seconds} s").format(
                number=number, count=count, name=name, seconds=seconds
            )
        else:
            text = _("tool · {name} · {seconds} s").format(name=name, seconds=seconds)
        return f"{text} · {self._message}" if self._message else text


def _waiting_label(waiting: list[ToolCall], key: str) -> str:
    if len(waiting) == 1:
        name = sanitize_line(waiting[0].label, _NAME)
        return _("{name} waits for you: {key}").format(name=name, key=key)
    return ngettext(
        "{count} tool call waits for you: {key}",
        "{count} tool calls wait for you: {key}",
        len(waiting),
        key=key,
    )


def _writing_label(event: CallWriting) -> str:
    count = compact_count(event.characters)
    name = sanitize_line(event.name, _NAME)
    if not name:
        return _("the model writes a tool call")
    text = _("the model calls {name} · {count} characters")
    return text.format(name=name, count=count)


def _progress_words(event: CallProgress) -> str:
    figures = ""
    if event.progress is not None and event.total:
        figures = f"{100 * event.progress / event.total:.0f}%"
    words = sanitize_line(event.message, _MESSAGE)
    return " ".join(it for it in (figures, words) if it)
