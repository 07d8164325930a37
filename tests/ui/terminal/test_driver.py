from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from tui_chat.ui.terminal.driver import (
    PASTE_END,
    PASTE_START,
    GuardedParser,
    PasteGuard,
    TerminalDriver,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


def parsed(*pieces: str) -> list[events.Event]:
    parser = GuardedParser()
    return [
        event for piece in pieces for event in parser.feed(piece) if isinstance(event, events.Event)
    ]


def test_a_paste_with_colours_is_one_paste_and_no_key() -> None:
    found = parsed(f"{PASTE_START}\x1b[31mred\x1b[0m\rnext{PASTE_END}")

    assert [type(event) for event in found] == [events.Paste]
    assert isinstance(found[0], events.Paste)
    assert found[0].text == "␛[31mred␛[0m\rnext"


def test_keys_around_a_paste_stay_keys() -> None:
    found = parsed("a", f"{PASTE_START}x\x1by{PASTE_END}", "b")

    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys == ["a", "b"]


def test_an_escape_key_is_not_held_back() -> None:
    guard = PasteGuard()

    assert guard.feed("\x1b") == "\x1b"
    assert guard.feed("[A") == "[A"


@given(st.text(alphabet="a\x1b[201~\r", max_size=40), st.data())
def test_any_split_of_a_paste_gives_the_same_text(body: str, data: st.DataObject) -> None:
    body = body.replace(PASTE_END, "")
    whole = f"x{PASTE_START}{body}{PASTE_END}y"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    guard = PasteGuard()

    text = "".join(guard.feed(piece) for piece in pieces)

    assert text == f"x{PASTE_START}{body.replace(chr(27), '␛')}{PASTE_END}y"


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Gone:
    """The file of a terminal that has hung up."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        return -1


class Slow(Gone):
    """The file of a terminal that takes nothing for a while."""

    def __init__(self) -> None:
        self.takes = threading.Event()

    def write(self, text: str) -> int:
        self.takes.wait(10)
        return len(text)


def driver_to(file: Gone) -> TerminalDriver:
    driver = TerminalDriver(App())
    as_text: TextIO = file  # type: ignore[assignment]
    driver._writer_thread = WriterThread(as_text)
    driver._writer_thread.start()
    return driver


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_terminal_that_is_gone_holds_nothing_up() -> None:
    driver = driver_to(Gone())
    for _ in range(100):
        driver.write("x")
    driver.close()


async def test_a_slow_terminal_is_known_to_be_behind() -> None:
    file = Slow()
    driver = driver_to(file)
    behind = [driver.is_behind]
    for _ in range(8):
        driver.write("x")
    behind.append(driver.is_behind)
    file.takes.set()
    driver.close()
    behind.append(driver.is_behind)
    assert behind == [False, True, False]


async def test_a_hang_up_does_not_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(LinuxDriver, "start_application_mode", lambda _: begun.append(True))
    driver = driver_to(Gone())
    driver._auto_restart = True
    read, write = os.pipe()
    # There is no terminal at this number, as after a hang-up.
    driver.fileno = read
    driver._sigcont_application()
    os.close(read)
    os.close(write)
    assert not begun
