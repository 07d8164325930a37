from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ui.bare import BareApp, until
from tui_chat.ui.messages import reasoning_block
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.messages.reasoning_block import ReasoningBlock

if TYPE_CHECKING:
    import pytest


async def test_reasoning_is_open_while_it_streams_and_folds_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 100.0
    monkeypatch.setattr(reasoning_block, "monotonic", lambda: moment)
    block = ReasoningBlock(is_live=True)
    app = BareApp(block)
    async with app.run_test() as pilot:
        for piece in ("let me ", "", "think [bold]"):
            block.append(piece)
        await pilot.pause()
        assert app.text.splitlines()[:2] == ["  ▾ Thinking", "    let me think [bold]"]

        moment = 112.3
        block.append(" done")
        block.finish()
        block.finish()
        await pilot.pause()
        assert app.text.splitlines()[:2] == ["  ▸ Thought for 12 s", ""]

        block.toggle()
        await pilot.pause()
        shown = ["  ▾ Thought for 12 s", "    let me think [bold] done"]
        assert app.text.splitlines()[:2] == shown
        block.toggle()
        await pilot.pause()
        assert app.text.splitlines()[0] == "  ▸ Thought for 12 s"


async def test_saved_reasoning_is_folded_without_a_duration() -> None:
    block = ReasoningBlock("the thoughts")
    app = BareApp(block)
    async with app.run_test() as pilot:
        assert app.text.splitlines()[:2] == ["  ▸ Thoughts", ""]
        block.toggle()
        await pilot.pause()
        assert app.text.splitlines()[1] == "    the thoughts"


async def test_reasoning_is_markdown_with_line_breaks() -> None:
    block = ReasoningBlock(is_live=True)
    app = BareApp(block)
    async with app.run_test() as pilot:
        block.append("first **step**\nsecond\n\n- a\n- b")
        await pilot.pause()
        rows = [row.rstrip() for row in app.text.splitlines()[1:6]]
        assert rows == ["    first step", "    second", "", "     • a", "     • b"]


async def test_more_reasoning_does_not_repaint_earlier_rows() -> None:
    block = ReasoningBlock(is_live=True)
    async with BareApp(block).run_test() as pilot:
        block.append("thought " * 5_000)
        block.finish()
        await pilot.pause()
        document = block.query_one(MessageMarkdown).document
        document.take_changed_row()

        block.append("one more")
        await pilot.pause()

        assert document.source.endswith("one more")
        assert block.query_one(MessageMarkdown).document is document


async def test_saved_reasoning_is_laid_out_when_it_is_unfolded() -> None:
    block = ReasoningBlock("thought " * 5_000)
    async with BareApp(block).run_test() as pilot:
        await pilot.pause()
        assert not block.query(MessageMarkdown)

        block.append("and more")
        block.mark(re.compile("more"), 0)
        await until(pilot, lambda: block.query(MessageMarkdown))

        shown = block.query_one(MessageMarkdown)
        await until(pilot, lambda: block.marked_row() is not None)
        assert shown.document.source.endswith("thought and more")
        assert block.marked_row() == shown.document.height
