"""The prompt library in the running chat."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tui_chat.config.prompts.prompt_folder import PromptFolder
from tui_chat.ui.commands.slash_menu import SlashMenu

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

PROMPTS = {
    "translate": "---\ndescription: 翻译 🍵\n---\nTo {{language=English}}, {{tone}}: {{text}}\n",
    "sum-up": "Sum up in {{count=3}} points ({{count}}).",
    "model": "The name of a command. {{text}}",
    "teach": "---\nsystem: You are a teacher.\nmodel: big\nschema: name, age int\n---\n{{text}}\n",
}
CONFIG = """\
profile = "work"
[profiles.work]
base_url = "https://api.example.com/v1"
model = "small"
"""


@pytest.fixture
def folder() -> PromptFolder:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(exist_ok=True, mode=0o700)
    file.write_text(CONFIG, encoding="utf-8")
    found = PromptFolder(file)
    for name, text in PROMPTS.items():
        found.save(name, text)
    return found


async def used(chat: ChatHarness, text: str, begin: str) -> None:
    """Type a command, press Enter, and wait for the text of the prompt."""
    await chat.submit(text)
    await chat.until(lambda: chat.prompt.text.startswith(begin))
    await chat.pilot.pause()


async def test_prompts_are_listed_and_tab_walks_their_fields(folder: PromptFolder) -> None:
    provider = FakeProvider(answer("Hallo."))
    async with running_chat(provider, given=launch(profile="work")) as chat:
        await chat.pilot.press(*"/tran")
        await chat.seen("/translate TEXT")
        assert "翻译 🍵" in chat.screen_text
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.prompt.text.startswith("To {{"))
        await chat.seen("Fill in: language, tone, text")
        # The first field is selected: typing replaces it.
        await chat.pilot.press(*"中文", "tab", *"kind", "tab", *"Hello")
        assert chat.prompt.text == "To 中文, kind: Hello"
        await chat.pilot.press("tab", "enter")
        await chat.idle()
    assert provider.requests[0].messages[-1].content == "To 中文, kind: Hello"


async def test_defaults_are_used_and_an_empty_field_is_not_sent(folder: PromptFolder) -> None:
    provider = FakeProvider(answer("A."), answer("B."))
    async with running_chat(provider, given=launch(profile="work")) as chat:
        await used(chat, "/translate Guten\nTag {{tone}}", "To {{")
        # The text may have several lines; braces in it are no fields.
        assert chat.prompt.text == "To {{language=English}}, {{tone}}: Guten\nTag {{tone}}"
        await chat.pilot.press("enter")
        await chat.seen("Fill in the selected field first.")
        assert chat.prompt.selected_text == "{{tone}}"
        assert not provider.requests
        await chat.pilot.press(*"kind", "enter")
        await chat.idle()
        assert provider.requests[0].messages[-1].content.startswith("To English, kind: Guten\nTag")

        await used(chat, "/sum-up", "Sum up")
        await chat.pilot.press(*"5", "tab")
        assert chat.prompt.text == "Sum up in 5 points (5)."
        await chat.pilot.press("ctrl+a", "ctrl+k", *"Other {{x}}", "enter")
        await chat.idle()
    assert provider.requests[1].messages[-1].content == "Other {{x}}"


async def test_a_prompt_with_a_system_prompt_begins_a_conversation(folder: PromptFolder) -> None:
    provider = FakeProvider(answer("One."), answer('{"name": "A", "age": 1}'))
    async with running_chat(provider, given=launch(profile="work")) as chat:
        await chat.submit("First")
        await chat.idle()
        first = chat.chat.session
        await used(chat, "/teach Algebra", "Algebra")
        session = chat.chat.session
        assert session is not first
        assert session is not None
        assert (session.model, session.parameters.chosen.system_prompt) == (
            "big",
            "You are a teacher.",
        )
        await chat.pilot.press("enter")
        await chat.idle()
    request = provider.requests[1]
    assert (request.model, request.messages[0].content) == ("big", "You are a teacher.")
    assert request.response_format.is_structured


async def test_changed_files_are_listed_and_the_names_of_commands_win(
    folder: PromptFolder,
) -> None:
    async with running_chat(given=launch(profile="work")) as chat:
        await chat.pilot.press(*"/model-")
        await chat.seen("/model-prompt")
        menu = chat.chat.query_one(SlashMenu)
        folder.save("model-b", "---\ndescription: new one\n---\nB")
        await chat.pilot.press("backspace", "-")
        await chat.seen("new one")
        assert menu.highlighted is not None
        await chat.pilot.press("escape", "ctrl+u", "ctrl+p")
        await chat.seen("Search for commands")
        await chat.pilot.press(*"prompt: tra")
        await chat.seen("Prompt: translate")


async def test_a_prompt_that_others_may_write_is_not_used(folder: PromptFolder) -> None:
    async with running_chat(given=launch(profile="work")) as chat:
        folder.file("translate").chmod(0o666)
        await chat.submit("/translate Hello")
        await chat.seen("is not used")
        # The text of the user stays.
        await chat.until(lambda: chat.prompt.text == "/translate Hello")


async def test_the_dialog_shows_uses_and_begins_prompts(folder: PromptFolder) -> None:
    async with running_chat(given=launch(profile="work")) as chat:
        await chat.submit("/prompts")
        await chat.seen("Prompt library")
        assert "翻译 🍵" in chat.screen_text
        await chat.pilot.press(*"sum")
        await chat.seen("Sum up in {{count=3}} points ({{count}}).")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.prompt.selected_text == "{{count=3}}")

        await chat.submit("/prompts")
        await chat.pilot.press(*"new one")
        await chat.seen("Nothing matches. Ctrl+N writes a prompt with this name.")
        await chat.pilot.press("ctrl+n")
        # The terminal of a test cannot be given away.
        await chat.seen("This terminal cannot be given to an editor.")
    assert folder.names() == sorted(PROMPTS)


async def test_a_prompt_switches_its_tools_on(folder: PromptFolder) -> None:
    file = folder.path.parent / "config.toml"
    tools = '[tools.time]\ncommand = ["true"]\n[tools.files]\ncommand = ["true"]\n'
    file.write_text(f'{CONFIG}tools = ["files"]\n{tools}', encoding="utf-8")
    folder.save("when", "---\ntools: [time, files/read]\n---\nWhen?")
    folder.save("odd", "---\ntools: [tme]\n---\nWhat?")
    async with running_chat(given=launch(profile="work")) as chat:
        await used(chat, "/when", "When?")
        session = chat.chat.session
        assert session is not None
        assert session.conversation.settings["tools"]["on"] == ["time", "files/read"]
        await chat.submit("/odd")
        await chat.seen("“tme”")
