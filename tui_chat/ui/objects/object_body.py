"""The part of a message that shows an answer asked for as an object."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from textual.containers import Vertical

from tui_chat.core.duty_cycle import DutyCycle
from tui_chat.structured.lossless_json import dumps_truncated
from tui_chat.structured.partial_object import LARGEST, PartialObject
from tui_chat.structured.verdict import Evaluation
from tui_chat.ui.objects.json_tree import JsonTree
from tui_chat.ui.text_view.json_lines import CUT_WORDS, MOST_CHARACTERS, note, shortened, text_lines
from tui_chat.ui.text_view.line_view import BODY, LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.worker import WorkType

    from tui_chat.core.conversation import Message
    from tui_chat.ui.text_view.view_lines import ViewLine

FRAME_S: Final = 1 / 20
"""How often a growing object is looked at."""
LARGE: Final = 400_000
"""Characters from which on an object is folded at first."""
_AT_ONCE: Final = 40_000
"""Characters up to which an object is read on the loop: more would hold up a frame."""
_LIVE_TEXT: Final = 100_000
"""Characters up to which a growing object is laid out as text: 25 ms; a longer one is shown raw."""
FORMS: Final = ("tree", "text", "raw")


class BoundedLines(LineView, can_focus=False):
    """The text of an answer, in a view that is not higher than a screen."""


class ObjectBody(Vertical):
    """Shows an object as a tree, as text laid out, or the answer as it came.

    It is never higher than some rows and scrolls within them: a message of a hundred thousand rows
    would make every layout cost its height (measured, Textual 8.2).
    """

    DEFAULT_CSS = """
    ObjectBody {
        height: auto;
        & > JsonTree, & > BoundedLines { max-height: 24; height: auto; }
    }
    """

    def __init__(self, message: Message, *, is_live: bool) -> None:
        """Show an answer.

        Args:
            message: The reply; its text is the answer as it came.
            is_live: Whether more is coming.
        """
        super().__init__(classes="body")
        self._parts = [message.content] if message.content else []
        self._partial = PartialObject()
        self._is_live = is_live
        self._clock: Timer | None = None
        self._evaluation = (
            None if is_live else Evaluation.from_mapping(message.structured, message.content)
        )
        self._share = DutyCycle()
        self._laid_out: Any = None
        self._form = "tree"
        self._shown_as = ""
        self.object_tree = JsonTree()
        self._lines = BoundedLines()

    @property
    def evaluation(self) -> Evaluation | None:
        """The verdict; None while the answer is arriving."""
        return self._evaluation

    @property
    def form(self) -> str:
        """How it is shown: one of FORMS."""
        return self._shown_as

    def compose(self) -> ComposeResult:
        """Build both views; one of them is seen."""
        yield self.object_tree
        yield self._lines

    async def on_mount(self) -> None:
        """Show what there is."""
        await self._show()

    def append(self, text: str) -> None:
        """Take more of the answer; it is shown with the next frame."""
        if not text:
            return
        self._parts.append(text)
        if self._clock is None and self.is_mounted:
            self._clock = self.set_timer(FRAME_S, self._on_frame)

    def finish(self, message: Message) -> None:
        """Show the answer as it was evaluation."""
        self._is_live = False
        self._parts = [message.content]
        self._evaluation = Evaluation.from_mapping(message.structured, message.content)
        self._show_soon()

    def flip(self) -> str:
        """Show the next form and return its name."""
        forms = [form for form in FORMS if form != "tree" or not self._is_too_large]
        # What is wanted, which may not be shown yet.
        now = self._form if self._form in forms else self._shown_as
        self._form = forms[(forms.index(now) + 1) % len(forms)] if now in forms else forms[0]
        self._show_soon()
        return self._form

    def _show_soon(self) -> None:
        # Not a coroutine: one that is replaced before it begins would never be awaited.
        work: WorkType[None] = self._show
        self.run_worker(work, group="structured", exclusive=True)

    def _on_frame(self) -> None:
        self._clock = None
        if self._is_live and self._read():
            self._see(self._live_form)

    @property
    def _live_form(self) -> str:
        """How a growing answer is shown: as it came where it is not JSON to the letter."""
        is_object = self._partial.value is not None and not self._partial.problem
        is_long = self._form == "text" and len(self._parts[0]) > _LIVE_TEXT
        return self._form if is_object and not is_long else "raw"

    def _read(self, *, is_last: bool = False) -> bool:
        """Read the growing answer as far as it has come; say whether anything is new to be seen."""
        text = "".join(self._parts)
        self._parts = [text]
        partial = self._partial
        is_new = partial.update(text, is_last=is_last)
        if partial.value is not None and not partial.problem:
            if is_new:
                self.object_tree.grow(partial.value, partial.open_path)
        else:
            # Not an object to the letter, so far: the answer as it comes.
            is_new = True
        is_behind = partial.is_behind(text)
        if self._live_form == "text":
            is_behind |= not self._lay_out(partial.value)
        else:
            self._laid_out = None
            if self._live_form == "raw":
                self._lines.show(BODY, raw_lines(text))
        if self._clock is None and is_behind:
            # It was read a moment ago, or much has come at once: look again.
            self._clock = self.set_timer(FRAME_S, self._on_frame)
        return is_new

    def _lay_out(self, value: Any) -> bool:
        """Show a growing object as text; say whether that was done, and not too lately before."""
        if value is self._laid_out:
            return True
        if not self._share.is_due:
            return False
        with self._share:
            self._lines.show(BODY, object_lines(value))
        self._laid_out = value
        return True

    async def _show(self) -> None:
        if self._is_live:
            self._read(is_last=True)
            self._see(self._live_form)
            return
        evaluation = self._evaluation
        text = self._parts[0] if self._parts else ""
        form = self._form if evaluation is not None and evaluation.json is not None else "raw"
        if form == "tree" and self._is_too_large:
            form = "raw"
        if evaluation is None or evaluation.json is None or form == "raw":
            lines = raw_lines(text)
            if self._is_too_large:
                words = f"An object of {len(text):,} characters: Enter opens it as a tree."
                lines.insert(0, note(words, 0))
            self._lines.show(BODY, lines)
        elif form == "tree":
            is_large = len(evaluation.json) > LARGE
            is_slow = len(evaluation.json) > _AT_ONCE
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
            lines = await asyncio.to_thread(_laid_out, evaluation)
            self._lines.show(BODY, lines)
        self._see(form)

    @property
    def _is_too_large(self) -> bool:
        """Whether its tree is only for the whole screen.

        A conversation may hold many: each tree of 10 MB takes 100 MB, and 50 ms whenever garbage
        is collected (measured).
        """
        json_text = self._evaluation.json if self._evaluation is not None else None
        return json_text is not None and len(json_text) > LARGEST

    def _see(self, form: str) -> None:
        self._shown_as = form
        self.object_tree.display = form == "tree"
        self._lines.display = form != "tree"


def raw_lines(text: str) -> list[ViewLine]:
    """Return an answer as it came, as lines; of a long one the dumps_truncated and the end."""
    return shortened(text_lines(text), "plain", 0)


def object_lines(value: Any) -> list[ViewLine]:
    """Return an object laid out, with every digit; of a large one the dumps_truncated.

    Args:
        value: Of the types of `exact.loads`.
    """
    text, is_whole = dumps_truncated(value, MOST_CHARACTERS)
    lines = text.split("\n")
    return shortened(lines if is_whole else [*lines, CUT_WORDS], "json", 0)


def _laid_out(evaluation: Evaluation) -> list[ViewLine]:
    is_kept = evaluation.json is None or len(evaluation.json) <= LARGEST
    return object_lines((evaluation if is_kept else replace(evaluation)).value)
