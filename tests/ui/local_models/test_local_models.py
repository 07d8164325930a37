from __future__ import annotations

import os
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider
from tests.local_model.hub.hub_server import HubScript, HubServer
from tui_chat.local_model.hub.catalog import CATALOG
from tui_chat.local_model.hub.hub_cache import HubCache, hub_cache_folder
from tui_chat.ui.local_models.download_line import DownloadLine
from tui_chat.ui.local_models.local_models_dialog import LocalModelsDialog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chat_app import ChatHarness

ROW = CATALOG[0]
WEIGHTS = b"GGUF" + bytes(range(256)) * 2000


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    script = HubScript({f"{ROW.title}-{ROW.quantization}.gguf": WEIGHTS}, repository=ROW.repository)
    with HubServer(script) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


async def open_dialog(chat: ChatHarness) -> LocalModelsDialog:
    parts = chat.chat.parts
    assert parts is not None
    parts.commands.do("local_models")
    await chat.until(lambda: isinstance(chat.app.screen, LocalModelsDialog))
    dialog = chat.app.screen
    assert isinstance(dialog, LocalModelsDialog)
    return dialog


def line_text(chat: ChatHarness) -> str:
    lines = list(chat.chat.query(DownloadLine))
    return lines[0].text if lines else ""


async def test_a_model_is_downloaded_while_the_chat_goes_on(hub: HubServer) -> None:
    may_end = threading.Event()

    def hold(position: int) -> None:
        if position > len(WEIGHTS) // 2:
            may_end.wait(60)

    hub.script.before_piece = hold
    async with running_chat(FakeProvider()) as chat:
        await open_dialog(chat)
        assert hub.seen == []
        await chat.seen(f"✓ {ROW.title}")
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: " % · " in line_text(chat))
        assert ROW.name in chat.screen_text
        await chat.submit("hello")
        await chat.idle()
        assert [role for role, _text, _status in await chat.rows()] == ["user", "assistant"]
        may_end.set()
        await chat.seen("is the model of this")
        assert list(chat.chat.query(DownloadLine)) == []
        config = chat.app._launch.paths.config_file

    (installed,) = HubCache(hub_cache_folder(os.environ)).installed()
    engine = tomllib.loads(config.read_text(encoding="utf-8"))["engine"]
    assert Path(engine["model_path"]).expanduser() == installed.path


async def test_a_download_that_is_stopped_keeps_what_has_arrived(hub: HubServer) -> None:
    may_end = threading.Event()

    def hold(position: int) -> None:
        if position > len(WEIGHTS) // 2:
            may_end.wait(60)

    hub.script.before_piece = hold
    folder = hub_cache_folder(os.environ)
    async with running_chat(FakeProvider()) as chat:
        await open_dialog(chat)
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: HubCache(folder).unfinished_bytes() > len(WEIGHTS) // 2)
        await open_dialog(chat)
        await chat.seen("is being downloaded")
        await chat.pilot.press("down", "enter")
        await chat.seen("was stopped")
        await chat.until(lambda: not list(chat.chat.query(DownloadLine)))
    may_end.set()
    assert HubCache(folder).unfinished_bytes() > len(WEIGHTS) // 2
    assert HubCache(folder).installed() == []


async def test_a_download_that_fails_says_why(hub: HubServer) -> None:
    hub.script.status, hub.script.error_code = 401, "GatedRepo"

    async with running_chat(FakeProvider()) as chat:
        await open_dialog(chat)
        await chat.pilot.press("down", "enter")
        await chat.seen("is open only to")
        assert list(chat.chat.query(DownloadLine)) == []


async def test_offline_contacts_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    async with running_chat(given=replace(launch(), is_offline=True)) as chat:
        await open_dialog(chat)
        await chat.pilot.press("down", "enter")
        await chat.seen("--offline blocks")


async def test_the_dialog_of_profiles_leads_there() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+l")
        await chat.seen("↓ A better local model…")
        await chat.pilot.press("left", "pagedown")
        await chat.seen("without a server and without a key")
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, LocalModelsDialog))
