from __future__ import annotations

import gc
import warnings

from textual.app import App

from tui_chat.ui.terminal.tidy_workers import TidyWorkers


class TidyApp(App[None]):
    """An app with workers of ours."""

    def __init__(self) -> None:
        super().__init__()
        self._workers = TidyWorkers(self)


async def _work() -> None:
    raise AssertionError("It was cancelled before it began")


async def test_a_worker_that_never_began_leaves_no_warning() -> None:
    app = TidyApp()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        async with app.run_test() as pilot:
            worker = app.run_worker(_work(), exit_on_error=False)
            worker.cancel()
            await pilot.pause()
        gc.collect()
    assert [
        str(warning.message) for warning in found if "never awaited" in str(warning.message)
    ] == []
