"""The text, raw and changes views of the workbench as lines; built in a thread."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import labelled, ngettext
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.structured.repair_diff import Change, diff_repairs
from tui_chat.ui.objects.object_body import object_lines, raw_lines
from tui_chat.ui.text_view.wrapped_lines import ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.structured.verdict import Evaluation

_CONTEXT: Final = 3
"""Unchanged lines shown around a change."""
_SAME_LIMIT: Final = 200
"""Characters shown at each end of a long unchanged run."""
_LONGEST: Final = 1_000
"""Characters; a longer changed line is split, so that every change is visible."""


def view_lines(evaluation: Evaluation, view: str) -> list[ViewLine]:
    """Return the lines of a view.

    Args:
        evaluation: The evaluation.
        view: `text`, `raw` or `changes`.
    """
    reason = [view_line(evaluation.reason, "error", keeps_words=True)] if evaluation.reason else []
    if view == "text":
        gap = [ViewLine("")] if reason else []
        return [*reason, *gap, *object_lines(evaluation.value)]
    if view == "raw":
        errors = [
            view_line(
                labelled(error.path_text, error.message) if error.path_text else error.message,
                "error",
            )
            for error in evaluation.errors[:20]
        ]
        gap = [ViewLine("")] if reason or errors else []
        return [*reason, *errors, *gap, *raw_lines(evaluation.raw)]
    return change_lines(evaluation)


def change_lines(evaluation: Evaluation) -> list[ViewLine]:
    """Return the list of repairs, followed by a diff."""
    lines = []
    for message, count in Counter(repair.message for repair in evaluation.repairs).items():
        text = sanitize_line(message, 500) + (f" ×{count:,}" if count > 1 else "")
        lines.append(view_line(text, "note", (("· ", "quiet"),), keeps_words=True))
    if evaluation.repair_count > len(evaluation.repairs):
        more = evaluation.repair_count - len(evaluation.repairs)
        text = ngettext("… {count} more repair", "… {count} more repairs", more)
        lines.append(ViewLine(text, "note"))
    changes = _Changes()
    for piece in diff_repairs(evaluation):
        changes.add(piece.change, sanitize(piece.text))
    return [*lines, ViewLine(""), *changes.ended()]


class _Changes:
    """Assembles the pieces of a diff to removed and added lines."""

    def __init__(self) -> None:
        self._lines: list[ViewLine] = []
        self._same: list[str] = []
        self._old = self._new = ""
        self._is_changed = False

    def add(self, change: Change, text: str) -> None:
        """Add the next piece."""
        if change is Change.REMOVED:
            self._old += text
        elif change is Change.ADDED:
            self._new += text
        else:
            self._add_same(text)
        self._is_changed = self._is_changed or change is not Change.SAME

    def ended(self) -> list[ViewLine]:
        """Return all lines."""
        self._end_line()
        self._end_same(is_last=True)
        return self._lines

    def _add_same(self, text: str) -> None:
        first, *others = text.split("\n")
        self._add_within(first)
        for line in others:
            self._end_line()
            self._add_within(line)

    def _add_within(self, text: str) -> None:
        if len(text) > 2 * _SAME_LIMIT:
            text = f"{text[:_SAME_LIMIT]} … {text[-_SAME_LIMIT:]}"
        if self._is_changed and len(self._old) + len(self._new) > _LONGEST:
            self._end_line()
        self._old += text
        self._new += text

    def _end_line(self) -> None:
        if self._is_changed:
            self._end_same()
            self._lines += _signed(self._old, "- ", "error")
            self._lines += _signed(self._new, "+ ", "string")
        else:
            self._same.append(self._old)
        self._old = self._new = ""
        self._is_changed = False

    def _end_same(self, *, is_last: bool = False) -> None:
        """Append the unchanged lines; of many only those near a change."""
        same, self._same = self._same, []
        before = _CONTEXT if self._lines else 0
        after = 0 if is_last else _CONTEXT
        missing = len(same) - before - after
        if missing > 1:
            text = ngettext("… {count} unchanged line", "… {count} unchanged lines", missing)
            self._lines += _signed("\n".join(same[:before]), "  ", "plain") if before else []
            self._lines.append(ViewLine(text, "note", (("  ", "plain"),), 2))
            same = same[len(same) - after :]
        self._lines += [line for text in same for line in _signed(text, "  ", "plain")]


def _signed(text: str, sign: str, ink: str) -> Iterable[ViewLine]:
    return [
        view_line(line, ink, ((sign, ink),)) for line in text.split("\n") if line or sign == "  "
    ]
