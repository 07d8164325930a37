"""The live view: an object that is still arriving, read as far as it has come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.duty_cycle import DutyCycle

if TYPE_CHECKING:
    from tui_chat.structured.verdict import Path

LARGEST: Final = 2_000_000
"""Characters of an answer that are shown while it arrives; the rest is read when it is whole."""
_PIECE: Final = 40_000
"""Characters that one reading goes on by: 15 ms. A flood brings megabytes between two frames."""

_START: Final = re.compile(r"[{\[]")
_TAG: Final = "<thinking>"
_LONGEST_TAG: Final = len("</thinking>")
_THOUGHT: Final = re.compile(r"<think(?:ing)?>")
_THOUGHT_END: Final = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OPEN_NUMBER: Final = re.compile(r"[-+.\w]\Z")
_LOSSLESS: Final = "lossless-float"


class PartialObject:
    """Reads a growing answer.

    Attributes:
        value: What has come, of dict, list, str, int, bool, None and jiter's LosslessFloat (show
            leaves with `exact.scalar_text`); None before anything has.
        open_path: Path of the node that is still being written: a leaf, or the innermost open
            object or list. None before anything has arrived and once the object is complete.
        problem: Why the view does not follow, as a sentence; empty while it does.
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
        self._share = DutyCycle()

    def update(self, text: str, *, is_last: bool = False) -> bool:
        """Read the answer so far; cheap to call for every frame.

        Args:
            text: The whole answer up to now.
            is_last: Whether to read at once, however lately that was done; of much text, a piece.

        Returns:
            Whether the view changed.
        """
        if not self.is_behind(text) or not (is_last or self._share.is_due):
            return False
        if not self._find_start(text):
            return False
        if len(text) - self._start > LARGEST:
            self.problem = "It is too long to be shown while it arrives."
            return True
        self._read_until = min(len(text), max(self._start, self._read_until) + _PIECE)
        with self._share:
            return self._read(text)

    def read_whole(self, text: str) -> None:
        """Read a text to its end, however long that takes; it is all that comes."""
        while self.is_behind(text):
            self.update(text, is_last=True)

    def is_behind(self, text: str) -> bool:
        """Say whether more of a text is to be read than has been."""
        is_over = bool(self.problem) or self._nesting.end is not None
        return not is_over and len(text) > max(self._read_until, self._searched)

    def _find_start(self, text: str) -> bool:
        """Find where the object begins, after thoughts, fences and prose."""
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
            # Strings that are still arriving are shown; other drafts only once they are values.
            value = jiter.from_json(
                part.encode("utf-8", "replace"),
                partial_mode="trailing-strings",
                float_mode=_LOSSLESS,
            )
        except ValueError:
            self.problem = "It is not JSON to the letter; it is repaired when it is whole."
            return True
        self.value = value
        self.open_path = _open_path(value, self._nesting, part)
        return True


class _Nesting:
    """Follows the brackets and quotes of a text that grows; each character is looked at once.

    Attributes:
        open: How many objects and lists are open.
        end: Where the outermost one was closed; None while it is not.
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
        """Go on to the end of a text; what was fed before is its beginning."""
        at = self._at
        while self.end is None:
            found = (_IN_STRING if self.is_in_string else _OUTSIDE).search(text, at)
            if found is None:
                break
            mark = found[0]
            if mark == "\\" and found.end() == len(text):
                # What it escapes has not come.
                self._at = found.start()
                return
            at = found.end() + (mark == "\\")
            if not self.is_in_string:
                self._note(mark, found.end())
            elif mark == '"':
                self.is_in_string = False
        self._at = len(text) if self.end is None else self.end

    def has_open_leaf(self, text: str) -> bool:
        """Say whether a text ends within a value that is no object or list, as far as is shown."""
        if self.is_in_string:
            return self._is_value
        return self._is_value and bool(_NUMBER.fullmatch(text[self._last :].strip()))

    def _note(self, mark: str, after: int) -> None:
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
    """Return the path of the node that is being written at the end of a text."""
    path: list[str | int] = []
    steps = nesting.open - (0 if nesting.has_open_leaf(text) else 1)
    for _ in range(steps):
        if not isinstance(value, dict | list) or not value:
            break
        step = len(value) - 1 if isinstance(value, list) else next(reversed(value))
        path.append(step)
        value = value[step]
    return tuple(path) if nesting.open else None
