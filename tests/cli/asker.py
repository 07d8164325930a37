"""Runs `tui-chat ask` in the process of the test."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.providers.wire import DONE, delta
from tests.sse_server import Answer
from tui_chat.cli.main import main


class Asker:
    """Runs the command in this process with separate standard streams."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: str, stdin: str | bytes | None = None) -> int:
        given = (stdin or "").encode() if not isinstance(stdin, bytes) else stdin
        self._monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
        )
        status = main(arguments)
        self.out, self.err = self._capsys.readouterr()
        return status


def database() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")


def rows(
    sql: str = "SELECT role, content, status FROM messages ORDER BY id",
) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database())) as connection:
        return connection.execute(sql).fetchall()


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui_chat", *arguments]


def streamed(text: str, finish: str = "stop") -> Answer:
    """Return an answer that streams a text in two pieces."""
    half = len(text) // 2
    return Answer((delta(text[:half]), delta(text[half:]), delta(finish=finish), DONE))


def answers(*given: Answer) -> pytest.MarkDecorator:
    """Return a mark that sets the answers of the server."""
    return pytest.mark.parametrize("serving", [given], indirect=True)
