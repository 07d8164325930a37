from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from tui_chat.ui.terminal.driver import TerminalDriver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


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


async def test_a_hang_up_does_not_start_over(monkeypatch: pytest.MonkeyPatch) -> None:
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
