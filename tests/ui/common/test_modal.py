"""Screens over the chat close once, whatever keys come while they close."""

from __future__ import annotations

from itertools import product

import pytest

from tests.chat_app import running_chat
from tests.mostly_slow import mostly_slow
from tui_chat.ui.commands.palette import Palette
from tui_chat.ui.conversations.rename import Rename


async def test_a_second_dismissal_takes_nothing_else_away() -> None:
    async with running_chat() as chat:
        results: list[str | None] = []
        screen = Rename("title")
        chat.app.push_screen(screen, results.append)
        await chat.until(lambda: chat.app.screen is screen)
        screen.dismiss("first")
        screen.dismiss("second")
        await chat.until(lambda: results)
        await chat.pilot.pause()
        assert results == ["first"]
        assert chat.app.screen is chat.chat
        assert chat.app.is_running


async def test_a_screen_below_another_does_not_close_it() -> None:
    async with running_chat() as chat:
        below, above = Rename("below"), Rename("above")
        await chat.app.push_screen(below)
        await chat.app.push_screen(above)
        below.dismiss(None)
        await chat.pilot.pause()
        assert chat.app.screen is above


async def test_enter_twice_in_the_list_of_commands_runs_a_command_once() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: isinstance(chat.app.screen, Palette))
        await chat.pilot.press(*"keys")
        await chat.seen("Show all keys")
        await chat.pilot.press("enter", "enter", "enter")
        await chat.pilot.pause()
        assert chat.app.is_running
        assert chat.app.screen_stack[0] is chat.chat
        assert len(chat.app.screen_stack) <= 2


@pytest.mark.parametrize(
    ("key", "width"),
    mostly_slow(
        product(
            ["ctrl+l", "ctrl+p", "ctrl+o", "f1", "ctrl+s", "ctrl+g", "f2"], [1, 2, 5, 6, 7, 8, 12]
        ),
        quick=6,
    ),
)
async def test_a_very_narrow_terminal(key: str, width: int) -> None:
    async with running_chat() as chat:
        await chat.pilot.press(key)
        await chat.pilot.pause()
        for size in ((width, 24), (width, 3), (80, 24)):
            await chat.pilot.resize_terminal(*size)
            await chat.pilot.pause()
        assert chat.app.is_running


async def test_ctrl_q_quits_from_the_list_of_commands() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: isinstance(chat.app.screen, Palette))
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: not chat.app.is_running)
