"""Workarounds for faults of Textual 8.2: each says what fails without it."""

from __future__ import annotations

import inspect
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.document._wrapped_document import WrappedDocument
from textual.errors import NoWidget
from textual.widgets import LoadingIndicator, OptionList
from textual.widgets.option_list import Option
from textual.worker_manager import WorkerManager

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.worker import Worker

_on_click = OptionList._on_click
_move_page = OptionList._move_page
_wrap_and_format = Content._wrap_and_format


def harden_option_lists() -> None:
    """Make every option list ignore clicks and page keys that do not match its layout.

    A list may have been refilled since the row under the mouse was painted: Textual then looks up
    an option by an index that is too large. It has no rows before its first layout and while it
    has no columns: Textual then fails to find the row of the highlighted option.
    """
    OptionList._on_click = _checked  # type: ignore[method-assign, assignment]
    OptionList._move_page = _page_if_laid_out  # type: ignore[method-assign, assignment]


def _page_if_laid_out(options: OptionList, direction: Literal[-1, 1]) -> None:
    with suppress(KeyError):
        _move_page(options, direction)


async def _checked(options: OptionList, event: events.Click) -> None:
    clicked: int | None = event.style.meta.get("option")
    if clicked is None or clicked < options.option_count:
        await _on_click(options, event)


def allow_no_width() -> None:
    """Wrap text in widgets of zero width as if they had one column.

    In a very narrow terminal some widgets get no columns. Textual still computes the height of
    their text and divides by the width.
    """
    Content._wrap_and_format = _wrapped  # type: ignore[method-assign, assignment]


def slice_wrapped_lines() -> None:
    """Cut a long line of a text area into its rows without a Rich text for each row.

    Textual cuts it for each key: a draft of 10,000 characters in a terminal of one column takes a
    second then.
    """
    WrappedDocument.get_sections = _sections  # type: ignore[method-assign, assignment]


def _sections(document: WrappedDocument, line_index: int) -> list[str]:
    line, ends = document.document[line_index], document.get_offsets(line_index)
    return [line[start:end] for start, end in pairwise([0, *ends, len(line)])]


def _wrapped(content: Content, width: int, *args: Any, **options: Any) -> Any:
    width = max(width, 1)
    if width <= 2 * options.get("line_pad", 0):
        options["line_pad"] = 0
    return _wrap_and_format(content, width, *args, **options)


class SafePalette(CommandPalette):
    """A command palette that ignores a click outside of the screen.

    Textual crashes on a click that was in the screen before a resize and is not now. Its “No
    matches found” cannot be translated, and its input cannot be chosen.
    """

    def compose(self) -> ComposeResult:
        """Yield the widgets of Textual's palette."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield self.command_input(self._placeholder)
            with Vertical(id="--results"):
                yield CommandList()
                yield LoadingIndicator()

    def command_input(self, placeholder: str) -> CommandInput:
        """Return the input."""
        return CommandInput(placeholder=placeholder, select_on_focus=False)

    def _start_no_matches_countdown(self, search_value: str) -> None:
        self._stop_no_matches_countdown()
        self._no_matches_timer = self.set_timer(
            self._NO_MATCHES_COUNTDOWN, partial(self._show_no_matches, search_value)
        )

    def _show_no_matches(self, query: str) -> None:
        if query:
            text = Content(_("No matches found"))
            self.query_one(CommandList).add_option(Option(text, self._NO_MATCHES, disabled=True))
        self._list_visible = bool(query)

    def _on_click(self, event: events.Click) -> None:  # type: ignore[override]
        with suppress(NoWidget):
            super()._on_click(event)
        event.prevent_default()


class TidyWorkers(WorkerManager):
    """Closes the coroutine of a worker that is cancelled before it starts.

    Textual leaves it open, and Python prints a warning when the program ends.
    """

    def add_worker(self, worker: Worker[Any], start: bool = True, exclusive: bool = True) -> None:
        """Add a worker."""
        super().add_worker(worker, start, exclusive)
        if worker._task is not None:
            worker._task.add_done_callback(partial(_close, worker._work))


def _close(work: object, _: object) -> None:
    if inspect.iscoroutine(work) and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()
