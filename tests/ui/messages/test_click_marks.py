"""The marks of a message that can be clicked, and its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.ui.bare import message, until
from tests.ui.messages.test_message_list import ListApp
from tui_chat.core.conversation import MessageStatus
from tui_chat.ui.common.copying import CopyKind
from tui_chat.ui.common.message_labels import clock_time
from tui_chat.ui.messages.message_header import MessageHeader
from tui_chat.ui.messages.message_markdown import MessageMarkdown


async def test_clicks_copy_a_code_block_and_flip_versions() -> None:
    app = ListApp()
    async with app.run_test(size=(60, 20)) as pilot:
        reply = message(content="```py\na = 1\n```\n\n```\nb\n```", status=MessageStatus.FAILED)
        await app.rows.show([reply])
        view = app.rows.views[0]
        view.show_version((2, 3))
        await until(pilot, lambda: "‹ 2/3 ›" in app.text)
        assert "✗ failed" in app.text

        body = view.query_one(MessageMarkdown)
        right = body.size.width + body.gutter.left - 2
        second = body.document.code_blocks[1].row
        await pilot.click(body, offset=(right, second))
        await until(pilot, lambda: app.copied)
        await pilot.click(body, offset=(right - 10, 0))
        await pilot.click(body, offset=(right, 1))
        assert app.copied == [("b", CopyKind.CODE_BLOCK, 2)]

        header = view.query_one(MessageHeader)
        line = next(line for line in app.text.splitlines() if "‹" in line)
        mark = line.index("‹") - header.region.x
        await pilot.click(header, offset=(mark, 0))
        await pilot.click(header, offset=(mark + 6, 0))
        await pilot.click(header, offset=(mark + 8, 0))
        await until(pilot, lambda: len(app.told) == 2)
        assert app.told == [f"previous_version {reply.id}", f"next_version {reply.id}"]
        assert app.focused is None


def test_the_time_of_a_message_has_its_date_on_another_day() -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    assert clock_time(now - timedelta(hours=2), now) == "10:00"
    assert clock_time(now - timedelta(days=1), now) == "2026-03-19 12:00"
