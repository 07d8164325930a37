"""Incremental parsing of an object while it streams, for the live view."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.duty_cycle import DutyCycle
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Path

LARGEST: Final = 2_000_000
"""Characters; a longer reply is parsed only when it is complete."""
_PIECE: Final = 40_000
"""Characters parsed per update (15 ms); megabytes may arrive between two frames."""

_START: Final = re.compile(r"[{\[]")
_TAG: Final = "<thinking>"
_LONGEST_TAG: Final = len("</thinking>")
_THOUGHT: Final = re.compile(r"<think(?:ing)?>")
_THOUGHT_END: Final = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OPEN_NUMBER: Final = re.compile(r"[-+.\w]\Z")
_LOSSLESS: Final = "lossless-float"


class PartialObject:
    """Parses a growing reply.

    Attributes:
        value: The object so far, made of dict, list, str, int, bool, None and jiter's LosslessFloat
            (format scalars with `lossless_json.scalar_text`); None before the object begins.
        open_path: Path of the node that is still being written: a leaf, or the innermost open
            object or list. None before anything has arrived and once the object is complete.
        problem: Why parsing stopped, as a sentence; empty while it goes on.
    """

    def __init__(self) -> None:
        self.value: Any = None
        self.open_path: Path | None = None
        self.problem = ""
        self._start = 0
        self._has_started = False
        self._is_thought: bool | None = None
        self._searched = 0
        self._nesting = _Nesting()
        self._read_until = 0
        self._throttle = DutyCycle()

    def update(self, text: str, *, is_last: bool = False) -> bool:
        """Parse what has arrived; throttled, so that it may be called for every frame.

        Args:
            text: The whole reply so far.
            is_last: Whether to skip the throttle. A long text still needs several calls.

        Returns:
            Whether the value or the problem changed.
        """
        if not self.is_behind(text) or not (is_last or self._throttle.is_due):
            return False
        if not self._find_start(text):
            return False
        if len(text) - self._start > LARGEST:
            self.problem = _("Too long for the live view.")
            return True
        self._read_until = min(len(text), max(self._start, self._read_until) + _PIECE)
        with self._throttle:
            return self._read(text)

    def read_whole(self, text: str) -> None:
        """Parse a complete text to its end, without a time limit."""
        while self.is_behind(text):
            self.update(text, is_last=True)

    def is_behind(self, text: str) -> bool:
        """Return whether a part of the text is still to be parsed."""
        is_over = bool(self.problem) or self._nesting.end is not None
        return not is_over and len(text) > max(self._read_until, self._searched)

    def _find_start(self, text: str) -> bool:
        """Find the beginning of the object, after reasoning, fences and prose."""
        if self._has_started:
            return True
        if self._is_thought is None:
            lead = text.lstrip()[:_LONGEST_TAG].lower()
            if _THOUGHT.match(lead) or not _TAG.startswith(lead):
                self._is_thought = _THOUGHT.match(lead) is not None
        if self._is_thought:
            end = _THOUGHT_END.search(text, max(0, self._searched - _LONGEST_TAG))
            if end is None:
                self._searched = len(text)
                return False
            self._is_thought, self._searched = False, end.end()
        found = _START.search(text, self._searched)
        if found is None:
            self._searched = len(text)
            return False
        self._start = found.start()
        self._has_started = True
        return True

    def _read(self, text: str) -> bool:
        import jiter

        part = text[self._start : self._read_until]
        self._nesting.feed(part)
        if self._nesting.end is not None:
            part = part[: self._nesting.end]
        try:
            # Unfinished strings are included, unfinished numbers and literals are not.
            value = jiter.from_json(
                part.encode("utf-8", "replace"),
                partial_mode="trailing-strings",
                float_mode=_LOSSLESS,
            )
        except ValueError:
            self.problem = _("Not strict JSON; it is repaired when it is complete.")
            return True
        self.value = value
        self.open_path = _open_path(value, self._nesting, part)
        return True


class _Nesting:
    """Tracks brackets and quotes in a growing text; visits each character once.

    Attributes:
        open: Number of open objects and lists.
        end: Offset after the outermost closing bracket; None before it.
    """

    def __init__(self) -> None:
        self.open = 0
        self.end: int | None = None
        self.is_in_string = False
        self._is_value = False
        self._kinds: list[str] = []
        self._at = 0
        self._last = 0

    def feed(self, text: str) -> None:
        """Continue to the end of a text that begins with what was fed before."""
        at = self._at
        while self.end is None:
            found = (_IN_STRING if self.is_in_string else _OUTSIDE).search(text, at)
            if found is None:
                break
            mark = found[0]
            if mark == "\\" and found.end() == len(text):
                # The escaped character has not arrived.
                self._at = found.start()
                return
            at = found.end() + (mark == "\\")
            if not self.is_in_string:
                self._track(mark, found.end())
            elif mark == '"':
                self.is_in_string = False
        self._at = len(text) if self.end is None else self.end

    def has_open_leaf(self, text: str) -> bool:
        """Return whether a text ends within a scalar that is shown."""
        if self.is_in_string:
            return self._is_value
        return self._is_value and bool(_NUMBER.fullmatch(text[self._last :].strip()))

    def _track(self, mark: str, after: int) -> None:
        if mark == '"':
            self.is_in_string = True
            return
        if mark in "{[":
            self._kinds.append(mark)
        elif mark in "}]":
            if self._kinds:
                self._kinds.pop()
            if not self._kinds:
                self.end = after
        self.open = len(self._kinds)
        self._last = after
        in_list = bool(self._kinds) and self._kinds[-1] == "["
        self._is_value = mark == ":" or (in_list and mark in ",[")


_IN_STRING: Final = re.compile(r'["\\]')
_OUTSIDE: Final = re.compile(r'[{}\[\],:"]')
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _open_path(value: Any, nesting: _Nesting, text: str) -> Path | None:
    """Return the path of the node at the end of an unfinished text."""
    path: list[str | int] = []
    steps = nesting.open - (0 if nesting.has_open_leaf(text) else 1)
    for _level in range(steps):
        if not isinstance(value, dict | list) or not value:
            break
        step = len(value) - 1 if isinstance(value, list) else next(reversed(value))
        path.append(step)
        value = value[step]
    return tuple(path) if nesting.open else None
