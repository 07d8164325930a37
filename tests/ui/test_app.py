from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Key
from textual.theme import BUILTIN_THEMES

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.app import ChatApp
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.open_services import open_services

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from tui_chat.core.conversation import Message
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services


def configure(text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.slow
async def test_every_theme_can_be_used() -> None:
    async with running_chat(FakeProvider(answer("**bold** `code`\n\n```py\nx = 1\n```\n"))) as chat:
        await chat.submit("hello")
        await chat.idle()
        for name in BUILTIN_THEMES:
            chat.app.theme = name
            assert chat.app.current_theme.name == name
            await chat.pilot.pause()
            assert "x = 1" in chat.screen_text


async def test_the_theme_of_the_file() -> None:
    configure('[ui]\ntheme = "nord"\n')
    async with running_chat() as chat:
        assert chat.app.theme == "nord"


async def test_an_unknown_theme_is_reported() -> None:
    configure('[ui]\ntheme = "nrod [bold]"\n')
    async with running_chat() as chat:
        await chat.until(
            lambda: any("“nrod [bold]”" in toast.message for toast in chat.app._notifications)
        )
        assert chat.app.theme == "textual-dark"


@pytest.mark.parametrize(
    "keys", ['"chat.new" = "f5"\n"chat.open" = "f5"', '"chat.new" = "f11"\n"chat.open" = "f11"']
)
async def test_two_actions_on_one_key_are_reported_once(keys: str) -> None:
    configure(f"[keys]\n{keys}\n")
    async with running_chat() as chat:
        await chat.until(lambda: chat.app._notifications)
        # Not on the screen: where a line breaks depends on the path of the file.
        assert sum("share the key" in it.message for it in chat.app._notifications) == 1


async def test_a_remapped_key_works_and_is_shown() -> None:
    configure('[keys]\n"prompt.send" = "f9"\n"turn.stop" = "f8"\n')
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        await chat.seen("F9 send")
        await chat.pilot.press("h", "i", "f9")
        await chat.seen("half")
        await chat.seen("F8 stop")
        await chat.pilot.press("f8")
        await chat.idle()
        assert (await chat.rows())[-1][2] == "cancelled"


async def test_reduced_motion_and_width() -> None:
    configure("[ui]\nreduced_motion = true\nwidth = 40\ncursor_blink = true\n")
    async with running_chat(size=(120, 24)) as chat:
        assert chat.app.animation_level == "none"
        assert chat.chat.query_one("#column").size.width == 45
        assert chat.prompt.cursor_blink


async def test_the_palette_offers_what_the_keys_do() -> None:
    async with running_chat() as chat:
        titles = [entry.title for entry in chat.app.palette_entries()]
        assert titles[:3] == ["New conversation", "Open conversation", "Side panel"]
        assert {"Theme", "Quit", "Keys"} <= set(titles)
        assert len(titles) == len(set(titles))
        await chat.pilot.press("ctrl+p")
        await chat.pilot.press(*"profile")
        await chat.seen("Profile and model")
        assert "^L" in next(line for line in chat.screen_text.splitlines() if "Profile and" in line)
        await chat.pilot.press("enter")
        await chat.seen("Filter models")


async def test_quitting_saves_the_answer_and_the_draft() -> None:
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        await chat.pilot.press("d")
        await chat.pilot.press("ctrl+q")
        await chat.seen("^Q again stops it")
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: not chat.app.is_running)
    async with running_chat() as chat:
        assert (await chat.rows())[-1] == ("assistant", "half", "cancelled")
        assert chat.prompt.text == "d"


@pytest.mark.parametrize("ending", ["stopped", "finished"])
async def test_quitting_asks_nothing_while_an_answer_is_only_saved(ending: str) -> None:
    held = Hold()
    steps: list[Step] = [TextDelta("half"), held]
    if ending == "finished":
        held.go.set()
        steps.append(Finished("stop"))
    async with running_chat(FakeProvider(steps)) as chat:
        writing = asyncio.Event()
        store = chat.services.store
        save_reply = store.save_reply

        async def slow_disk(reply: Message) -> None:
            if reply.status is not MessageStatus.STREAMING:
                await writing.wait()
            await save_reply(reply)

        store.save_reply = slow_disk  # type: ignore[method-assign]
        # The turn waits for the disk as long as this test does.
        chat.services.write_buffer._grace_s = 60.0
        try:
            await chat.submit("hello")
            if ending == "stopped":
                await chat.seen("half")
                await chat.pilot.press("escape")
            await chat.seen("stopped by you" if ending == "stopped" else "done")
            assert chat.chat.is_busy
            chat.app.post_message(Key("ctrl+q", None))
            # The key waits for the save, and with it everything that Pilot could wait for.
            asyncio.get_running_loop().call_later(0.2, writing.set)
            await writing.wait()
        finally:
            writing.set()
        await chat.until(lambda: not chat.app.is_running)
    async with running_chat() as chat:
        assert (await chat.rows())[-1][1] == "half"


class Flood(FakeProvider):
    """Yields numbered words without an end, and has a key pressed in the middle of it."""

    def __init__(self, *, at_once: int) -> None:
        super().__init__()
        self.at_once = at_once
        self.given = 0
        self.press: Callable[[], object] = pytest.fail

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        try:
            while True:
                self.given += 1
                if self.given == 20_000:
                    self.press()
                yield TextDelta(f"w{self.given} ")
                if self.given % self.at_once == 0:
                    await asyncio.sleep(0)
        finally:
            self.closed += 1


