"""Fixture: writes a configuration file and loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tui_chat.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


class Load(Protocol):
    def __call__(self, text: str | bytes, *, mode: int = 0o600) -> Settings: ...


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str | bytes, *, mode: int = 0o600) -> Settings:
        file = tmp_path / "config.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)
        return load_settings(file, {"HOME": "/home/al"})

    return write_and_load
