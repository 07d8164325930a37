"""The state in colour, and what can be clicked or tried from it."""

from __future__ import annotations

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.session.test_services import PROFILES, configure
from tests.ui.chat.test_going_elsewhere import launched
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.conversations.rename import Rename
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.models.send_elsewhere import SendElsewhere

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def lead(chat: ChatHarness) -> str:
    """Return the first symbol of the status line."""
    return chat.screen_text.splitlines()[-2].strip()[:1]


async def test_a_spinner_and_marks_show_the_state() -> None:
    hold = Hold()
    failure = ServerFailed("127.0.0.1:9 failed.", "Try again.")
    provider = FakeProvider([TextDelta("half"), hold, *answer("!")], [failure])
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.seen("answering")
        first = lead(chat)
        assert first in SPINNER
        await chat.until(lambda: lead(chat) not in ("", first))
        assert lead(chat) in SPINNER
        chat.app.animation_level = "none"
        await chat.until(lambda: lead(chat) == "●")
        hold.go.set()
        await chat.idle()
        await chat.until(lambda: lead(chat) == "✓")
        await chat.submit("second")
        await chat.until(lambda: lead(chat) == "✗")


async def test_title_model_and_footer_are_clickable() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("first")
        await chat.idle()
        title = chat.chat.query_one("#title", TitleLine)
        await chat.pilot.click(title, offset=(2, 0))
        await chat.until(lambda: isinstance(chat.app.screen, Rename))
        await chat.pilot.press("escape")
        await chat.pilot.click(title, offset=(40, 0))
        await chat.pilot.click(title, offset=(title.size.width - 2, 0))
        await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        line = chat.screen_text.splitlines()[-1]
        await chat.pilot.click("KeyFooter", offset=(line.index("^N new"), 0))
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)


async def test_a_failed_answer_is_tried_with_another_profile_only_after_consent() -> None:
    configure(PROFILES)
    provider = FakeProvider(
        answer("Told."), [ServerFailed("two failed.", "Try again.")], answer("Here.")
    )
    async with running_chat(provider, given=launched(profile="two"), size=(120, 30)) as chat:
        await chat.submit("secret?")
        await chat.idle()
        await chat.submit("more?")
        await chat.idle()
        await chat.pilot.press("up")
        await chat.seen("p try another profile")
        for choice in ("escape", "ctrl+y"):
            await chat.pilot.press("p")
            await chat.until(lambda: isinstance(chat.app.screen, ProfilePicker))
            await chat.seen("other-model")
            await chat.pilot.press("left", "up", "right", "enter")
            await chat.until(lambda: isinstance(chat.app.screen, SendElsewhere))
            assert len(provider.requests) == 2
            await chat.pilot.press(choice)
            await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.until(lambda: len(provider.requests) == 3)
        await chat.idle()
        assert chat.chat.session is not None
        assert chat.chat.session.profile.name == "one"
        assert chat.chat.session.path[-1].content == "Here."
