"""Resizing leaves no trace: widgets that wrap, and the whole chat with its dialogs."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.mostly_slow import mostly_slow
from tests.ui.bare import BareApp, message, until
from tui_chat.core.conversation import Role
from tui_chat.structured.verdict import Evaluation, Verdict
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.objects.object_body import ObjectBody
from tui_chat.ui.prompt.paste_chips import PasteChips
from tui_chat.ui.text_view.line_view import BODY, HEAD, LineView
from tui_chat.ui.text_view.wrapped_lines import view_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from tests.chat_app import ChatHarness

SIZES = ((60, 24), (100, 24), (80, 24), (160, 50), (40, 16), (61, 24), (100, 40))
WORDS = "Air scatters short wavelengths more, 天空因此是蓝色的 🌈 👩\u200d🚀 and so on. "


def _sequences() -> list[list[tuple[int, int]]]:
    chance = random.Random(7)  # noqa: S311 - it draws test data
    drawn = [[chance.choice(SIZES) for _ in range(5)] for _ in range(3)]
    return [
        [(60, 24), (100, 24), (60, 24)],
        [(100, 24), (60, 24), (100, 24)],
        [(80, 24), (160, 50), (80, 24), (100, 12), (80, 24)],
        *drawn,
    ]


def _question(*, is_unfolded: bool) -> MessageView:
    text = "\n".join(f"row {n} {WORDS}" for n in range(45))
    view = MessageView(message(Role.USER, text))
    if is_unfolded:
        view.toggle_fold()
    return view


def _lines(height: str) -> LineView:
    view = LineView()
    view.styles.height = height
    view.show(HEAD, [view_line(WORDS * 2, keeps_words=True)])
    view.show(BODY, [view_line(f"{n} " + WORDS * (n % 4)) for n in range(20)])
    return view


def _chips() -> PasteChips:
    chips = PasteChips()
    chips.show(["x" * 30_000, "y\n" * 30_000], "Ctrl+R as text · Backspace removes")
    return chips


WIDGETS: dict[str, Callable[[], Any]] = {
    "question": lambda: _question(is_unfolded=False),
    "unfolded question": lambda: _question(is_unfolded=True),
    "lines": lambda: _lines("1fr"),
    "lines of their own height": lambda: _lines("auto"),
    "paste chips": _chips,
}


@pytest.mark.parametrize("name", WIDGETS)
@pytest.mark.parametrize("sizes", mostly_slow(_sequences(), quick=2))
async def test_a_widget_ends_like_a_fresh_one(name: str, sizes: list[tuple[int, int]]) -> None:
    fresh = BareApp(WIDGETS[name]())
    async with fresh.run_test(size=sizes[-1]) as pilot:
        await pilot.pause()
        wanted = fresh.text
    app = BareApp(WIDGETS[name]())
    async with app.run_test(size=sizes[0]) as pilot:
        for size in sizes[1:]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.pause()
        assert app.text == wanted


@pytest.mark.parametrize("form", ["tree", "text", "raw"])
@pytest.mark.parametrize("sizes", mostly_slow(_sequences(), quick=2))
async def test_an_object_ends_like_a_fresh_one(form: str, sizes: list[tuple[int, int]]) -> None:
    async def shown(pilot: Pilot[None], app: BareApp) -> None:
        view = app.query_one(MessageView)
        body = view.query_one(ObjectBody)
        await until(pilot, lambda: body.view == "tree")
        while view.flip_form() != form:
            await pilot.pause()
        await until(pilot, lambda: body.view == form)
        await pilot.pause()

    raw = json.dumps({"text": WORDS * 5, "list": [WORDS, WORDS * 3], "n": {"a": WORDS}})
    evaluation = Evaluation(Verdict.VALID, raw, json=raw)
    answer_ = message(content=raw, structured=evaluation.as_mapping())
    fresh = BareApp(MessageView(answer_))
    async with fresh.run_test(size=sizes[-1]) as pilot:
        await shown(pilot, fresh)
        wanted = fresh.text
    app = BareApp(MessageView(answer_))
    async with app.run_test(size=sizes[0]) as pilot:
        await shown(pilot, app)
        for size in sizes[1:]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.pause()
        assert app.text == wanted


@pytest.mark.parametrize("height", ["1fr", "auto"])
async def test_the_line_at_the_top_of_a_line_view_stays(height: str) -> None:
    view = _lines(height)
    view.styles.max_height = 20
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.go_to_line(8)
        await pilot.pause()
        before = app.text
        for size in ((100, 20), (40, 20), (90, 20), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.text.split()[0] == "8" or view.scroll_y == view.max_scroll_y, size
        assert app.text == before


@pytest.mark.parametrize("height", ["1fr", "auto"])
async def test_a_line_view_that_follows_its_end_stays_there(height: str) -> None:
    view = _lines(height)
    view.styles.max_height = 20
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.follow()
        await pilot.pause()
        for size in ((100, 20), (40, 20), (90, 14), (160, 50), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert view.is_following
            assert view.scroll_y == view.max_scroll_y, size


# The whole program

_QUESTION = f"Why is the sky blue? {WORDS * 2}"
_ANSWER = "\n\n".join(WORDS * (2 + n % 3) for n in range(6))
_DIALOGS = ("", "f1", "ctrl+o", "ctrl+l", "ctrl+s", "ctrl+f", "f12", "ctrl+p")


@pytest.mark.parametrize("key", mostly_slow(_DIALOGS, quick=2))
async def test_the_chat_and_its_dialogs_end_like_fresh_ones(key: str) -> None:
    sizes = _sequences()[len(key) % 3]

    async def settled(chat: ChatHarness) -> None:
        await chat.pilot.pause()
        await chat.until(lambda: not chat.messages.virtual_list.is_filling)
        await chat.pilot.pause()

    async def screen_after(sizes: list[tuple[int, int]]) -> str:
        given = launch(is_temporary=True)
        async with running_chat(FakeProvider(answer(_ANSWER)), size=sizes[0], given=given) as chat:
            await chat.submit(_QUESTION)
            await chat.idle()
            await chat.seen("and so on.")
            chat.prompt.set_draft(f"a draft {WORDS * 3}\nof two lines")
            if key:
                await chat.pilot.press(key)
            await chat.pilot.pause()
            for size in sizes[1:]:
                await chat.pilot.resize_terminal(*size)
                await settled(chat)
            await settled(chat)
            return chat.screen_text

    assert _without_times(await screen_after(sizes)) == _without_times(
        await screen_after(sizes[-1:])
    )


def _without_times(screen: str) -> list[str]:
    # The time an answer took is not of interest here.
    return [re.sub(r"\d+\.\d s", "1.0 s", line).rstrip() for line in screen.splitlines()]
