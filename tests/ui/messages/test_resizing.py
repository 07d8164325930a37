"""Any sequence of sizes has the same result as starting at the last size."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.mostly_slow import mostly_slow
from tests.ui.bare import STREAMING, message
from tests.ui.messages.test_virtual_list import Harness, WindowApp
from tui_chat.core.conversation import Role
from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.messages.message_view import EDGE_CELLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from tui_chat.core.conversation import Message

SIZES = ((60, 24), (100, 24), (80, 24), (160, 50), (33, 12), (61, 24), (100, 40))
_ROUND_TRIPS = [
    [(60, 24), (100, 24), (60, 24)],
    [(100, 24), (60, 24), (100, 24)],
    [(80, 24), (160, 50), (80, 24), (160, 50), (80, 24)],
    [(100, 40), (100, 12), (100, 40)],
    [(60, 24), (61, 24), (60, 24), (33, 12), (60, 24)],
]
_WORDS = (
    "Air scatters short wavelengths more than long ones, 天空因此是蓝色的 🌈 👩\u200d🚀 and so on. "
)


def _sequences() -> list[list[tuple[int, int]]]:
    chance = random.Random(12)  # noqa: S311 - it draws test data
    return [*_ROUND_TRIPS, *([chance.choice(SIZES) for _ in range(6)] for _ in range(5))]


def paragraphs(name: str, count: int = 6) -> str:
    return "\n\n".join(f"{name} {n}: " + _WORDS * (2 + n % 3) for n in range(count))


def conversation() -> list[Message]:
    table = "| a | b |\n|---|---|\n| " + _WORDS + " | " + _WORDS + " |\n"
    code = "```python\nx = '" + "y" * 90 + "'\n```\n"
    return [
        message(Role.USER, paragraphs("asked", 2)),
        message(Role.ASSISTANT, paragraphs("first"), reasoning=paragraphs("thought", 3)),
        message(Role.USER, "\n".join(f"row {n} {_WORDS}" for n in range(45))),
        message(Role.ASSISTANT, paragraphs("second", 2) + "\n\n" + table + "\n" + code),
        message(Role.USER, "short"),
        message(Role.ASSISTANT, paragraphs("last"), reasoning=paragraphs("at last", 2)),
    ]


@asynccontextmanager
async def running(messages: list[Message], size: tuple[int, int]) -> AsyncIterator[Harness]:
    app = WindowApp()
    async with app.run_test(size=size) as pilot:
        chat = Harness(app, pilot)
        await chat.window.show(messages)
        await chat.quiet()
        # Mount all messages, so that the number of rows above does not change later.
        chat.window.scroll_to(y=0, animate=False, immediate=True)
        await chat.quiet()
        chat.window.follow()
        await chat.quiet()
        yield chat


async def _unfold(chat: Harness) -> None:
    for view in chat.window.views:
        view.toggle_fold()
    await chat.quiet()
    chat.window.follow()
    await chat.quiet()


async def _nothing(chat: Harness) -> None:
    await chat.quiet()


async def _resize_all(chat: Harness, sizes: Iterable[tuple[int, int]]) -> None:
    for size in sizes:
        await chat.pilot.resize_terminal(*size)
        await chat.quiet()


@pytest.mark.parametrize("prepare", [_nothing, _unfold])
@pytest.mark.parametrize("sizes", mostly_slow(_sequences(), quick=3))
async def test_any_sequence_of_sizes_equals_starting_at_the_last_size(
    sizes: list[tuple[int, int]], prepare: Callable[[Harness], Any]
) -> None:
    async with running(conversation(), sizes[-1]) as fresh:
        await prepare(fresh)
        wanted, rows = fresh.lines, fresh.window.virtual_size

    async with running(conversation(), sizes[0]) as chat:
        await prepare(chat)
        await _resize_all(chat, sizes[1:])

        assert chat.window.is_following
        assert chat.window.virtual_size == rows
        assert chat.lines == wanted
        assert chat.app.end == (True, 0)


@pytest.mark.parametrize("sizes", mostly_slow(_sequences(), quick=3))
@pytest.mark.parametrize("share", [0.2, 0.55, 0.8])
async def test_the_top_line_is_kept_through_any_sequence_of_sizes(
    sizes: list[tuple[int, int]], share: float
) -> None:
    async with running(conversation(), sizes[0]) as chat:
        await _unfold(chat)
        y = round(chat.window.max_scroll_y * share)
        chat.window.scroll_to(y=y, animate=False, immediate=True)
        await chat.quiet()
        before = chat.lines

        await _resize_all(chat, [*sizes[1:], sizes[0]])

        # Messages above may have been mounted meanwhile, which moves the scroll position.
        assert chat.lines == before


async def test_the_message_that_was_jumped_to_stays_at_the_top() -> None:
    async with running(conversation(), (80, 24)) as chat:
        chat.window.scroll_to(y=chat.window.max_scroll_y // 2, animate=False, immediate=True)
        await chat.quiet()
        await chat.window.reveal(1)
        await chat.quiet()
        assert chat.lines[0].strip().startswith("test-model")

        for size in ((50, 24), (120, 24), (80, 24)):
            await _resize_all(chat, [size])
            assert chat.lines[0].strip().startswith("test-model"), size


async def test_the_text_at_the_top_is_kept_at_a_very_different_width() -> None:
    text = "\n\n".join(f"{n}. " + " ".join(f"w{n}x{word}" for word in range(30)) for n in range(60))
    async with running([message(content=text)], (100, 24)) as chat:
        chat.window.scroll_to(y=chat.window.max_scroll_y // 2, animate=False, immediate=True)
        await chat.quiet()
        word = next(word for line in chat.lines for word in line.split() if word[:1] == "w")

        for size in ((40, 24), (160, 24), (33, 12)):
            await _resize_all(chat, [size])

            assert word in " ".join(chat.lines[:3]), size


@pytest.mark.parametrize("sizes", mostly_slow(_sequences(), quick=3))
async def test_a_reply_that_grows_between_resizes_equals_starting_at_the_last_size(
    sizes: list[tuple[int, int]],
) -> None:
    pieces = [f"\n\npart {n} {_WORDS * (n % 3)}" for n in range(len(sizes) * 2)]
    thoughts = [f"thought {n} {_WORDS}" for n in range(len(sizes))]
    question = message(Role.USER, "asked")
    live = message(status=STREAMING)
    fresh_answer = message(content="".join(pieces))
    async with running([question, fresh_answer], sizes[-1]) as fresh:
        wanted = fresh.lines[2:]

    async with running([question, live], sizes[0]) as chat:
        for number, size in enumerate(sizes):
            if number < len(sizes) // 2:
                chat.feed(ReasoningDelta(thoughts[number]))
            await _resize_all(chat, [size])
        for number, size in enumerate(sizes):
            chat.feed(TextDelta(pieces[2 * number]))
            await _resize_all(chat, [size])
            chat.feed(TextDelta(pieces[2 * number + 1]))
            await chat.quiet()

        assert chat.window.is_following
        assert chat.lines[-5:] == wanted[-5:]
        assert _body_rows(chat) == _rows_at(sizes[-1], "".join(pieces))


def _body_rows(chat: Harness) -> int:
    return chat.window.views[-1].query_one(".body").size.height


def _rows_at(size: tuple[int, int], text: str) -> int:
    return Document(text, size[0] - 1 - 2 - EDGE_CELLS, finished=True).height
