"""A command line in a folder of its own, and a server that its environment names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker
from tests.providers.wire import END, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Asker:
    monkeypatch.chdir(tmp_path)
    return Asker(monkeypatch, capsys)


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Serving]:
    """Serve the answers of the mark `answers`, or one whole answer."""
    given = getattr(request, "param", (Answer((hello(END),)),))
    with Serving(*given) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        yield server
