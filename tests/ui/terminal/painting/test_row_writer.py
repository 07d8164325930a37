"""The output makes a terminal show the rows, whatever it showed before."""

from __future__ import annotations

from itertools import pairwise

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.ui.terminal.painting.row_writer import Row, RowWriter

HEIGHT = 12
WIDTH = 10


class Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)
        self.writer = RowWriter()

    def show(self, rows: dict[int, Row]) -> str:
        written = self.writer.written(rows)
        self._stream.feed(written)
        return written

    @property
    def rows(self) -> list[str]:
        return list(self.screen.display)


def row(text: str) -> Row:
    return ((0, text[:4].ljust(4)), (4, text[4:].ljust(WIDTH - 4)))


def page(*texts: str) -> dict[int, Row]:
    return {y: row(text) for y, text in enumerate(texts)}


def shown(rows: dict[int, Row]) -> list[str]:
    return ["".join(text for _, text in rows[y]) for y in range(HEIGHT)]


# Few different rows, so that they repeat and move.
PAGES = st.lists(st.sampled_from("abcdef"), min_size=HEIGHT + 8, max_size=HEIGHT + 8)


@given(st.lists(st.tuples(PAGES, st.integers(0, 8)), min_size=1, max_size=5))
def test_any_screen_after_any_other(pages: list[tuple[list[str], int]]) -> None:
    terminal = Terminal()
    for texts, start in pages:
        rows = page(*texts[start : start + HEIGHT])
        terminal.show(rows)
        assert terminal.rows == shown(rows)


@given(PAGES, st.lists(st.integers(0, 8), min_size=2, max_size=6), st.integers(0, HEIGHT - 6))
def test_a_part_that_scrolls(texts: list[str], starts: list[int], top: int) -> None:
    terminal = Terminal()
    for start, _ in pairwise([*starts, 0]):
        moving = dict(list(page(*texts[start : start + HEIGHT]).items())[top : top + 6])
        terminal.show(moving)
        for y, expected in moving.items():
            assert terminal.rows[y] == "".join(text for _, text in expected)


def test_what_is_shown_is_not_written_again() -> None:
    terminal = Terminal()
    terminal.show(page(*"abcdefghijkl"))
    assert terminal.show(page(*"abcdefghijkl")) == ""
    assert terminal.show(page(*"abcXefghijkl")) == "\x1b[4;1HX   "


def test_rows_that_move_up_are_moved_by_the_terminal() -> None:
    terminal = Terminal()
    terminal.show(page(*"abcdefghijkl"))
    written = terminal.show(page(*"cdefghijklmn"))
    assert terminal.rows == shown(page(*"cdefghijklmn"))
    assert written.startswith("\x1b[1;12r\x1b[12;1H\n\n\x1b[r")
    assert "e" not in written


def test_rows_that_move_down_too() -> None:
    terminal = Terminal()
    terminal.show(page(*"cdefghijklmn"))
    written = terminal.show(page(*"abcdefghijkl"))
    assert terminal.rows == shown(page(*"abcdefghijkl"))
    assert "\x1bM\x1bM" in written


def test_everything_is_written_after_another_program_drew() -> None:
    terminal = Terminal()
    terminal.show(page(*"abcdefghijkl"))
    terminal.screen.reset()
    terminal.writer.forget()
    terminal.show(page(*"abcdefghijkl"))
    assert terminal.rows == shown(page(*"abcdefghijkl"))
