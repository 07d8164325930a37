from __future__ import annotations

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.chat.asking import ask, told
from tui_chat.ui.projects.memory_editor import AddMemory, MemoryEditor


async def test_a_message_is_remembered_and_sent_once_the_memory_is_on() -> None:
    file = launch().paths.config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[profiles.work]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n', "utf-8")
    provider = FakeProvider(answer("Use metric units.\nAlways."))
    async with running_chat(provider, given=launch(profile="work")) as chat:
        await ask(chat, "How?")
        assert "memory" not in chat.screen_text
        await chat.pilot.press("up", "M")
        await chat.until(lambda: isinstance(chat.app.screen, AddMemory))
        await chat.seen("does not send")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        stored = file.parent / "memory" / "work.md"
        await chat.until(stored.exists)
        assert stored.read_text("utf-8").startswith("- Use metric units.")

        await chat.pilot.press("escape")
        await chat.submit("/memory")
        await chat.until(lambda: isinstance(chat.app.screen, MemoryEditor))
        await chat.seen("work.md")
        await chat.seen("Use metric units.")
        await chat.pilot.press("ctrl+g")
        await chat.seen("with each question")
        await chat.pilot.press("O", "K", "ctrl+s")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.seen("work · memory")
        await chat.until(lambda: "OK" in stored.read_text("utf-8"))
        await ask(chat, "And?")
        system = provider.requests[-1].messages[0]
        assert system.role == "system"
        assert "Use metric units." in system.content
        assert "OK" in system.content

        await chat.pilot.press("ctrl+n", "ctrl+n")
        await chat.seen("not saved")
        await chat.submit("/memory")
        await told(chat, "temporary conversation has no memory")
