"""Toasts take rows of their own: they cover neither the focus nor a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets._toast import Toast

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.mostly_slow import mostly_slow
from tests.ui.chat.asking import ask
from tests.ui.test_app import configure
from tui_chat.ui.help.config_problems import ConfigProblems

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.screen import Screen
    from textual.widget import Widget

LONG = "The disk is full, so this message is kept on the screen and saved later. " * 4


async def toast_is_shown(chat: ChatHarness) -> None:
    await chat.until(lambda: any(it.region.height for it in chat.app.screen.query(Toast)))
    await chat.pilot.pause()


def covered(chat: ChatHarness) -> list[str]:
    """Return what visible toasts lie over or below: a dialog, the side panel, the focus."""
    screen = chat.app.screen
    shown = [seen(screen, toast) for toast in screen.query(Toast)]
    panels = [it for it in screen.query("#panel, #side") if it.display]
    below = [*panels, *([screen.focused] if screen.focused else [])]
    return [
        str(widget)
        for widget in below
        for region in shown
        if region and seen(screen, widget).overlaps(region)
    ]


def seen(screen: Screen[object], widget: Widget) -> Region:
    """Return the part of a widget that is on the screen."""
    return screen.find_widget(widget).visible_region


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12)])
@pytest.mark.parametrize(
    "keys",
    mostly_slow(["", "up", "ctrl+o", "ctrl+l", "ctrl+g", "f2", "f1", "ctrl+f"], quick=3),
)
async def test_a_toast_covers_neither_the_focus_nor_a_dialog(
    size: tuple[int, int], keys: str
) -> None:
    async with running_chat(FakeProvider(answer("one\n\n" * 30)), size=size) as chat:
        await ask(chat, "first")
        if keys:
            await chat.pilot.press(keys)
            await chat.pilot.pause()
        for words in (LONG, "short"):
            chat.app.notify(words, timeout=60, markup=False)
        await toast_is_shown(chat)
        assert not covered(chat)
        assert all(it.region.right <= size[0] for it in chat.app.screen.query(Toast))
        focused = chat.app.screen.focused
        assert focused is None or seen(chat.app.screen, focused)


async def test_the_row_of_a_toast_comes_back_when_it_ends() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await ask(chat, "first")
        before = chat.screen_text
        chat.chat.host.show_notice("take care", "warning", timeout_s=60)
        await toast_is_shown(chat)
        assert chat.screen_text.split("\n")[0].rstrip().endswith("take care")
        assert "Ask anything" in chat.screen_text
        chat.app.clear_notifications()
        await chat.until(lambda: chat.screen_text == before)


async def test_problems_of_the_configuration_are_one_line_and_listed_on_request() -> None:
    configure("".join(f"nonsense{number} = 1\n" for number in range(5)))
    async with running_chat(given=launch()) as chat:
        await chat.until(lambda: chat.app._notifications)
        words = [toast.message for toast in chat.app._notifications]
        assert words == [
            "config.toml: 5 problems · `tui-chat doctor` or Ctrl+P, “Problems” lists them"
        ]
        await toast_is_shown(chat)
        assert sum("problems" in line for line in chat.screen_text.split("\n")) == 1
        chat.chat.action_command("problems")
        await chat.until(lambda: isinstance(chat.app.screen, ConfigProblems))
        await chat.seen("line 1: ")
        await chat.pilot.press("end")
        await chat.seen("line 5: ")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)


async def test_one_problem_is_shown_in_full_without_the_path() -> None:
    configure("[ui]\nwidht = 90\n")
    async with running_chat(given=launch()) as chat:
        await chat.until(lambda: chat.app._notifications)
        (toast,) = chat.app._notifications
        assert toast.message.startswith("config.toml, line 2: ")
        assert "width" in toast.message


async def test_without_problems_the_command_says_so() -> None:
    async with running_chat() as chat:
        chat.chat.action_command("problems")
        await chat.seen("config.toml has no problems.")
