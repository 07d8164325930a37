"""Records the screen of a program in a terminal, and types into it at a readable pace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tests.demo.animated_svg import Cell, Frame, Style

if TYPE_CHECKING:
    from pyte.screens import Char

    from tests.pty.program import PtyProgram

_INTERVAL_S: Final = 0.08
_KEY_S: Final = 0.045
_LONGEST_WAIT_S: Final = 0.4
"""A screen that does not change is shown this long, unless `show` asks for more."""
_DARK: Final = "#121212"
_LIGHT: Final = "#e0e0e0"
_NAMED: Final = {
    "black": "#000000", "red": "#cc5555", "green": "#55aa55", "brown": "#cdcd55",
    "blue": "#5455cb", "magenta": "#cc55cc", "cyan": "#55aaaa", "white": "#cccccc",
}  # fmt: skip


class Recorder:
    """Records a running program.

    Time is that of the recording: a wait for the program is shortened, a pause for the reader is
    not.
    """

    def __init__(self, program: PtyProgram) -> None:
        self._program = program
        self._now = 0.0
        self.frames: list[Frame] = []

    @property
    def end_s(self) -> float:
        """The length of the recording."""
        return self._now

    def begin(self) -> None:
        """Begin the recording with the present screen."""
        self.frames.clear()
        self._now = 0.0
        self._capture()

    def type(self, text: str) -> None:
        """Type a text, key by key."""
        for key in text:
            self.press(key)

    def press(self, keys: str, pause_s: float = _KEY_S) -> None:
        """Press a key, and show what it does."""
        self._program.send(keys)
        self._watch(pause_s, pause_s)

    def wait_for(self, text: str) -> None:
        """Record until a text is on the screen."""
        began = time.monotonic()
        while text not in self._program.text:
            self._watch(_INTERVAL_S, _INTERVAL_S)
            if time.monotonic() - began > 60:
                raise AssertionError(f"“{text}” never came:\n{self._program.text}")

    def show(self, seconds: float) -> None:
        """Record what happens for some time, then let the last screen be read."""
        self._watch(min(seconds, _LONGEST_WAIT_S), seconds)

    def _watch(self, real_s: float, shown_s: float) -> None:
        began = time.monotonic()
        start = self._now
        while (left := began + real_s - time.monotonic()) > 0:
            self._program._read(min(left, _INTERVAL_S))
            self._now = start + min(time.monotonic() - began, shown_s)
            self._capture()
        self._now = start + shown_s

    def _capture(self) -> None:
        rows = tuple(self._row(number) for number in range(self._program._rows))
        if not self.frames or self.frames[-1].rows != rows:
            self.frames.append(Frame(self._now, rows))

    def _row(self, number: int) -> tuple[Cell, ...]:
        line = self._program._screen.buffer[number]
        return tuple(_cell(line[column]) for column in range(self._program._columns))


def _cell(char: Char) -> Cell:
    colour, background = _colour(char.fg, _LIGHT), _colour(char.bg, _DARK)
    if char.reverse:
        colour, background = background, colour
    style = Style(colour, background, char.bold, char.italics, char.underscore)
    # A space has no colour of its own; equal styles make one run.
    return Cell(char.data, style)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    if name in _NAMED:
        return _NAMED[name]
    return f"#{name}" if len(name) == 6 else default
