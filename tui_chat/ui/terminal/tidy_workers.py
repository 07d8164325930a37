"""Cleans up workers that are cancelled before they start."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker_manager import WorkerManager

if TYPE_CHECKING:
    from textual.worker import Worker


class TidyWorkers(WorkerManager):
    """Closes the coroutine of a worker that is cancelled before it starts.

    Textual (8.2) leaves it open, and Python prints a warning when the program ends.
    """

    def add_worker(self, worker: Worker[Any], start: bool = True, exclusive: bool = True) -> None:
        """Add a worker."""
        super().add_worker(worker, start, exclusive)
        if worker._task is not None:
            worker._task.add_done_callback(partial(_close, worker._work))


def _close(work: object, _: object) -> None:
    if inspect.iscoroutine(work) and inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()
