from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.bare import BareApp
from tui_chat.ui.widgets import reasoning_block
from tui_chat.ui.widgets.reasoning_block import ReasoningBlock

if TYPE_CHECKING:
    import pytest


async def test_it_is_open_while_it_streams_and_folds_when_it_is_done(
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


async def test_a_saved_one_is_folded_and_tells_no_time() -> None:
    block = ReasoningBlock("the thoughts")
    app = BareApp(block)
    async with app.run_test() as pilot:
        assert app.text.splitlines()[:2] == ["  ▸ Thoughts", ""]
        block.toggle()
        await pilot.pause()
        assert app.text.splitlines()[1] == "    the thoughts"
