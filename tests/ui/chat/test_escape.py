from __future__ import annotations

import pytest

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold, answer
from tui_chat.core.stream_events import Phase, TextDelta, Waiting
from tui_chat.ui.help.key_help import KeyHelp


@pytest.mark.parametrize("presses", [1, 2])
async def test_escape_keeps_the_partial_answer(presses: int) -> None:
    hold = Hold()
    provider = FakeProvider([TextDelta("half an ans"), hold])
    async with running_chat(provider) as chat:
        await chat.submit("hello")
        await chat.seen("half an ans")

        await chat.pilot.press(*["escape"] * presses)
        await chat.idle()

        assert (await chat.rows())[-1] == ("assistant", "half an ans", "cancelled")
        assert provider.closed == 1
        await chat.seen("stopped by you")
        assert chat.app.focused is chat.prompt


async def test_escape_before_the_first_byte() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([Waiting(Phase.FIRST_TOKEN), hold])) as chat:
        await chat.submit("hello")
        await chat.seen("waiting for first token")

        await chat.pilot.press("escape")
        await chat.idle()

        assert (await chat.rows())[-1] == ("assistant", "", "cancelled")


async def test_escape_in_the_same_moment_as_enter_loses_no_question() -> None:
    async with running_chat(FakeProvider([Hold()])) as chat:
        chat.prompt.set_draft("hello")
        chat.prompt.action_submit()
        await chat.pilot.press("escape")
        await chat.idle()

        assert [row[2] for row in await chat.rows()] == ["complete", "cancelled"]


async def test_escape_closes_a_modal_and_not_the_answer() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([TextDelta("half"), hold])) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        await chat.pilot.press("f1")
        await chat.until(lambda: isinstance(chat.app.screen, KeyHelp))

        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert chat.chat.is_busy

        await chat.pilot.press("escape")
        await chat.idle()


async def test_escape_closes_the_palette_and_not_the_answer() -> None:
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: chat.app.screen is not chat.chat)

        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)

        assert chat.chat.is_busy


async def test_escape_drops_a_selection_and_not_the_answer() -> None:
    async with running_chat(FakeProvider([TextDelta("half an answer"), Hold()])) as chat:
        await chat.submit("hello")
        await chat.seen("half an answer")
        view = chat.messages.virtual_list.mounted.last_view
        assert view is not None

        await chat.pilot.mouse_down(view, offset=(4, 1))
        await chat.pilot.hover(view, offset=(9, 1))
        await chat.pilot.mouse_up(view, offset=(9, 1))
        await chat.until(lambda: chat.chat.selections)

        await chat.pilot.press("escape")

        assert not chat.chat.selections
        assert chat.chat.is_busy
        await chat.pilot.press("escape")
        await chat.idle()


async def test_a_question_right_after_escape_waits_for_the_end_of_the_stopped_answer() -> None:
    provider = FakeProvider([TextDelta("half"), Hold()], answer("second answer"))
    async with running_chat(provider) as chat:
        await chat.submit("first")
        await chat.seen("half")

        chat.prompt.set_draft("second")
        assert chat.chat.stop_at_once()
        chat.prompt.action_submit()
        await chat.seen("second answer")
        await chat.idle()

        assert [row[1:] for row in await chat.rows()] == [
            ("first", "complete"),
            ("half", "cancelled"),
            ("second", "complete"),
            ("second answer", "complete"),
        ]
