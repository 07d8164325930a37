"""tui-chat in a terminal, as the measures need it: an empty home, a scripted endpoint."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.endpoint import Endpoint
from tests.bench.server import Plan
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY: Final = Path(__file__).parents[2]
PAINTED: Final = "sk anything"
"""Of the placeholder in the prompt; its first letter is under the cursor."""

BARE: Final = [
    sys.executable,
    "-c",
    """
from textual.app import App
from textual.widgets import TextArea

class Bare(App):
    def compose(self):
        yield TextArea(placeholder="Ask anything")

Bare().run()
""",
]
"""A Textual app that has a prompt and nothing else: what start-up and memory are compared with."""


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which a program finds none of the user's own settings."""
    kinds = ("CONFIG", "DATA", "STATE", "CACHE")
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "PYTHONPATH": str(REPOSITORY),
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in kinds},
    }


def database(home: Path) -> Path:
    """Return where tui-chat keeps the conversations in such a home."""
    return home / "data" / "tui-chat" / "conversations.db"


def chat_command(base_url: str) -> list[str]:
    """Return the command line of the chat."""
    return [sys.executable, "-m", "tui_chat", "--base-url", base_url, "--model", "m"]


@contextmanager
def empty_home() -> Iterator[Path]:
    """Make a home and take it away."""
    with tempfile.TemporaryDirectory(prefix="tui-chat-bench-") as folder:
        yield Path(folder)


class Chat:
    """A running chat and the endpoint that it asks."""

    def __init__(self, terminal: Terminal, endpoint: Endpoint) -> None:
        self.terminal = terminal
        self.endpoint = endpoint
        self._asked = 0

    def ask(self, plan: Plan) -> float:
        """Have a question answered by a plan; return when Enter was pressed."""
        self.endpoint.plan(plan)
        self._asked += 1
        self.terminal.send(f"q{self._asked}".encode())
        return self.terminal.send(b"\r")

    def wait_for(self, what: str, patience_s: float = 60) -> float:
        """Read the terminal until something happened at the endpoint; return when it did."""
        self.terminal.until(lambda: self.endpoint.moments(what), patience_s)
        return self.endpoint.moments(what)[0]

    def answered(self, plan: Plan) -> None:
        """Ask, and wait until the end of the answer is shown and the program is quiet."""
        self.ask(plan)
        self.terminal.seen(plan.end)
        self.terminal.settle()


@contextmanager
def running_chat() -> Iterator[Chat]:
    """Start a chat in an empty home and wait until it has loaded all that it loads late."""
    with (
        empty_home() as home,
        Endpoint() as endpoint,
        Terminal(chat_command(endpoint.base_url), environment(home)) as terminal,
    ):
        terminal.seen(PAINTED)
        terminal.settle()
        yield Chat(terminal, endpoint)


@contextmanager
def warm_chat(shape: str = "mixed") -> Iterator[Chat]:
    """Start a chat that has shown a short answer of a shape, so that nothing is done first."""
    with running_chat() as chat:
        chat.answered(Plan(shape=shape, deltas=150, rate=500, end="WARMEDUP"))
        yield chat
