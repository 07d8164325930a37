"""Adding, changing and removing endpoints in the running chat, with a real server and keyring."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from tests.chat_app import launch
from tests.providers.wire import END, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tests.ui.models.test_allow_plain_http import real_chat
from tui_chat.local_model import model_file
from tui_chat.ui.models.endpoint_form import EndpointForm
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.models.vendor_picker import VendorPicker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chat_app import ChatHarness

KEY = "sk-real-1234567890abcdef"


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    monkeypatch.setattr(model_file, "find_spec", lambda name: None)
    with Serving(Answer((hello(END),))) as server:
        yield server


def config_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")


def config() -> dict[str, Any]:
    return tomllib.loads(config_file().read_text(encoding="utf-8"))


async def until_screen(chat: ChatHarness, kind: type[Any]) -> Any:
    await chat.until(lambda: isinstance(chat.app.screen, kind))
    await chat.pilot.pause()
    return chat.app.screen


async def enter(chat: ChatHarness, field: str, text: str) -> None:
    widget = chat.app.screen.query_one(f"#{field}", Input)
    widget.focus()
    widget.value = text
    await chat.pilot.pause()


async def test_the_first_endpoint_is_added_tested_saved_and_answers(serving: Serving) -> None:
    async with real_chat(launch(system="x")) as chat:
        chat.prompt.load_text("typed before")
        await chat.pilot.press("ctrl+l")
        await until_screen(chat, ProfilePicker)
        assert "+ Add an endpoint…" in chat.screen_text
        assert "choose a vendor" in chat.screen_text
        await chat.pilot.press("enter")
        await until_screen(chat, VendorPicker)
        await chat.pilot.press(*"any op", "enter")
        await until_screen(chat, EndpointForm)
        await enter(chat, "name", "work")
        await enter(chat, "url", serving.base_url)
        await enter(chat, "key", KEY)
        assert KEY not in chat.screen_text
        assert not serving.requests
        await chat.pilot.press("enter")
        await chat.seen("It works.")
        assert "test-model" in chat.screen_text
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: chat.chat.session is not None)
        assert chat.prompt.text == "typed before"
        chat.prompt.load_text("")
        await chat.submit("Hi")
        await chat.seen("Hello.")
        # The program's own change is no reason to restart.
        chat.app.check_config_file()
        assert not any("Restart" in it.message for it in chat.app._notifications)
    assert serving.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    saved = config()
    assert saved["profile"] == "work"
    assert saved["profiles"]["work"] == {
        "base_url": serving.base_url, "model": "test-model", "api_key_keyring": "work"
    }  # fmt: skip


async def test_a_profile_is_changed_and_removed(serving: Serving) -> None:
    config_file().parent.mkdir(exist_ok=True)
    text = f'# mine\n[profiles.work]  # w\nbase_url = "{serving.base_url}"\n'
    config_file().write_text(text, encoding="utf-8")
    async with real_chat(launch(profile="work")) as chat:
        await chat.pilot.press("ctrl+l")
        picker = await until_screen(chat, ProfilePicker)
        await chat.seen("no key")
        await chat.pilot.press("f2")
        await until_screen(chat, EndpointForm)
        await enter(chat, "key", KEY)
        await enter(chat, "model", "m1")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: chat.app.screen is picker)
        await chat.seen("key in the keyring")
        assert config_file().read_text(encoding="utf-8") == (
            f'{text}model = "m1"\napi_key_keyring = "work"\n'
        )
        # Another host does not get the key.
        await chat.pilot.press("f2")
        await until_screen(chat, EndpointForm)
        await enter(chat, "url", "https://evil.example/v1")
        await chat.pilot.press("ctrl+s")
        await chat.seen("The key belongs to 127.0.0.1")
        await chat.pilot.press("escape")
        await until_screen(chat, ProfilePicker)
        await chat.pilot.press("ctrl+d")
        await chat.seen("Press the key again")
        await chat.pilot.press("ctrl+d")
        await chat.until(lambda: "profiles" not in config())
        await chat.pilot.press("escape")
    assert "# mine" in config_file().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("url", "localhost", "Did you mean"),
        ("url", "", "is empty"),
        ("name", "old", "“old” already"),
        ("key", "two words", "a space"),
    ],
)
async def test_a_wrong_field_is_explained_and_nothing_is_sent(
    serving: Serving, field: str, value: str, words: str
) -> None:
    config_file().parent.mkdir(exist_ok=True)
    config_file().write_text(f'[profiles.old]\nbase_url = "{serving.base_url}"\n')
    async with real_chat(launch(system="x")) as chat:
        await chat.pilot.press("ctrl+l")
        await until_screen(chat, ProfilePicker)
        await chat.pilot.press("ctrl+n")
        await until_screen(chat, VendorPicker)
        await chat.pilot.press(*"other", "enter")
        await until_screen(chat, EndpointForm)
        listed = len(serving.server.listed)
        for name, text in {"name": "n", "url": serving.base_url, field: value}.items():
            await enter(chat, name, text)
        for key in ("ctrl+t", "ctrl+s"):
            await chat.pilot.press(key)
            await chat.seen(words)
        assert len(serving.server.listed) == listed
        await chat.pilot.press("escape", "escape")
    assert list(config()["profiles"]) == ["old"]
