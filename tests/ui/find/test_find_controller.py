from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Step, answer
from tests.ui.bare import message, strips_of
from tui_chat.core.conversation import Role
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import ReasoningDelta
from tui_chat.ui.find.find_bar import FindBar

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness


async def find(chat: ChatHarness, words: str) -> None:
    await chat.pilot.press("ctrl+f")
    await chat.until(lambda: isinstance(chat.app.focused, type(bar(chat).input)))
    await chat.pilot.press(*words)


def bar(chat: ChatHarness) -> FindBar:
    return chat.chat.query_one(FindBar)


def bars_seen(chat: ChatHarness) -> int:
    return sum(found.display for found in chat.chat.query(FindBar))


async def ask(chat: ChatHarness, *questions: str) -> None:
    for question in questions:
        await chat.submit(question)
        await chat.idle()


def focused_text(chat: ChatHarness) -> str | None:
    view = chat.messages.focused_view
    return view.shown.content if view is not None else None


async def test_matches_are_counted_and_visited() -> None:
    provider = FakeProvider(answer("a Fox, a fox"), answer("birds"))
    async with running_chat(provider, size=(80, 30)) as chat:
        await ask(chat, "about foxes", "about birds")
        await find(chat, "fox")
        await chat.seen("1/3")
        await chat.pilot.press("down", "down")
        await chat.seen("3/3")
        await chat.pilot.press("down")
        await chat.seen("1/3")
        await chat.pilot.press("up")
        await chat.seen("3/3")
        await chat.pilot.press(*"zz")
        await chat.seen("no match")


async def test_enter_focuses_the_message_and_n_continues() -> None:
    provider = FakeProvider(answer("a fox"), answer("two foxes"))
    async with running_chat(provider, size=(80, 30)) as chat:
        await ask(chat, "first", "second")
        await find(chat, "fox")
        await chat.seen("1/2")
        await chat.pilot.press("enter")
        await chat.until(lambda: focused_text(chat) == "a fox")
        await chat.seen("n next")
        await chat.pilot.press("n")
        await chat.until(lambda: focused_text(chat) == "two foxes")
        await chat.seen("2/2")
        await chat.pilot.press("N")
        await chat.until(lambda: focused_text(chat) == "a fox")
        await chat.pilot.press("enter")
        await chat.until(lambda: focused_text(chat) == "two foxes")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.focused is chat.prompt)
        assert not bars_seen(chat)
        await chat.pilot.press("up", "n")
        assert focused_text(chat) == "two foxes"


async def test_esc_restores_the_scroll_position() -> None:
    long = "\n\n".join(f"row {n}" for n in range(60))
    async with running_chat(FakeProvider(answer(f"needle\n\n{long}")), size=(80, 24)) as chat:
        await ask(chat, "first")
        await chat.until(lambda: chat.messages.virtual_list.is_following)
        await find(chat, "needle")
        await chat.until(lambda: "needle\n" in chat.screen_text.replace(" ", "\n"))
        await chat.until(lambda: not chat.messages.virtual_list.is_following)
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.messages.virtual_list.is_following)
        assert chat.app.focused is chat.prompt
        assert not bars_seen(chat)


async def test_another_version_is_counted_with_a_mark_and_shown_when_gone_to() -> None:
    provider = FakeProvider(answer("a needle"), answer("straw"))
    async with running_chat(provider, size=(80, 30)) as chat:
        await ask(chat, "question")
        await chat.pilot.press("up", "r")
        await chat.seen("straw")
        await chat.idle()
        await find(chat, "needle")
        await chat.seen("1/1 · in another version")
        assert "straw" in chat.screen_text
        await chat.pilot.press("enter")
        await chat.until(lambda: focused_text(chat) == "a needle")
        await chat.seen("1/2")
        assert "straw" not in chat.screen_text
        await chat.pilot.press("ctrl+f", "escape")
        await chat.seen("straw")


async def test_reasoning_is_searched_and_unfolded() -> None:
    script: list[Step] = [ReasoningDelta("a hidden needle"), *answer("plain")]
    async with running_chat(FakeProvider(script), size=(80, 30)) as chat:
        await ask(chat, "question")
        assert "hidden needle" not in chat.screen_text
        await find(chat, "needle")
        await chat.seen("a hidden needle")