@pytest.mark.parametrize("at_once", [1, 500])
async def test_one_escape_stops_a_flood(at_once: int) -> None:
    provider = Flood(at_once=at_once)
    async with running_chat(provider) as chat:
        provider.press = lambda: chat.app.post_message(Key("escape", "\x1b"))
        await chat.submit("go")
        await chat.until(lambda: provider.closed)
        await chat.idle()

        role, text, status = (await chat.rows())[-1]
        assert (role, status) == ("assistant", "cancelled")
        count = len(text.split())
        assert text == "".join(f"w{number} " for number in range(1, count + 1))
        # A few turns of the loop, whatever a delta costs to show.
        assert 20_000 <= count <= 20_000 + 200 * at_once
        view = chat.messages.virtual_list.mounted.last_view
        assert view is not None
        assert view.shown.content == text
        assert view.query_one(MessageMarkdown).source == text
        await chat.pilot.press("o", "k")
        assert chat.prompt.text == "ok"
        assert chat.app.focused is chat.prompt


async def test_typing_while_an_answer_streams_keeps_its_order() -> None:
    hold = Hold()
    script: list[Step] = [*(TextDelta(f"word {n} ") for n in range(500)), hold, Finished("stop")]
    async with running_chat(FakeProvider(script)) as chat:
        await chat.submit("go")
        for character in "the next question 日本":
            await chat.pilot.press(character if character != " " else "space")
        assert chat.prompt.text == "the next question 日本"
        await chat.until(lambda: hold.reached.is_set())
        hold.go.set()
        await chat.idle()


async def test_the_real_opener_opens_everything() -> None:
    opened: list[Services] = []
    given = launch()

    async def opener(launch: Launch, progress: Callable[[str], None]) -> Services:
        opened.append(await open_services(launch, progress))
        return opened[0]

    app = ChatApp(given, opener)
    async with app.run_test() as pilot:
        while not opened:
            await pilot.pause(0.01)
    await app.close_services()
    await app.close_services()


async def test_a_theme_that_was_chosen_is_there_at_the_next_start() -> None:
    given = launch()
    async with running_chat(given=given) as chat:
        assert not given.paths.config_file.exists()
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: chat.app.screen is not chat.chat)
        await chat.pilot.press(*"theme", "enter")
        await chat.seen("gruvbox")
        await chat.pilot.press(*"gruvbox", "enter")
        await chat.until(lambda: chat.app.theme == "gruvbox")
    assert given.paths.config_file.read_text(encoding="utf-8") == '[ui]\ntheme = "gruvbox"\n'
    async with running_chat(given=launch()) as chat:
        assert chat.app.theme == "gruvbox"


async def test_a_chosen_theme_holds_until_the_file_names_another() -> None:
    configure('[ui]\ntheme = "nord"\n')
    async with running_chat(given=launch()) as chat:
        chat.app.theme = "dracula"
    async with running_chat(given=launch()) as chat:
        assert chat.app.theme == "dracula"
    configure('[ui]\ntheme = "textual-light"\n')
    async with running_chat(given=launch()) as chat:
        assert chat.app.theme == "textual-light"


def keep_in_state(theme: str, configured: str | None) -> Path:
    """Keep a theme as an earlier version of the program did."""
    file = launch().paths.state_dir / "theme.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"theme": theme, "configured": configured})
    file.write_text(text, encoding="utf-8")
    return file


async def test_a_theme_of_an_earlier_version_moves_into_the_file() -> None:
    configure('# mine\n[ui]\ntheme = "nord"\n')
    file = keep_in_state("dracula", "nord")
    async with running_chat(given=launch()) as chat:
        assert chat.app.theme == "dracula"
        await chat.until(lambda: not file.exists())
    assert launch().paths.config_file.read_text(encoding="utf-8") == (
        '# mine\n[ui]\ntheme = "dracula"\n'
    )


async def test_a_kept_theme_that_is_gone_gives_way_to_the_file() -> None:
    configure('[ui]\ntheme = "nord"\n')
    keep_in_state("no-such-theme", "nord")
    async with running_chat(given=launch()) as chat:
        assert chat.app.theme == "nord"


async def test_a_theme_that_cannot_be_kept_is_used_and_reported() -> None:
    configure("[ui]\nwidth = \n")
    async with running_chat(given=launch(), size=(200, 24)) as chat:
        chat.app.theme = "dracula"
        await chat.until(
            lambda: any("The theme is not saved" in it.message for it in chat.app._notifications)
        )
        assert chat.app.theme == "dracula"


async def test_an_edited_configuration_is_noticed() -> None:
    configure('nickname = "Ada"\n')
    async with running_chat(size=(200, 24)) as chat:

        def told() -> int:
            return sum("Restart tui-chat" in it.message for it in chat.app._notifications)

        chat.app.check_config_file()
        assert not told()
        file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
        file.write_text('nickname = "Grace"\n', encoding="utf-8")
        await chat.until(told)
        chat.app.check_config_file()
        assert told() == 1


async def test_a_configuration_that_is_made_or_removed_is_noticed() -> None:
    async with running_chat(size=(200, 24)) as chat:
        configure('nickname = "Ada"\n')
        await chat.until(
            lambda: any("Restart tui-chat" in it.message for it in chat.app._notifications)
        )


async def test_themes_are_searched_in_a_palette() -> None:
    async with running_chat() as chat:
        chat.app.search_themes()
        await chat.seen("Search for themes")
        await chat.pilot.press(*"nord", "down", "enter")
        await chat.until(lambda: chat.app.theme == "nord")
        assert chat.app.screen is chat.chat
