"""Structured output of the real embedded model."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker
from tests.fakes import RecordingView
from tui_chat.config.paths import find_paths
from tui_chat.local_model.model_file import find_model, missing_packages
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.structured.schemas.find_schema import SchemaFolder, find_schema
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_model(None) is None, reason=" ".join(missing_packages())),
]
SCHEMA = "province, city, district, address"
FIELDS = ["province", "city", "district", "address"]
QUESTION = "Take the address apart: 15 Keji Road, Nanshan District, Shenzhen, Guangdong Province."


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    folders = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    env = {"HOME": str(tmp_path), **{name: str(tmp_path / name) for name in folders}}
    services = Services(Launch(paths=find_paths(env), env=env, flags={}, is_temporary=True))
    await services.open()
    yield services
    await services.aclose()


@pytest.mark.slow
async def test_the_embedded_model_returns_a_valid_or_cut_off_object(
    services: Services, tmp_path: Path
) -> None:
    from dataclasses import replace

    wanted = find_schema(SCHEMA, SchemaFolder(tmp_path / "c.toml"), tmp_path).response_format
    whole = services.sessions.new()
    assert whole is not None
    sampling = replace(whole.profile.sampling, temperature=0.0, max_tokens=300)
    whole.profile = replace(whole.profile, sampling=sampling)
    evaluation = evaluation_of(await whole.run_turn(QUESTION, RecordingView(), wanted=wanted))
    assert evaluation is not None
    assert (evaluation.verdict, evaluation.sent_as) == (Verdict.VALID, "json_schema")
    assert list(evaluation.value) == FIELDS

    short = services.sessions.new()
    assert short is not None
    sampling = replace(sampling, max_tokens=20)
    short.profile = replace(short.profile, sampling=sampling)
    reply = await short.run_turn(QUESTION, RecordingView(), wanted=wanted)
    evaluation = evaluation_of(reply)
    assert reply.finish_reason == "length"
    assert evaluation is not None
    assert evaluation.verdict is Verdict.CUT_OFF
    assert list(evaluation.value) == FIELDS[: len(evaluation.value)] != []
    assert evaluation.open_path in {(), (FIELDS[len(evaluation.value) - 1],)}


def test_ask_prints_the_object_of_the_embedded_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Asker(monkeypatch, capsys)
    assert ask("ask", QUESTION, "--schema", SCHEMA, "--json") == 0
    assert list(json.loads(ask.out)) == FIELDS
    assert ask.err == ""


def test_max_tokens_limits_the_embedded_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = find_paths(os.environ).config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[engine]\nmax_tokens = 20\n", encoding="utf-8")
    ask = Asker(monkeypatch, capsys)
    assert ask("ask", QUESTION, "--schema", SCHEMA, "--json") == 3
    assert ask.out == ""
    assert "The answer is cut off." in ask.err
