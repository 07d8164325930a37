"""Fixtures: a fixed terminal type, and an environment without the embedded model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.virtual_time import VirtualTimeLoop
from tui_chat.local_model import model_file

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _fixed_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the engine and its weights."""
    monkeypatch.setattr(model_file, "find_spec", lambda _: None)


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run these tests under virtual time, except those that wait for another process."""
    if item.get_closest_marker("engine"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}
