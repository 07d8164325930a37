from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding

from tests.ui.bare import BareApp, message, until
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.ui.common.copying import CopyKind
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.messages.message_markdown import MessageMarkdown

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.ui.common.copying import CopyWanted

RAW = "Look:\x1b[2J\n\n```py\nprint(1)\n```\n\n```\ntwo\x1b[2J\n```\n"


class ListApp(BareApp):
    """Shows a list and records its requests."""

    def __init__(self) -> None:
        self.list = MessageList()
        self.rows = self.list.virtual_list
        super().__init__(self.list)
        self.copied: list[tuple[str, CopyKind, int]] = []
        self.told: list[str] = []
        self.said: list[str] = []

    def on_copy_wanted(self, event: CopyWanted) -> None:
        self.copied.append((event.text, event.kind, event.number))

    def on_message_list_left(self) -> None:
        self.told.append("left")

    def on_message_list_wanted(self, event: MessageList.Wanted) -> None:
        self.told.append(f"{event.action} {event.message.id}")

    def on_message_list_notice(self, event: MessageList.Notice) -> None:
        self.said.append(event.text)


def path(count: int = 3) -> list[Message]:
    messages = []
    for number in range(count):
        messages.append(message(Role.USER, f"question {number}"))
        messages.append(message(content=RAW, reasoning="hm" if number else ""))
    return messages


@pytest.fixture
def app() -> ListApp:
    return ListApp()


async def test_keys_move_the_focus_over_the_messages(app: ListApp) -> None:
    messages = path()
    async with app.run_test() as pilot:
        assert not app.list.enter()
        await app.rows.show(messages)
        assert app.list.enter()
        await pilot.pause()
        places = []
        for key in ("k", "up", "j", "down", "g", "k", "G", "home", "end"):
            await pilot.press(key)
            await pilot.pause()
            places.append(app.list.focused_index)
        assert places == [4, 3, 4, 5, 0, 0, 5, 0, 5]
        await pilot.press("j")
        assert app.told == []
        assert app.list.focused_index == 5
        await pilot.press("down")
        assert app.told == ["left"]
        await pilot.press("i")
        assert app.told == ["left", "left"]


async def test_copied_text_is_the_stored_text(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.rows.show(path())
        app.list.enter()
        await pilot.pause()
        await pilot.press("y", "1", "2", "3", "9")
        await pilot.pause()
        assert app.copied[0] == (RAW, CopyKind.MESSAGE, 0)
        assert app.copied[1] == ("print(1)", CopyKind.CODE_BLOCK, 1)
        assert app.copied[2][1:] == (CopyKind.CODE_BLOCK, 2)
        assert len(app.copied) == 3
        assert app.said == [
            "There is no code block 3: this message has 2.",
            "There is no code block 9: this message has 2.",
        ]


async def test_actions_are_requested_from_the_screen(app: ListApp) -> None:
    messages = path()
    async with app.run_test() as pilot:
        await app.rows.show(messages)
        app.list.enter()
        await pilot.pause()
        await pilot.press("r", "o", "v")
        await pilot.pause()
        assert app.told == [f"{it} {messages[-1].id}" for it in ("again", "leave_out", "details")]


async def test_enter_folds_and_unfolds_reasoning(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.rows.show(path(2))
        app.list.enter()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "▾ Thoughts" in app.text
        await pilot.press("enter")
        await pilot.pause()
        assert "▸ Thoughts" in app.text
        assert app.said == []
        await pilot.press("k", "enter")
        await pilot.pause()
        assert app.said == ["Nothing in this message can be folded."]


async def test_keys_on_messages_without_text_report_why_they_do_nothing(app: ListApp) -> None:
    async with app.run_test() as pilot:
        await app.rows.show([message(Role.USER, ""), message(status=MessageStatus.CANCELLED)])
        app.list.enter()
        await pilot.pause()
        await pilot.press("y", "1", "enter", "k", "y")
        await pilot.pause()
        assert app.copied == []
        assert app.said == [
            "This message has no text.",
            "This message has no code blocks.",
            "Nothing in this message can be folded.",
            "This message has no text.",
        ]


async def _pressed(app: ListApp, keys: str, blocks: int) -> list[str]:
    """Return the copied text or the reported reason after keys on an answer with code blocks."""
    text = "\n\n".join(f"```\ncode {n}\n```" for n in range(1, blocks + 1))
    async with app.run_test() as pilot:
        await app.rows.show([message(content=text)])
        app.list.enter()
        await pilot.pause()
        await pilot.press(*keys)
        await until(pilot, lambda: app.copied or app.said)
        return [copied[0] for copied in app.copied] + app.said


@pytest.mark.parametrize(
    ("keys", "blocks", "expected"),
    [
        ("1", 9, ["code 1"]),
        ("9", 9, ["code 9"]),
        ("10", 12, ["code 10"]),
        ("12", 12, ["code 12"]),
        ("1", 12, ["code 1"]),
        ("2", 12, ["code 2"]),
        ("19", 12, ["There is no code block 19: this message has 12."]),
        ("105", 120, ["code 105"]),
        ("13", 120, ["code 13"]),
        ("0", 12, ["There is no code block 0: this message has 12."]),
        ("9", 3, ["There is no code block 9: this message has 3."]),
        ("2", 1, ["There is no code block 2: this message has one."]),
        ("1", 0, ["This message has no code blocks."]),
    ],
)
async def test_code_blocks_are_copied_by_number(
    app: ListApp, keys: str, blocks: int, expected: list[str]
) -> None:
    assert await _pressed(app, keys, blocks) == expected


async def test_code_blocks_show_the_number_that_copies_them(app: ListApp) -> None:
    text = "```py\na = 1\n```\n\n    indented\n\n```\nb\n```\n\n- ~~~sh\n  c\n  ~~~"
    async with app.run_test() as pilot:
        await app.rows.show([message(content=text, reasoning="```\nthought\n```")])
        app.list.enter()
        await pilot.press("enter")
        await pilot.pause()
        rows = [" ".join(row.strip(" ▎▌").split()) for row in app.text.splitlines()]
        assert [row for row in rows if row.endswith("⧉")] == ["py 1 ⧉", "2 ⧉", "• sh 3 ⧉"]


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("b", "no code", "This message has no code blocks."),
        ("B", "no code", "This message has no code blocks."),
        ("L", "no heading", "This message has no headings."),
        ("H", "no heading", "This message has no headings."),
        ("b", "```\nx\n```", "The next code block is in view already."),
        ("B", "```\nx\n```", "No code block comes before this in the message."),
        ("L", "# a", "The next heading is in view already."),
        ("J", "x", "There is no next question."),
        ("K", "x", "There is no previous question."),
        ("t", "x", "This message has no object and no formulas."),
        ("l", "x", "This message has no links."),
    ],
)
async def test_a_key_without_effect_reports_why(
    app: ListApp, key: str, text: str, words: str
) -> None:
    async with app.run_test() as pilot:
        await app.rows.show([message(content=text)])
        app.list.enter()
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert app.said == [words]