@pytest.mark.parametrize("words", ["[b]", "\\", "天空"])
async def test_a_query_is_literal_text(words: str) -> None:
    async with running_chat(FakeProvider(answer(f"x {words} y")), size=(80, 30)) as chat:
        await ask(chat, f"say {words}")
        await find(chat, words)
        await chat.seen("1/2")


async def test_messages_that_arrive_during_a_search_are_counted() -> None:
    async with running_chat(FakeProvider(answer("a fox")), size=(80, 30)) as chat:
        await ask(chat, "one")
        await find(chat, "fox")
        await chat.seen("1/1")
        chat.prompt.focus()
        await ask(chat, "another fox")
        await chat.seen("1/3")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: not bars_seen(chat))


async def test_an_empty_conversation_has_nothing() -> None:
    async with running_chat() as chat:
        await find(chat, "x")
        await chat.seen("no match")
        await chat.pilot.press("down", "enter", "escape")
        await chat.until(lambda: chat.app.focused is chat.prompt)


async def test_no_highlight_is_left_after_the_search() -> None:
    async with running_chat(FakeProvider(answer("a fox")), size=(80, 30)) as chat:
        await ask(chat, "one fox")
        before = [strip._segments for strip in strips_of(chat.app.screen)]
        await find(chat, "fox")
        await chat.seen("1/2")
        await chat.pilot.press("escape")
        await chat.seen("Enter send")
        after = [strip._segments for strip in strips_of(chat.app.screen)]
        assert after == before


@pytest.mark.slow
async def test_quick_steps_through_a_long_conversation_lead_to_the_match() -> None:
    async with running_chat(size=(80, 24)) as chat:
        await ask(chat, "begin")
        session = chat.chat.session
        assert session is not None
        path = list(session.path)
        for number in range(200):
            role = Role.ASSISTANT if number % 2 else Role.USER
            text = f"match {number}\n\n" + "\n\n".join(f"row {row}" for row in range(9))
            parent = path[-1].id
            path.append(
                message(role, text, conversation_id=session.conversation.id, parent_id=parent)
            )
            session.tree.put(path[-1])
        session.show_leaf(path[-1].id)
        await chat.messages.virtual_list.show(session.path)
        await chat.until(lambda: chat.messages.virtual_list.is_following)
        await find(chat, "match")
        await chat.seen("200/200")
        for _ in range(120):
            chat.app.post_message(events.Key("up", None))
        await chat.seen("80/200")
        await chat.seen("match 79")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.messages.virtual_list.is_following)


async def test_all_keys_of_the_search_are_in_the_key_help() -> None:
    async with running_chat(size=(100, 40)) as chat:
        await chat.pilot.press("f1")
        await chat.seen("Reading and finding")
        await chat.pilot.press(*"match")
        await chat.seen("Next match of the search")
        await chat.seen("Go to the match")
        await chat.pilot.press(*["backspace"] * 5, *"find")
        await chat.seen("Find in this conversation")


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_highlights_are_visible_in_every_theme(theme: str) -> None:
    async with running_chat(FakeProvider(answer("a **fox** `fox`")), size=(80, 30)) as chat:
        chat.app.theme = theme
        await ask(chat, "one fox")
        await find(chat, "fox")
        await chat.seen("/3")
        strips = strips_of(chat.app.screen)[:-6]
        styles = [it.style for strip in strips for it in strip if it.text == "fox" and it.style]
        assert len(styles) == 3
        assert all(
            style.color != style.bgcolor or style.color.is_default
            for style in styles
            if style.color
        )
        assert sum(bool(style.underline) for style in styles) == 2
        (current,) = [style for style in styles if not style.underline]
        assert current.bold


async def test_a_match_in_an_object_is_opened_and_seen() -> None:
    rows = [{"id": number, "name": f"row {number}"} for number in range(60)]
    provider = FakeProvider(answer(json.dumps({"rows": rows})))
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(provider, size=(80, 30), given=given) as chat:
        await ask(chat, "rows?")
        await chat.seen("row 59")
        await find(chat, "row 7")
        await chat.seen("1/1")
        await chat.seen('name  "row 7"')
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.seen('name  "row 7"')
