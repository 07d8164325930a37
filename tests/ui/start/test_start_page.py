from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import ChatHarness, launch, running_chat
from tests.providers.discovery.test_probe_servers import at, listing
from tests.sse_script import Answer
from tests.sse_server import SseServer
from tui_chat.config.settings import DiscoverSettings
from tui_chat.local_model import model_file
from tui_chat.session.services import Services
from tui_chat.ui.app import ChatApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tui_chat.session.launch import Launch
    from tui_chat.ui.start.start_page import StartPage


def page_of(chat: ChatHarness) -> StartPage | None:
    parts = chat.chat.parts
    return parts.start.page if parts is not None else None


def shown(chat: ChatHarness) -> StartPage:
    page = page_of(chat)
    assert page is not None
    return page


async def test_typing_is_never_disturbed_and_the_page_goes_with_the_first_question() -> None:
    async with running_chat() as chat:
        await chat.seen("Explain recursion in one sentence")
        assert chat.chat.focused is chat.prompt
        await chat.pilot.press("1", "2", "space", "x")
        assert chat.prompt.draft == "12 x"
        await chat.submit("Hello?")
        await chat.idle()
        assert page_of(chat) is None
        assert "Explain recursion" not in chat.screen_text
        await chat.pilot.press("ctrl+n")
        await chat.seen("Explain recursion in one sentence")


@pytest.mark.parametrize("key", ["up", "tab"])
async def test_it_is_entered_by_a_key_and_left_by_typing(key: str) -> None:
    async with running_chat() as chat:
        await chat.until(lambda: page_of(chat))
        await chat.pilot.press(key)
        assert shown(chat).has_focus
        await chat.seen("▸ 1")
        await chat.seen("Enter choose")
        await chat.pilot.press("down", "down")
        await chat.seen("▸ 3")
        await chat.pilot.press("H", "i", "9")
        assert chat.chat.focused is chat.prompt
        assert chat.prompt.draft == "Hi9"


async def test_digits_enter_and_the_mouse_choose() -> None:
    async with running_chat() as chat:
        await chat.until(lambda: page_of(chat))
        await chat.pilot.press("up", "2")
        assert chat.prompt.draft == "Explain this error message:"
        assert chat.chat.focused is chat.prompt
        chat.prompt.set_draft("")
        await chat.pilot.press("up", "enter")
        assert chat.prompt.draft == "Explain recursion in one sentence"
        chat.prompt.set_draft("")
        row = next(n for n, row in enumerate(shown(chat)._rows) if row.entry == 1)
        await chat.pilot.click(shown(chat), offset=(8, row))
        await chat.until(lambda: chat.prompt.draft)
        assert chat.prompt.draft == "Explain this error message:"
        chat.prompt.set_draft("")
        await chat.pilot.press("up", "down", "down", "down")
        assert chat.chat.focused is chat.prompt, "below the last entry is the prompt"
        await chat.pilot.press("up", "escape")
        assert chat.chat.focused is chat.prompt


async def test_a_recent_conversation_is_opened() -> None:
    async with running_chat() as chat:
        await chat.submit("A question about sorting")
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.seen("Recent")
        await chat.pilot.press("up", "1")
        await chat.until(lambda: page_of(chat) is None)
        assert chat.messages.virtual_list.messages[0].content == "A question about sorting"


@asynccontextmanager
async def real_chat(given: Launch) -> AsyncIterator[ChatHarness]:
    """Run the app with its real providers."""

    async def open_services(launch: Launch, progress: Callable[[str], None]) -> Services:
        services = Services(launch, progress=progress)
        await services.open()
        return services

    app = ChatApp(given, open_services)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            chat = ChatHarness(app, pilot)
            await chat.until(lambda: chat.chat.is_open)
            yield chat
            await chat.chat.close_down()
    finally:
        await app.close_services()


