"""The scripted server, seen from the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.bench.server import Plan


class Endpoint:
    """Starts the server, gives it plans and hears what it saw. Use it as a context manager."""

    def __init__(self) -> None:
        self._events: list[tuple[str, float]] = []
        self._news = threading.Condition()
        self._port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._wait_for("port")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def plan(self, plan: Plan) -> None:
        """Have the next questions answered so; forget what happened until now."""
        self._order(json.dumps(asdict(plan)))
        self._wait_for("planned")
        self._events.clear()

    def go(self) -> None:
        """Let the deltas come that wait."""
        self._order("go")

    def moments(self, what: str) -> list[float]:
        """Return the moments since the last plan at which something happened."""
        return [at for name, at in self._events if name == what]

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _wait_for(self, what: str) -> None:
        with self._news:
            if not self._news.wait_for(lambda: self.moments(what), timeout=20):
                raise TimeoutError(f"The server never told: {what}")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            with self._news:
                self._port = event.get("port", self._port)
                self._events.append((event["what"], event["at"]))
                self._news.notify_all()
