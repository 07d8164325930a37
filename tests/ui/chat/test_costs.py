"""Costs in the status line and in F12, and the question before a monthly limit is passed."""

from __future__ import annotations

from dataclasses import replace

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.chat.asking import ask
from tui_chat.core.conversation import MessageStatus
from tui_chat.ui.models.pass_limit import PassLimit

CONFIG = """
[profiles.p]
base_url = "http://192.168.1.9:1/v1"
model = "test-model"
price = { input = 10000, output = 20000, currency = "EUR" }
monthly_limit = 0.3
"""


async def test_costs_are_shown_and_the_limit_is_asked_about() -> None:
    given = replace(launch(), flags={"profile": "p"})
    given.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    given.paths.config_file.write_text(CONFIG, encoding="utf-8")
    provider = FakeProvider(answer("Told."))
    async with running_chat(provider, given=given) as chat:
        # 5 tokens in and 7 out.
        await ask(chat, "one")
        await chat.seen("€0.19")
        assert chat.status.endswith("€0.19 in all")

        await chat.submit("two")
        await chat.until(lambda: isinstance(chat.app.screen, PassLimit))
        await chat.seen("€0.19 of €0.30")
        await chat.pilot.press("escape")
        await chat.idle()
        assert (await chat.stored())[-1].status is MessageStatus.FAILED
        assert len(provider.requests) == 1

        await chat.submit("three")
        await chat.until(lambda: isinstance(chat.app.screen, PassLimit))
        await chat.pilot.press("ctrl+y")
        await chat.idle()
        await ask(chat, "four")
        assert len(provider.requests) == 3
        await chat.until(lambda: chat.status.endswith("€0.57 in all"))
