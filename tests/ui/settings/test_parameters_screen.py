"""F3 in the running chat: the parameters of one conversation, their sources, and the requests."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tui_chat.core.parameters.parameters import Parameters
from tui_chat.ui.settings.choice_list import ChoiceList, ValueInput
from tui_chat.ui.settings.parameter_rows import PARAMETER_ROWS
from tui_chat.ui.settings.parameters_screen import ParametersScreen
from tui_chat.ui.settings.text_editor import SystemPromptEditor

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

CONFIG = """\
profile = "work"
nickname = "Ada"

[profiles.work]  # mine
base_url = "https://api.openai.com/v1"
model = "gpt-5"
system_prompt = "Be brief."
sampling = { top_p = 0.5 }
"""


def config_file(text: str = CONFIG) -> Path:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(exist_ok=True)
    if not file.exists():
        file.write_text(text, encoding="utf-8")
    return file


async def screen(chat: ChatHarness, kind: type[Any]) -> None:
    await chat.until(lambda: isinstance(chat.app.screen, kind))
    await chat.pilot.pause()


async def select(chat: ChatHarness, name: str) -> None:
    """Open the dialog and highlight a parameter."""
    await chat.pilot.press("f3")
    await screen(chat, ParametersScreen)
    at = next(number for number, row in enumerate(PARAMETER_ROWS) if row.name == name)
    await chat.pilot.press(*["down"] * at)


def chosen(chat: ChatHarness) -> Parameters:
    assert chat.chat.session is not None
    return chat.chat.session.parameters.chosen


def row_of(chat: ChatHarness, title: str) -> str:
    return next(row for row in chat.screen_text.splitlines() if title in row)


async def test_values_are_sent_saved_and_shown_with_their_sources() -> None:
    config_file()
    provider = FakeProvider(answer("Told."), answer("Again."))
    async with running_chat(provider, given=launch(profile="work")) as chat:
        await select(chat, "system_prompt")
        assert "profile work" in row_of(chat, "System prompt")
        assert "default" in row_of(chat, "Temperature")
        await chat.pilot.press("enter")
        await screen(chat, SystemPromptEditor)
        await chat.pilot.press("enter", *"{nickname}!", "escape")
        await chat.seen("Esc again drops the change")
        await chat.pilot.press("ctrl+s")
        await screen(chat, ParametersScreen)
        await chat.until(lambda: chosen(chat).system_prompt == "Be brief.\n{nickname}!")
        # The arrows begin with the usual value.
        await chat.pilot.press("down", "right", "right")
        await chat.until(lambda: chosen(chat).effort == "high")
        await chat.seen('sent as {"reasoning_effort": "high"}')
        await chat.pilot.press("enter")
        await screen(chat, ChoiceList)
        await chat.pilot.press("down", "down", "enter")
        await screen(chat, ParametersScreen)
        await chat.until(lambda: chosen(chat).effort == "max")
        await chat.pilot.press("down", "enter")
        await screen(chat, ValueInput)
        await chat.pilot.press(*"3", "enter")
        await chat.seen("“3” is not a value of temperature.")
        await chat.pilot.press("backspace", *"0.3", "enter")
        await chat.until(lambda: chosen(chat).sampling.temperature == 0.3)
        await screen(chat, ParametersScreen)
        await chat.pilot.press("left")
        await chat.until(lambda: chosen(chat).sampling.temperature == 0.2)
        await chat.pilot.press("escape")
        await chat.submit("Hi")
        await chat.idle()
        assert chat.chat.session is not None
        saved = chat.chat.session.conversation.id
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chosen(chat).sampling.temperature is None)
        await chat.chat.close_down()

    request = provider.requests[0]
    assert request.messages[0].content == "Be brief.\nAda!"
    assert request.sampling.as_body() == {"temperature": 0.2, "top_p": 0.5}
    assert request.extra_body == {"reasoning_effort": "max"}

    async with running_chat(provider, given=launch(profile="work")) as chat:
        session = await chat.services.sessions.saved(saved)
        assert session is not None
        assert session.parameters.own.sampling.temperature == 0.2
        assert session.parameters.own.effort == "max"


async def test_the_profiles_value_returns_and_the_others_are_saved_as_a_profile() -> None:
    file = config_file()
    async with running_chat(given=launch(profile="work")) as chat:
        session = chat.chat.session
        assert session is not None
        await session.parameters.choose("top_p", 0.9)
        await session.parameters.choose("stop", ("\n", "END"))
        await session.parameters.choose("system_prompt", "")
        await select(chat, "system_prompt")
        assert "none" in chat.screen_text
        assert "\\n | END" in chat.screen_text
        await chat.pilot.press("delete")
        await chat.until(lambda: chosen(chat).system_prompt == "Be brief.")
        await chat.pilot.press("ctrl+s")
        await screen(chat, ValueInput)
        await chat.pilot.press("enter")
        await chat.seen("Saved as the profile work.")
        assert session.parameters.own == Parameters()
        assert session.profile.sampling.top_p == 0.9
        text = file.read_text(encoding="utf-8")
        assert "sampling = { top_p = 0.9 }" in text.replace("{top_p = 0.9}", "{ top_p = 0.9 }")
        assert "[profiles.work]  # mine" in text

        await session.parameters.choose("effort", "low")
        await chat.pilot.press("ctrl+s")
        await screen(chat, ValueInput)
        await chat.pilot.press(*"-fast", "enter")
        await chat.seen("Saved as the profile work-fast.")
        assert session.profile.name == "work-fast"
        assert session.consent.refusal is None
    profiles = tomllib.loads(file.read_text(encoding="utf-8"))["profiles"]
    assert profiles["work-fast"] == {**profiles["work"], "effort": "low"}


async def test_flags_win_until_the_user_changes_them_here() -> None:
    config_file()
    given = launch(profile="work", system="From a flag.")
    object.__setattr__(given, "given_parameters", Parameters(effort="low"))
    async with running_chat(given=launch(profile="work")) as chat:
        session = chat.chat.session
        assert session is not None
        await session.parameters.choose("effort", "high")
        await chat.submit("Hi")
        await chat.idle()
    async with running_chat(given=given) as chat:
        await select(chat, "effort")
        assert chosen(chat) == Parameters("From a flag.", "low", chosen(chat).sampling)
        assert "flag" in row_of(chat, "Reasoning effort")
        await chat.pilot.press("left")
        await chat.until(lambda: chosen(chat).effort == "minimal")
        assert "this conversation" in chat.screen_text
        await chat.pilot.press("escape", "ctrl+n")
        # A new conversation has the flags of its own.
        await chat.until(lambda: chosen(chat).effort == "low")
