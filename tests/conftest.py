"""Fixtures of every test: an empty home, no keys in the environment, no network but loopback."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWN_VARIABLES = ("OPENAI_", "TUI_CHAT_", "XDG_", "TEXTUAL")
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE")
_TERMINAL_VARIABLES = (
    *("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION"),
    # The user's own clipboard and display.
    *("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"),
)

# A shell starts background jobs with SIGINT ignored, and the programs under test would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# CI runs the same examples each time; elsewhere every run tries new ones.
settings.register_profile("ci", derandomize=True)
if "CI" in os.environ:
    settings.load_profile("ci")


def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers of `-n auto`: one more than cores, because tests also wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own configuration, keys, proxies and conversations out of every test."""
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(_OWN_VARIABLES) or upper in _PROXY_VARIABLES + _TERMINAL_VARIABLES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    for variable, folder in (
        ("HOME", ""),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ):
        (home / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(variable, str(home / folder))


@pytest.fixture(autouse=True)
def _no_log_handlers_stay() -> Iterator[None]:
    """Take away what a test added to the root logger: the next one would write into its log."""
    before = list(logging.getLogger().handlers)
    yield
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Fail any test that would leave this machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"A test tried to reach {host}")
        return connect(self, address)

    return guarded
