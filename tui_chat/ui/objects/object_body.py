"""The body of a message with structured output."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from textual.containers import Vertical

from tui_chat.core.duty_cycle import DutyCycle
from tui_chat.core.labels import _, ngettext
from tui_chat.structured.lossless_json import dumps_truncated
from tui_chat.structured.partial_object import LARGEST, PartialObject
from tui_chat.structured.verdict import Evaluation
from tui_chat.ui.objects.json_tree import JsonTree
from tui_chat.ui.text_view.json_lines import MOST_CHARACTERS, TRUNCATED, note, shortened, text_lines
from tui_chat.ui.text_view.line_view import BODY, LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.worker import WorkType

    from tui_chat.core.conversation import Message
    from tui_chat.ui.text_view.wrapped_lines import ViewLine

FRAME_S: Final = 1 / 20
"""Update interval while streaming."""
LARGE: Final = 400_000
"""Characters; larger objects are initially folded."""
_PARSED_ON_LOOP: Final = 40_000
"""Characters; larger objects are parsed in a thread to keep the frame rate."""
_LIVE_TEXT: Final = 100_000
"""Characters; a longer streaming object is shown raw, since formatting takes over 25 ms."""
VIEWS: Final = ("tree", "text", "raw")


class BoundedLines(LineView, can_focus=False):
    """The text of a reply in a view of limited height."""


class ObjectBody(Vertical):
    """Shows an object as a tree, as formatted text, or as the raw reply.

    Its height is limited and its content scrolls: layout time is proportional to the height of a
    message (measured, Textual 8.2), and an object may have a hundred thousand rows.
    """

    DEFAULT_CSS = """
    ObjectBody {
        height: auto;
        & > JsonTree, & > BoundedLines { max-height: 24; height: auto; }
    }
    """

    def __init__(self, message: Message, *, is_live: bool) -> None:
        """Create the body of a reply.

        Args:
            message: The reply.
            is_live: Whether it is still streaming.
        """
        super().__init__(classes="body")
        self._parts = [message.content] if message.content else []
        self._partial = PartialObject()
        self._is_live = is_live
        self._clock: Timer | None = None
        self._evaluation = (
            None if is_live else Evaluation.from_mapping(message.structured, message.content)
        )
        self._throttle = DutyCycle()
        self._formatted: Any = None
        self._wanted = "tree"
        self._view = ""
        self.object_tree = JsonTree()
        self._lines = BoundedLines()

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation; None while the reply is streaming."""
        return self._evaluation

    @property
    def view(self) -> str:
        """The current view: one of VIEWS."""
        return self._view

    def compose(self) -> ComposeResult:
        """Create both widgets; one of them is visible."""
        yield self.object_tree
        yield self._lines

    async def on_mount(self) -> None:
        """Show the initial content."""
        await self._show()

    def append(self, text: str) -> None:
        """Append text of the reply; it is shown with the next frame."""
        if not text:
            return
        self._parts.append(text)
        if self._clock is None and self.is_mounted:
            self._clock = self.set_timer(FRAME_S, self._on_frame)

    def finish(self, message: Message) -> None:
        """Show the complete reply with its evaluation."""
        self._is_live = False
        self._parts = [message.content]
        self._evaluation = Evaluation.from_mapping(message.structured, message.content)
        self._show_soon()

    def flip(self) -> str:
        """Switch to the next view and return its name."""
        views = [view for view in VIEWS if view != "tree" or not self._is_too_large]
        # The wanted view may not be shown yet.
        now = self._wanted if self._wanted in views else self._view
        self._wanted = views[(views.index(now) + 1) % len(views)] if now in views else views[0]
        self._show_soon()
        return self._wanted

    def _show_soon(self) -> None:
        # Passes the function, since a replaced coroutine would never be awaited.
        work: WorkType[None] = self._show
        self.run_worker(work, group="structured", exclusive=True)

    def _on_frame(self) -> None:
        self._clock = None
        if self._is_live and self._parse():
            self._show_view(self._live_view)

    @property
    def _live_view(self) -> str:
        """The view while streaming: raw if the reply is not strict JSON."""
        is_object = self._partial.value is not None and not self._partial.problem
        is_long = self._wanted == "text" and len(self._parts[0]) > _LIVE_TEXT
        return self._wanted if is_object and not is_long else "raw"

    def _parse(self, *, is_last: bool = False) -> bool:
        """Parse the reply so far; return whether anything visible changed."""
        text = "".join(self._parts)
        self._parts = [text]
        partial = self._partial
        is_new = partial.update(text, is_last=is_last)
        if partial.value is not None and not partial.problem:
            if is_new:
                self.object_tree.grow(partial.value, partial.open_path)
        else:
            # Not strict JSON so far: the raw reply is shown.
            is_new = True
        is_behind = partial.is_behind(text)
        if self._live_view == "text":
            is_behind |= not self._show_formatted(partial.value)
        else:
            self._formatted = None
            if self._live_view == "raw":
                self._lines.show(BODY, raw_lines(text))
        if self._clock is None and is_behind:
            # Parsing was throttled or incomplete: continue with the next frame.
            self._clock = self.set_timer(FRAME_S, self._on_frame)
        return is_new

    def _show_formatted(self, value: Any) -> bool:
        """Show a streaming object as text, throttled; return whether it is up to date."""
        if value is self._formatted:
            return True
        if not self._throttle.is_due:
            return False
        with self._throttle:
            self._lines.show(BODY, object_lines(value))
        self._formatted = value
        return True

    async def _show(self) -> None:
        if self._is_live:
            self._parse(is_last=True)
            self._show_view(self._live_view)
            return
        evaluation = self._evaluation
        text = self._parts[0] if self._parts else ""
        view = self._wanted if evaluation is not None and evaluation.json is not None else "raw"
        if view == "tree" and self._is_too_large:
            view = "raw"
        if evaluation is None or evaluation.json is None or view == "raw":
            lines = raw_lines(text)
            if self._is_too_large:
                hint = ngettext(
                    "An object of {count} character. Enter opens it as a tree.",
                    "An object of {count} characters. Enter opens it as a tree.",
                    len(text),
                )
                lines.insert(0, note(hint, 0))
            self._lines.show(BODY, lines)
        elif view == "tree":
            is_large = len(evaluation.json) > LARGE
            is_slow = len(evaluation.json) > _PARSED_ON_LOOP
            value = (
                await asyncio.to_thread(getattr, evaluation, "value")
                if is_slow
                else evaluation.value
            )
            depth = 1 if is_large else None
            self.object_tree.show(
                value, open_path=evaluation.open_path, errors=evaluation.errors, open_depth=depth
            )
        else:
            lines = await asyncio.to_thread(_formatted_lines, evaluation)
            self._lines.show(BODY, lines)
        self._show_view(view)

    @property
    def _is_too_large(self) -> bool:
        """True if its tree is shown in the workbench only.

        A conversation may contain many objects: a tree of 10 MB takes 100 MB of memory and 50 ms
        per garbage collection (measured).
        """
        json_text = self._evaluation.json if self._evaluation is not None else None
        return json_text is not None and len(json_text) > LARGEST

    def _show_view(self, view: str) -> None:
        self._view = view
        self.object_tree.display = view == "tree"
        self._lines.display = view != "tree"


def raw_lines(text: str) -> list[ViewLine]:
    """Return the raw reply as lines; of a long reply the beginning and the end."""
    return shortened(text_lines(text), "plain", 0)


def object_lines(value: Any) -> list[ViewLine]:
    """Return an object as formatted lines, with every digit; of a large object the beginning.

    Args:
        value: A value of `lossless_json.loads`.
    """
    text, is_whole = dumps_truncated(value, MOST_CHARACTERS)
    lines = text.split("\n")
    return shortened(lines if is_whole else [*lines, _(TRUNCATED)], "json", 0)


def _formatted_lines(evaluation: Evaluation) -> list[ViewLine]:
    is_kept = evaluation.json is None or len(evaluation.json) <= LARGEST
    return object_lines((evaluation if is_kept else replace(evaluation)).value)
