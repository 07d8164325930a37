"""Long answers are laid out in a thread, once, at the width they are then shown at."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.bare import BareApp, message, until
from tests.ui.messages.test_virtual_list import plain_view
from tui_chat.core.conversation import Role
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.messages.layout_prefetch import LayoutPrefetch
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.messages.virtual_list import VirtualList

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message

LONG = "- an *item* of a long list\n" * 2_000


class Spy:
    """Records the thread that creates each long document, and the widths of later layouts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[int] = []
        self.widths: list[int] = []
        made, resized = Document.__init__, Document.resize

        def init(document: Document, text: str = "", *args: Any, **more: Any) -> None:
            if len(text) >= len(LONG):
                self.threads.append(threading.get_ident())
            made(document, text, *args, **more)

        def resize(document: Document, width: int) -> None:
            if len(document.source) >= len(LONG) and width != document.width:
                self.widths.append(width)
            resized(document, width)

        monkeypatch.setattr(Document, "__init__", init)
        monkeypatch.setattr(Document, "resize", resize)


def conversation() -> list[Message]:
    messages = [message(Role.USER, "a question")]
    for _ in range(9):
        messages += [message(content=LONG), message(Role.USER, "and then?")]
    return messages


async def test_a_document_is_taken_once_and_only_for_the_same_text() -> None:
    ahead = LayoutPrefetch()
    long, other = message(content=LONG), message(content=LONG + "x")
    assert not ahead.is_ready([long])

    await ahead.prepare([long, other], 40)

    assert ahead.is_ready([long, other])
    assert ahead.take(replace(other, content=LONG + "y")) is None
    document = ahead.take(long)
    assert document is not None
    assert (document.width, document.finished, document.source) == (40, True, LONG)
    assert ahead.take(long) is None


async def test_short_and_streaming_messages_and_questions_are_not_prepared() -> None:
    ahead = LayoutPrefetch()
    short = message(content="short")

    assert ahead.is_ready([short, message(Role.USER, LONG)])
    await ahead.prepare([short], 40)

    assert ahead.take(short) is None


async def test_unused_documents_are_dropped() -> None:
    ahead = LayoutPrefetch()
    first, second = message(content=LONG), message(content=LONG)
    await ahead.prepare([first], 40)

    await ahead.prepare([second], 40)

    assert not ahead.is_ready([first])


@pytest.mark.slow
async def test_no_long_answer_is_laid_out_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    window = VirtualList(plain_view)
    path = conversation()
    async with BareApp(window).run_test(size=(70, 20)) as pilot:
        await window.show(path)
        await until(pilot, lambda: not window.is_filling)
        await window.reveal(0)
        await until(pilot, lambda: not window.is_filling)
        while not window.mounted.reaches_end:
            window.scroll_to(y=window.max_scroll_y, animate=False, force=True)
            await until(pilot, lambda: not window.is_filling)
            await pilot.pause()
        await window.change([*path[:5], message(content=LONG)])
        await until(pilot, lambda: not window.is_filling)

        bodies = list(window.query(MessageMarkdown))
        assert {body.document.width for body in bodies} == {bodies[0].size.width}
    assert len(spy.threads) > 9
    assert threading.get_ident() not in spy.threads
    assert not spy.widths


async def test_the_old_path_is_hidden_while_a_long_answer_is_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = VirtualList(plain_view)
    held = threading.Event()
    made = Document.__init__

    def init(document: Document, text: str = "", *args: Any, **more: Any) -> None:
        if len(text) >= len(LONG):
            held.wait(10)
        made(document, text, *args, **more)

    monkeypatch.setattr(Document, "__init__", init)
    async with BareApp(window).run_test(size=(70, 20)) as pilot:
        await window.show([message(content="the old answer")])
        task = window.run_worker(window.show([message(content=LONG)]))
        try:
            await until(pilot, lambda: not window.views)
            assert not window.messages
        finally:
            held.set()
        await task.wait()

        assert window.views[0].shown.content == LONG
