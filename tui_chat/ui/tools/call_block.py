"""A tool call in an answer: what would be run, its state and its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import CallState
from tui_chat.ui.commands.call_table import CALL_COMMANDS
from tui_chat.ui.commands.command import bindings_for
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.objects.json_tree import JsonTree
from tui_chat.ui.terminal.painting.size_updates import SingleLayout, WrappedText
from tui_chat.ui.text_view.line_view import BODY, LineView
from tui_chat.ui.tools.approval_guard import ApprovalGuard, Refused
from tui_chat.ui.tools.call_labels import call_state, call_title, parsed_arguments
from tui_chat.ui.tools.call_lines import DESCRIPTION_LIMIT, call_lines
from tui_chat.ui.tools.result_lines import result_lines

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui_chat.core.tools.call import ToolCall
    from tui_chat.core.tools.events import CallProgress
    from tui_chat.ui.tools.waiting_calls import WaitingCall, WaitingCalls, WaitingRequest

_WAITING_ONLY: Final = frozenset({"always", "edit", "refuse"})
_LEADS: Final = {
    CallState.PROPOSED: ("? ", "$text-warning"),
    CallState.APPROVED: ("● ", "$text-accent"),
    CallState.RUNNING: ("● ", "$text-accent"),
    CallState.DONE: ("✓ ", "$text-success"),
    CallState.FAILED: ("✗ ", "$text-error"),
}
_ALL: Final = ("open", N_("in full"))
_DECISION: Final = (
    ("enter", N_("run")),
    ("always", N_("always here")),
    ("edit", N_("edit")),
    ("refuse", N_("refuse")),
    _ALL,
)
_ANSWER: Final = (("enter", N_("answer")), _ALL)
_FOLDED: Final = (("enter", N_("unfold")), _ALL, ("copy", N_("copy")))
_UNFOLDED: Final = (("enter", N_("fold")), _ALL, ("copy", N_("copy")))
_OTHER_LEAD: Final = ("– ", "$text-muted")


class _ResultView(LineView, can_focus=False):
    """The lines of a result, in a view of limited height."""


class CallBlock(SingleLayout, Vertical, can_focus=True):
    """One call. It never takes the focus; its keys work once the user has led the focus to it."""

    DEFAULT_CSS = """
    CallBlock {
        height: auto;
        padding: 0 1 0 1;
        border-left: wide $secondary;
        &.after { padding: 1 1 0 1; }
        &.before-text { padding: 0 1 1 1; }
        &.after.before-text { padding: 1; }
        & > TitleLine { padding: 0; text-style: bold; }
        & > JsonTree { max-height: 10; margin-left: 2; }
        & > WrappedText { height: auto; margin-left: 2; }
        & > _ResultView { height: auto; max-height: 14; margin-left: 2; }
        & > KeyFooter { padding: 0 0 0 2; }
        &.waiting { border-left: wide $warning; }
        &:focus { border-left: outer $primary; background: $boost; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CALL_COMMANDS)]

    @dataclass
    class Wanted(TextualMessage):
        """The user requests an action on a call."""

        action: str
        message_id: str
        call: ToolCall

    @dataclass
    class Left(TextualMessage):
        """The user moved beyond the calls of a message."""

        message_id: str
        step: int

    @dataclass
    class Ignored(TextualMessage):
        """A key was ignored."""

        reason: Refused

    def __init__(self, call: ToolCall, message_id: str, waiting: WaitingCalls) -> None:
        """Create the block of a call in any state.

        Args:
            call: The call.
            message_id: The reply that contains it.
            waiting: Knows whether the call waits for the user.
        """
        super().__init__()
        self._call = call
        self._message_id = message_id
        self._waiting = waiting
        self._guard = ApprovalGuard(waiting.clock)
        self._is_folded = True
        self._is_focused = False
        self._progress = ""
        self._shown_arguments: str | None = None
        self._head = TitleLine()
        self._arguments = JsonTree()
        self._said = WrappedText("", markup=False)
        self._result: _ResultView | None = None
        self._keys = KeyFooter()

    @property
    def call(self) -> ToolCall:
        """The call in the state last shown."""
        return self._call

    @property
    def is_waiting(self) -> bool:
        """True if the call waits for a decision, or its server for an answer."""
        return self._question is not None or self._request is not None

    @property
    def needs_user(self) -> bool:
        """True if the call waits, or will wait as soon as it is saved."""
        return self.is_waiting or self._call.state is CallState.PROPOSED

    def compose(self) -> ComposeResult:
        """Build the parts."""
        yield self._head
        yield self._arguments
        yield self._said
        yield self._keys

    def on_mount(self) -> None:
        """Show the call."""
        self._guard.show()
        self.show(self._call)

    def show(self, call: ToolCall) -> None:
        """Show a later state of the call."""
        self._call = call
        if not self.is_attached:
            return
        if call.state is not CallState.RUNNING:
            self._progress = ""
        is_new = self.is_waiting and not self.has_class("waiting")
        self.set_class(self.is_waiting, "waiting")
        lead = ("? ", "$text-warning") if self.is_waiting else _LEADS.get(call.state, _OTHER_LEAD)
        state = _("asks you") if self._request is not None else call_state(call)
        self._head.show(call_title(call), state, lead=lead)
        self._show_arguments()
        lines = call_lines(
            call,
            self._question,
            self._request,
            progress=self._progress,
            has_tree=self._arguments.display,
            has_result=not self._is_folded,
        )
        self._said.update(Content("\n").join(lines))
        self._said.display = bool(lines)
        self._show_result()
        self._show_keys()
        if is_new:
            self._guard.show()
        self.refresh_bindings()

    def show_progress(self, event: CallProgress) -> None:
        """Show the progress that a running tool reports."""
        figures = ""
        if event.progress is not None:
            figures = f"{event.progress:g}"
            if event.total:
                figures = _("{number} of {total}").format(number=figures, total=f"{event.total:g}")
        words = sanitize_line(event.message, DESCRIPTION_LIMIT)
        self._progress = " · ".join(it for it in (figures, words) if it)
        self.show(self._call)

    # The parts

    @property
    def _question(self) -> WaitingCall | None:
        if self._call.state is not CallState.PROPOSED:
            return None
        return self._waiting.call(self._message_id, self._call.call_id)

    @property
    def _request(self) -> WaitingRequest | None:
        return self._waiting.request(self._call.call_id)

    @property
    def _is_open(self) -> bool:
        return self.is_waiting or not self._call.state.is_final or not self._is_folded

    def _show_arguments(self) -> None:
        question = self._question
        text = question.arguments if question is not None else self._call.arguments
        # An empty object needs no tree.
        self._arguments.display = self._is_open and bool(parsed_arguments(text))
        if self._arguments.display and text != self._shown_arguments:
            if self._shown_arguments is not None:
                # What Enter would run is not what the user has read.
                self._guard.show()
            self._shown_arguments = text
            self._arguments.show(parsed_arguments(text))

    def _show_result(self) -> None:
        is_shown = self._call.state.is_final and not self._is_folded and bool(self._call.result)
        if is_shown and self._result is None:
            self._result = _ResultView()
            self._result.show(BODY, result_lines(self._call.result))
            self.mount(self._result, before=self._keys)
        if self._result is not None:
            self._result.display = is_shown

    def _show_keys(self) -> None:
        # Not `has_focus`: Textual changes it after these handlers.
        self._keys.display = self.is_waiting or self._is_focused
        if not self._keys.display:
            return
        keys = [(key_of(self.app, f"call.{name}"), _(words)) for name, words in self._offers]
        if not self._is_focused:
            keys = [(_("Tab"), _("leads here:")), *keys]
        self._keys.show(keys)

    @property
    def _offers(self) -> tuple[tuple[str, str], ...]:
        """The names of the keys that the call offers now, and their labels."""
        if self._question is not None:
            return _DECISION
        if self._request is not None:
            return _ANSWER
        return _FOLDED if self._is_folded else _UNFOLDED

    # Focus and keys

    def on_focus(self) -> None:
        """Take the keys, after a moment."""
        self._is_focused = True
        self._guard.enter_by_key()
        self._show_keys()

    def on_blur(self) -> None:
        """Say how the keys are reached again."""
        self._is_focused = False
        self._show_keys()

    def on_mouse_down(self) -> None:
        """Note that the focus comes from a click."""
        self._guard.enter_by_mouse()

    def on_click(self, event: events.Click) -> None:
        """Keep the focus; the head folds and unfolds."""
        event.stop()
        if event.widget is self._head and not self.is_waiting:
            self.action_fold()

    def on_key(self, event: events.Key) -> None:
        """Ignore what was meant for the prompt."""
        if not event.is_printable:
            if event.key != "enter":
                self._guard.note_arrow()
            return
        active = self.screen.active_bindings.get(event.key)
        is_known = active is not None and active.node is self
        if self.is_waiting and not self._guard.takes_letter(is_known=is_known):
            event.stop()
            event.prevent_default()
            self.post_message(self.Ignored(Refused.TYPING))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of a decision while there is none to make."""
        if action == "want" and parameters and parameters[0] in _WAITING_ONLY:
            return self._question is not None
        return True

    def action_enter(self) -> None:
        """Run the call or answer its server; else fold or unfold."""
        if self.is_waiting:
            self.action_want("run" if self._question is not None else "answer")
        else:
            self.action_fold()

    def action_want(self, action: str) -> None:
        """Request an action, unless the key may have been meant for something else."""
        refused = self._guard.refusal
        if refused is not None and action in ("run", "always", "answer", "refuse"):
            self.post_message(self.Ignored(refused))
        else:
            self.post_message(self.Wanted(action, self._message_id, self._call))

    def action_fold(self) -> None:
        """Fold or unfold arguments and result."""
        self._is_folded = not self._is_folded
        self.show(self._call)

    def action_move(self, step: int) -> None:
        """Go to the previous or the next call of the message, or leave its calls."""
        siblings = (
            [it for it in self.parent.children if isinstance(it, CallBlock)] if self.parent else []
        )
        index = siblings.index(self) + step
        if 0 <= index < len(siblings):
            siblings[index].focus()
        else:
            self.post_message(self.Left(self._message_id, step))
