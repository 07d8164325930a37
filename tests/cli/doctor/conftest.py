"""A terminal of a fixed kind, whatever runs the tests; no embedded model unless asked for."""

from __future__ import annotations

import pytest

from tui_chat.local_model import model_file


@pytest.fixture(autouse=True)
def _fixed_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the engine nor its weights can be found."""
    monkeypatch.setattr(model_file, "find_spec", lambda _: None)