async def test_a_found_server_is_chosen_with_one_key_and_got_nothing_before() -> None:
    answer = Answer(
        (
            b'data: {"choices":[{"delta":{"content":"From Ollama."},"finish_reason":"stop"}]}\n\n'
            b"data: [DONE]\n\n",
        )
    )
    async with (
        SseServer(answer, models=listing("nomic-embed-text", "llama3.2")) as server,
        SseServer() as other,
    ):
        given = replace(launch(base_url=other.base_url), local_servers=(at(server),))
        async with real_chat(given) as chat:
            await chat.seen("Ollama")
            await chat.seen("2 models")
            await chat.pilot.press("H", "m")
            listed = server.listed[0]
            assert (listed.method, listed.path, listed.body) == ("GET", "/v1/models", b"")
            assert (len(server.listed), server.requests, server.others) == (1, [], [])
            chat.prompt.set_draft("")
            await chat.pilot.press("up", "1")
            await chat.seen("llama3.2 · ollama")
            assert (len(server.listed), server.requests) == (1, [])
            await chat.submit("Who are you?")
            await chat.seen("From Ollama.")
            asked = await server.asked()
            assert asked.json["model"] == "llama3.2"
        assert (other.requests, other.others) == ([], [])


async def test_a_key_in_the_environment_is_offered_and_sent_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-never-sent")
    async with SseServer() as proxy:
        for variable in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        async with real_chat(launch()) as chat:
            await chat.seen("key from DEEPSEEK_API_KEY")
            await chat.pilot.press("up", "1")
            await chat.seen("deepseek")
            session = chat.chat.session
            assert session is not None
            assert session.profile.key.env == "DEEPSEEK_API_KEY"
            assert proxy.connections == 0, "it is asked with the first question"
        monkeypatch.setattr(model_file, "find_spec", lambda _: None)
        given = replace(launch(), flags={})
        async with real_chat(given) as chat:
            await chat.seen("deepseek")
            session = chat.chat.session
            assert session is not None
            assert session.profile.name == "deepseek", "the choice is kept for the next start"
        monkeypatch.delenv("DEEPSEEK_API_KEY")
        async with real_chat(replace(launch(), flags={})) as chat:
            assert chat.chat.session is None
        assert proxy.connections == 0


@pytest.mark.engine
async def test_a_chosen_server_is_used_again_once_it_is_found() -> None:
    async with SseServer(models=listing("llama3.2")) as server:
        for is_first in (True, False):
            async with real_chat(replace(launch(), flags={}, local_servers=(at(server),))) as chat:
                await chat.seen("Ollama" if is_first else "llama3.2 · ollama")
                if is_first:
                    await chat.pilot.press("up", "1")
                    await chat.seen("llama3.2 · ollama")
        assert server.requests == []


async def test_discovery_can_be_switched_off() -> None:
    async with SseServer(models=listing("llama3.2")) as server:
        given = replace(launch(), local_servers=(at(server),))
        off = replace(given.settings, discover=DiscoverSettings(local=False))
        given.__dict__["settings"] = off
        async with real_chat(given) as chat:
            await chat.until(lambda: page_of(chat))
            assert not await chat.services.find_local_servers()
            assert server.connections == 0


async def test_without_a_model_the_found_endpoints_are_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_file, "find_spec", lambda _: None)
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-unused")
    given = replace(launch(), flags={})
    async with real_chat(given) as chat:
        await chat.seen("There is no model yet")
        await chat.seen("key from DEEPSEEK_API_KEY")
        await chat.pilot.press("up", "1")
        await chat.seen("deepseek")
        session = chat.chat.session
        assert session is not None
        assert session.profile.name == "deepseek"


async def test_offline_offers_nothing_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-unused")
    async with SseServer(models=listing("llama3.2")) as server:
        given = replace(launch(), local_servers=(at(server),), is_offline=True)
        async with real_chat(given) as chat:
            await chat.seen("Ollama")
            assert "DeepSeek" not in chat.screen_text
