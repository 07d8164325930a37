from __future__ import annotations

import pytest

from tests.ui.bare import BareApp
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.terminal.painting.size_updates import WrappedText


@pytest.mark.parametrize("kind", [WrappedText, MessageMarkdown])
async def test_a_second_change_counts_when_a_layout_came_between(
    kind: type[WrappedText] | type[MessageMarkdown],
) -> None:
    text = kind("one")
    app = BareApp(text)
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        text.update("one\n\ntwo")
        app.screen._refresh_layout(app.size)
        text.update("one\n\ntwo\n\nthree")
        await pilot.pause()

        assert text.size.height == 5
        assert "three" in app.text