async def test_no_heading_or_code_block_follows_the_last_one(app: ListApp) -> None:
    text = "\n\n".join(f"# h{n}\n\n```\n{n}\n```\n\n" + "text\n\n" * 40 for n in range(3))
    async with app.run_test() as pilot:
        await app.rows.show([message(content=text)])
        app.list.enter()
        await pilot.press("g")
        await pilot.pause()
        for key, word in (("L", "heading"), ("b", "code block")):
            app.said.clear()
            app.rows.scroll_to(y=0, animate=False, immediate=True)
            await pilot.press(*key * 5)
            await pilot.pause()
            assert app.said[-1] == f"No {word} comes after this in the message."


def test_no_key_is_bound_twice() -> None:
    keys: dict[str, set[str]] = {}
    for binding in MessageList.BINDINGS:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            keys.setdefault(key, set()).add(binding.action)
    # Enter means the next match during a search.
    assert [key for key, actions in keys.items() if len(actions) > 1] == ["enter"]


async def test_the_source_of_formulas_is_shown_and_hidden(app: ListApp) -> None:
    text = "so $x^2$\n\n\\[ \\frac{a}{b} \\]"
    async with app.run_test() as pilot:
        await app.rows.show([message(role=Role.ASSISTANT, content=text)])
        app.list.enter()
        await pilot.pause()
        for expected in (["so x²"], text.splitlines(), ["so x²"]):
            shown = app.list.query_one(MessageMarkdown).document
            rows = [shown.line(y).text.rstrip() for y in range(shown.height)]
            assert rows[: len(expected)] == expected
            await pilot.press("t")
            await pilot.pause()
        assert app.said == []


async def test_a_search_shows_the_source_of_formulas_in_which_it_matches(app: ListApp) -> None:
    async with app.run_test() as pilot:
        text = "so $x^2$\n\n|a|\n|-|\n|$\\alpha$|\n\n\\[ \\frac{a}{b} \\]"
        await app.rows.show([message(role=Role.ASSISTANT, content=text)])
        await pilot.pause()
        body = app.list.query_one(MessageMarkdown)
        for words, row in (
            ("frac", "\\[ \\frac{a}{b} \\]"),
            ("alpha", "$\\alpha$"),
            ("so", "so x²"),
        ):
            body.mark(re.compile(words), 0)
            marked = body.painter.current_match_row()
            assert marked is not None
            assert body.text_row(marked).strip() == row
        body.mark(re.compile("frac"), 0)
        body.mark(None, None)
        assert body.text_row(0) == "so x²"
