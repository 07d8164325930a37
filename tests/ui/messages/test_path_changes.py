"""Changes of the path by another process, in a list of any length."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.ui.bare import STREAMING, BareApp, message, until
from tests.ui.messages.test_virtual_list import conversation, plain_view
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.messages.virtual_list import VirtualList


async def test_messages_added_far_below_are_mounted_by_scrolling() -> None:
    shown = VirtualList(plain_view)
    async with BareApp(shown).run_test(size=(60, 20)) as pilot:
        path = conversation(202)
        await shown.show(path[:200])
        await pilot.pause()
        await shown.reveal(3)
        await until(pilot, lambda: not shown.is_following and not shown.is_filling)
        before = [view.shown.id for view in shown.views]
        y = shown.scroll_y

        await shown.merge_external_changes(path)
        await pilot.pause()

        assert shown.scroll_y == y
        assert [view.shown.id for view in shown.views][: len(before)] == before
        first = path.index(shown.views[0].shown)
        mounted = [view.shown for view in shown.views]
        assert mounted == path[first : first + len(mounted)]
        shown.follow()
        await shown.reveal(201)
        await until(pilot, lambda: shown.mounted.last_view is not None)
        assert shown.mounted.last_view is not None
        assert shown.mounted.last_view.shown == path[201]


async def test_a_reply_of_another_process_grows_in_its_view_and_an_edited_one_gets_a_new_view() -> (
    None
):
    shown = VirtualList(lambda it, _: MessageView(it, is_answered_elsewhere=it.status is STREAMING))
    async with BareApp(shown).run_test(size=(60, 20)) as pilot:
        question = message(Role.USER, "why")
        reply = message(content="half", status=STREAMING)
        await shown.show([question, reply])
        view = shown.mounted.last_view

        await shown.merge_external_changes([question, replace(reply, content="half of it")])
        await shown.merge_external_changes(
            [question, replace(reply, content="half of it.", status=MessageStatus.COMPLETE)]
        )
        await until(pilot, lambda: "half of it." in pilot.app.text)  # type: ignore[attr-defined]
        assert shown.mounted.last_view is view
        assert "another window" not in pilot.app.text  # type: ignore[attr-defined]

        await shown.merge_external_changes([question, replace(reply, content="all else")])
        await pilot.pause()
        await until(pilot, lambda: "all else" in pilot.app.text)  # type: ignore[attr-defined]
        assert shown.mounted.last_view is not view
        await shown.merge_external_changes([question])
        assert [view.shown for view in shown.views] == [question]


async def test_a_question_asked_during_a_merge_follows_the_merged_path() -> None:
    shown = VirtualList(plain_view)
    async with BareApp(shown).run_test(size=(60, 20)) as pilot:
        path = conversation(6)
        await shown.show(path[:2])
        more = [message(Role.USER, "asked here"), message(content="", status=STREAMING)]

        await asyncio.gather(
            shown.merge_external_changes(path[:4]), shown.add(more, after=path[3].id)
        )
        await pilot.pause()

        assert list(shown.messages) == [*path[:4], *more]
        assert [view.shown.id for view in shown.views] == [it.id for it in shown.messages]
