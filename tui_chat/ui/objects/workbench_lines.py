"""The forms of an answer other than its tree, as lines; made in a thread."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.quantities import counted
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.structured.repair_diff import Change, diff_repairs
from tui_chat.ui.objects.object_body import object_lines, raw_lines
from tui_chat.ui.text_view.view_lines import ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.structured.verdict import Evaluation

_CONTEXT: Final = 3
"""Lines that stay the same around a change that are shown."""
_SAME_LIMIT: Final = 200
"""Characters of a long stretch that stays the same that are shown at each of its ends."""
_LONGEST: Final = 1_000
"""Characters of a line after which it is shown in parts, so that each change in it is seen."""


def lines_of(evaluation: Evaluation, form: str) -> list[ViewLine]:
    """Return the lines of a form.

    Args:
        evaluation: The answer with its verdict.
        form: `text`, `raw` or `changes`.
    """
    reason = [view_line(evaluation.reason, "error", keeps_words=True)] if evaluation.reason else []
    if form == "text":
        gap = [ViewLine("")] if reason else []
        return [*reason, *gap, *object_lines(evaluation.value)]
    if form == "raw":
        errors = [
            view_line(
                f"{error.path_text}: {error.message}" if error.path_text else error.message, "error"
            )
            for error in evaluation.errors[:20]
        ]
        gap = [ViewLine("")] if reason or errors else []
        return [*reason, *errors, *gap, *raw_lines(evaluation.raw)]
    return change_lines(evaluation)


def change_lines(evaluation: Evaluation) -> list[ViewLine]:
    """Return every repair in words, then the answer with what went and what came."""
    lines = []
    for words, count in Counter(repair.message for repair in evaluation.repairs).items():
        text = sanitize_line(words, 500) + (f" {count:,} times" if count > 1 else "")
        lines.append(view_line(text, "note", (("· ", "quiet"),), keeps_words=True))
    if evaluation.repair_count > len(evaluation.repairs):
        more = counted(evaluation.repair_count - len(evaluation.repairs), "more repair")
        lines.append(ViewLine(f"… {more}", "note"))
    changes = _Changes()
    for piece in diff_repairs(evaluation):
        changes.add(piece.change, sanitize(piece.text))
    return [*lines, ViewLine(""), *changes.ended()]


class _Changes:
    """Puts the pieces of a diff_repairs together to whole lines: as they were, and as they are."""

    def __init__(self) -> None:
        self._lines: list[ViewLine] = []
        self._same: list[str] = []
        self._old = self._new = ""
        self._is_changed = False

    def add(self, change: Change, text: str) -> None:
        """Take the next piece."""
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
        """Show the lines that stay, of many of them those beside a change."""
        same, self._same = self._same, []
        before = _CONTEXT if self._lines else 0
        after = 0 if is_last else _CONTEXT
        missing = len(same) - before - after
        if missing > 1:
            words = f"… {missing:,} lines stay the same"
            self._lines += _signed("\n".join(same[:before]), "  ", "plain") if before else []
            self._lines.append(ViewLine(words, "note", (("  ", "plain"),), 2))
            same = same[len(same) - after :]
        self._lines += [line for text in same for line in _signed(text, "  ", "plain")]


def _signed(text: str, sign: str, ink: str) -> Iterable[ViewLine]:
    return [
        view_line(line, ink, ((sign, ink),)) for line in text.split("\n") if line or sign == "  "
    ]
