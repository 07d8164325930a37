from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.chat.asking import ask, told
from tui_chat.core.errors import ServerFailed
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.chat.comparing.candidate_picker import CandidatePicker
from tui_chat.ui.chat.comparing.comparison_screen import ComparisonScreen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.fakes import Step
    from tui_chat.core.conversation import Message
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent

_CONFIG = """
profile = "home"
[profiles.home]
base_url = "http://127.0.0.1:9/v1"
model = "small"
[profiles.other]
base_url = "http://127.0.0.1:9/v1"
model = "large"
[profiles.far]
base_url = "http://127.0.0.1:10/v1"
model = "huge"
"""


class ByModel(FakeProvider):
    """Plays the scripts of each model in order."""

    def __init__(self, **scripts: list[list[Step]]) -> None:
        super().__init__()
        self.models_of = {name: FakeProvider(*given) for name, given in scripts.items()}

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        async for event in self.models_of[request.model].stream(request):
            yield event


def configured() -> None:
    file = launch().paths.config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_CONFIG, encoding="utf-8")


async def open_picker(chat: ChatHarness, text: str) -> None:
    await chat.submit(text)
    await chat.until(lambda: isinstance(chat.app.screen, CandidatePicker))


async def shows_answers(chat: ChatHarness) -> None:
    await chat.until(lambda: isinstance(chat.app.screen, ComparisonScreen))


def replies(messages: list[Message]) -> list[tuple[str | None, str, str]]:
    return sorted((it.model, it.content, it.status.value) for it in messages if it.model)


async def test_answers_are_side_by_side_and_enter_goes_on_from_one() -> None:
    configured()
    hold = Hold()
    provider = ByModel(
        small=[[TextDelta("first"), hold, TextDelta(" more"), Finished("stop")]],
        large=[answer("second"), answer("went on")],
    )
    given = launch(profile="home")
    async with running_chat(provider, size=(130, 30), given=given) as chat:
        await open_picker(chat, "/compare Why is the sky blue?")
        # Named before anything is sent.
        await chat.seen("127.0.0.1:9 (profile “home”) receives 1 message.")
        await chat.pilot.press("enter")
        await chat.seen("Check two to four models.")
        await chat.pilot.press("down", "space", "enter")
        await shows_answers(chat)
        await chat.seen("second")
        for words in ("first", "1/2  small · home", "✓"):
            await chat.seen(words)
        hold.go.set()
        await chat.seen("first more")
        await chat.seen("goes on from an answer")
        await chat.pilot.press("right_square_bracket", "enter")
        await chat.until(lambda: not isinstance(chat.app.screen, ComparisonScreen))
        await chat.idle()
        await chat.seen("2/2")
        assert chat.chat.session is not None
        assert chat.chat.session.profile.name == "other"
        await ask(chat, "And?")
        assert [it.content for it in chat.chat.session.path] == [
            "Why is the sky blue?",
            "second",
            "And?",
            "went on",
        ]
        assert provider.requests[-1].model == "large"


async def test_in_80_columns_one_is_shown_and_escape_stops_all_and_keeps_all() -> None:
    configured()
    holds = Hold(), Hold()
    provider = ByModel(
        small=[answer("zero"), [TextDelta("uno"), holds[0]]], large=[[TextDelta("due"), holds[1]]]
    )
    async with running_chat(provider, given=launch(profile="home")) as chat:
        await ask(chat, "Why?")
        await chat.pilot.press("up", "up", "R")
        await chat.until(lambda: isinstance(chat.app.screen, CandidatePicker))
        await chat.pilot.press("b", "down", "space", "enter")
        await shows_answers(chat)
        for hold in holds:
            await hold.reached.wait()
        await chat.seen("1/2  Answer 1")
        assert ("uno" in chat.screen_text) is not ("due" in chat.screen_text)
        shown = "uno" if "uno" in chat.screen_text else "due"
        await chat.pilot.press("left_square_bracket")
        await chat.seen("2/2  Answer 2")
        assert shown not in chat.screen_text
        await chat.pilot.press("b")
        await chat.until(lambda: "Answer 2" not in chat.screen_text)
        await chat.pilot.press("escape")
        await chat.idle()
        assert isinstance(chat.app.screen, ComparisonScreen)
        await chat.seen("stopped by you")
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, ComparisonScreen))
        assert replies(await chat.stored()) == [
            ("large", "due", "cancelled"),
            ("small", "uno", "cancelled"),
            ("small", "zero", "complete"),
        ]


async def test_an_endpoint_that_has_not_seen_the_conversation_is_asked_for() -> None:
    configured()
    provider = FakeProvider(answer("zero"))
    async with running_chat(provider, size=(100, 30), given=launch(profile="home")) as chat:
        await ask(chat, "Why?")
        await open_picker(chat, "/compare")
        await chat.pilot.press("down", "down", "space")
        await chat.seen("127.0.0.1:10 (profile “far”) receives 1 message.")
        await chat.pilot.press("enter")
        await chat.seen("have not seen this conversation")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert len(provider.requests) == 1
        await open_picker(chat, "/compare And?")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        # The question is not lost.
        assert chat.prompt.draft == "And?"


async def test_the_answers_go_on_in_the_background_and_are_shown_again() -> None:
    configured()
    hold = Hold()
    provider = ByModel(
        small=[[TextDelta("begun"), hold, TextDelta(" ended"), Finished("stop")]],
        large=[[ServerFailed("broken", "")]],
    )
    async with running_chat(provider, size=(100, 30), given=launch(profile="home")) as chat:
        await open_picker(chat, "/compare Why?")
        await chat.pilot.press("down", "space", "enter")
        await shows_answers(chat)
        await hold.reached.wait()
        first = chat.chat.session
        assert first is not None
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session is not first)
        assert first.is_busy
        parts = chat.chat.parts
        assert parts is not None
        await parts.conversations.open_at(first.conversation.id, None)
        await chat.seen("begun")
        await chat.pilot.press("up", "right_square_bracket")
        await shows_answers(chat)
        await chat.seen("1/2")
        hold.go.set()
        await chat.seen("begun ended")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.idle()
        assert replies(await chat.stored()) == [
            ("large", "", "failed"),
            ("small", "begun ended", "complete"),
        ]


async def test_quitting_asks_and_saves_what_has_arrived() -> None:
    configured()
    holds = Hold(), Hold()
    provider = ByModel(small=[[TextDelta("uno"), holds[0]]], large=[[TextDelta("due"), holds[1]]])
    async with running_chat(provider, given=launch(profile="home")) as chat:
        await open_picker(chat, "/compare Why?")
        await chat.pilot.press("down", "space", "enter")
        await shows_answers(chat)
        for hold in holds:
            await hold.reached.wait()
        await chat.pilot.press("ctrl+q")
        await told(chat, "An answer is running")
        session = chat.chat.session
        assert session is not None
        assert session.is_busy
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: not session.is_busy)
        saved = [(it.content, it.status.value) for it in session.tree.messages if it.model]
        assert sorted(saved) == [("due", "cancelled"), ("uno", "cancelled")]
