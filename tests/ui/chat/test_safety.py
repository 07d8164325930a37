"""Text from outside in every place of the screen: never raw, never markup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.bare import strips_of
from tui_chat.core.conversation import Message, Role, new_conversation, new_id, now
from tui_chat.core.errors import RequestRejected
from tui_chat.core.profile import Profile
from tui_chat.core.stream_events import ModelInfo, ReasoningDelta, Retrying, TextDelta
from tui_chat.ui.conversations.picker import ConversationPicker
from tui_chat.ui.models.profile_picker import ProfilePicker

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

CONTROLS = (
    "\x1b]52;c;aGk=\x07 \x1b]0;evil\x07 \x1b[2J\x1b[H \x9b2J\x90q\x9c \u202eabc\u2066def "
    "a\x00b\x7f a\ud83db a\u2028b\u2029c\u0085d"
)
MARKUP = (
    "[/INST] [/] [/bold] [bold]x[/bold] [red on [@click=app.quit]x[/] [@click='app.bell']y "
    "$text $primary ${x} %(y)s {z}"
)
SIZE = "Z" + "\u0301\u0316" * 500 + "x" * 20_000
HOSTILE = {"controls": CONTROLS, "markup": MARKUP, "size": SIZE}
FORBIDDEN = set("\x1b\x07\x00\x7f\x9b\x90\x9c\x85\u202e\u2066\ud83d\u2028\u2029")


def check(chat: ChatHarness) -> None:
    for screen in chat.app.screen_stack:
        lines = [strip.text for strip in strips_of(screen)]
        assert not set("".join(lines)) & FORBIDDEN
        assert all(line.count("\u0301") + line.count("\u0316") <= 60 for line in lines)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_everywhere(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = Profile(name=f"p{text}", base_url="http://127.0.0.1:9/v1", model=f"m{text}")
    failure = RequestRejected(f"No: {text}", server_message=text)
    markdown = (
        f"{text}\n\n# {text}\n\n- {text}\n\n`{text}`\n\n```{text}\n{text}\n```\n\n"
        f"|a|\n|-|\n|{text}|\n"
    )
    hold = Hold()
    provider = FakeProvider(
        [ReasoningDelta(text), *answer(markdown)],
        [failure],
        [Retrying(2, 5, 30.0, "rate-limited"), hold],
    )

    async def models() -> list[ModelInfo]:
        return [ModelInfo(f"m{text}"), ModelInfo(text)]

    monkeypatch.setattr(provider, "models", models)
    async with running_chat(provider, size=(80, 40)) as chat:
        chat.services.profiles = [profile]
        session = chat.chat.session
        assert session is not None
        await session.choose(profile, f"m{text}")

        for number in range(2):
            await chat.submit(f"{number} {text}")
            await chat.idle()
            check(chat)
        await chat.submit(text if text.strip() else "x")
        await chat.until(lambda: hold.reached.is_set())
        check(chat)
        await chat.pilot.press("escape")
        await chat.idle()

        await chat.pilot.press("up", "k", "k", "k", "k", "enter")
        chat.chat.host.show_notice(text, "warning")
        await chat.pilot.pause()
        check(chat)
        await chat.pilot.press("v", "escape", "i", "ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))
        await chat.pilot.pause()
        check(chat)
        await chat.pilot.press("escape", "ctrl+l")
        await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
        await chat.pilot.pause()
        check(chat)
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        check(chat)


@pytest.mark.parametrize("name", ["controls", "markup", "size"])
async def test_hostile_text_from_the_disk(name: str) -> None:
    text = HOSTILE[name]
    async with running_chat() as chat:
        conversation = new_conversation(profile=text, model=text)
        question = Message(new_id(), conversation.id, None, Role.USER, text, now())
        reply = Message(
            new_id(), conversation.id, question.id, Role.ASSISTANT, text, now(),
            reasoning=text, error_text=text, model=text, profile=text,
        )  # fmt: skip
        conversation = replace(conversation, title=text, draft=text, leaf_id=reply.id)
        await chat.services.store.add_messages(conversation, [question, reply])
    async with running_chat() as chat:
        parts = chat.chat.parts
        assert parts is not None
        # The profile is gone, so it does not open by itself.
        await parts.conversations.open_at(conversation.id, None)
        await chat.until(lambda: len(chat.messages.virtual_list.messages) == 2)
        await chat.pilot.pause()
        shown = chat.screen_text
        check(chat)
        assert chat.app.is_running
        if name == "markup":
            assert "[/INST] [/] [/bold] [bold]x[/bold]" in shown


async def test_markup_in_a_toast_is_not_interpreted() -> None:
    async with running_chat(FakeProvider([TextDelta("x")])) as chat:
        chat.chat.host.show_notice(MARKUP)
        await chat.seen("[@click=app.quit]x[/]")
