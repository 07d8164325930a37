from __future__ import annotations

import re

import pytest

from tests.ui.bare import STREAMING, BareApp, message
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.messages.message_view import MessageView


def without_time(line: str) -> str:
    """Return a line without the time of the message at its end."""
    return re.sub(r"\s*\d\d:\d\d$", "", line)


HOSTILE = "\x1b]52;c;aGk=\x07\x9b2J\u202e[/INST] [bold]b[/] $text [@click=app.quit]x[/]"


@pytest.mark.parametrize(
    ("status", "words", "notice"),
    [
        (MessageStatus.FAILED, "failed", "The server failed."),
        (MessageStatus.INTERRUPTED, "interrupted", "It broke off."),
        (MessageStatus.CANCELLED, "stopped by you", None),
        (MessageStatus.COMPLETE, "", "cut off at the token limit"),
    ],
)
async def test_the_status_is_shown_beside_the_text(
    status: MessageStatus, words: str, notice: str | None
) -> None:
    view = MessageView(message(content="half an answer", status=status, error_text=notice))
    app = BareApp(view)
    async with app.run_test():
        header, body, *rest = app.text.splitlines()
        assert header.startswith("  test-model")
        assert without_time(header).endswith(words)
        assert body.split() == ["▎", "half", "an", "answer"]
        assert rest[0].strip() == (notice or "")
        assert view.shown.content == "half an answer"
        assert view.has_class(status.value) == (status is not MessageStatus.COMPLETE)


async def test_an_empty_reply_shows_its_notice_only() -> None:
    failed = message(status=MessageStatus.FAILED, error_text="The server failed.")
    app = BareApp(MessageView(failed))
    async with app.run_test():
        assert app.text.splitlines()[1].strip() == "The server failed."


async def test_a_reply_grows_while_it_streams() -> None:
    reply = message(status=STREAMING)
    view = MessageView(reply)
    app = BareApp(view)
    async with app.run_test() as pilot:
        view.feed(ReasoningDelta("hm"))
        await pilot.pause()
        assert "▾ Thinking" in app.text
        assert "hm" in app.text
        view.feed(TextDelta("one "))
        view.feed(TextDelta("**two**\n\n```py\nprint(1)\n```\n"))
        view.finish(message(id=reply.id, content="whole"))
        await pilot.pause()
        assert "one two" in app.text
        assert "▸ Thought for" in app.text
        assert [block.text.strip() for block in view.code_blocks] == ["print(1)"]

        assert view.toggle_fold()
        await pilot.pause()
        assert "hm" in app.text


async def test_the_markup_and_markdown_of_a_question_are_not_parsed() -> None:
    view = MessageView(message(Role.USER, "**a** [bold]b[/bold] $text\n# c\n[/INST]"))
    app = BareApp(view)
    async with app.run_test():
        lines = [without_time(line.strip(" ▎")) for line in app.text.splitlines()[:4]]
        assert lines == ["You", "**a** [bold]b[/bold] $text", "# c", "[/INST]"]
        assert view.code_blocks == []
        assert not view.toggle_fold()


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
async def test_control_characters_are_made_visible_everywhere(role: Role) -> None:
    view = MessageView(
        message(
            role,
            HOSTILE,
            model=HOSTILE,
            reasoning=HOSTILE,
            status=MessageStatus.FAILED,
            error_text=HOSTILE,
        )
    )
    app = BareApp(view)
    async with app.run_test(size=(120, 20)) as pilot:
        view.toggle_fold()
        await pilot.pause()
        assert not set(app.text) & set("\x1b\x07\x9b\u202e")
        assert app.text.count("[bold]b[/] $text") >= 3
        assert sanitize(HOSTILE).split()[0] in app.text


async def test_control_characters_split_across_deltas_are_made_visible() -> None:
    reply = message(status=STREAMING)
    view = MessageView(reply)
    app = BareApp(view)
    async with app.run_test(size=(120, 20)) as pilot:
        for character in HOSTILE:
            view.feed(ReasoningDelta(character))
        for character in HOSTILE:
            view.feed(TextDelta(character))
        view.finish(message(id=reply.id, content=HOSTILE))
        view.toggle_fold()
        await pilot.pause()
        assert not set(app.text) & set("\x1b\x07\x9b\u202e")
        assert app.text.count("␛]52;c;aGk=␇") == 2


async def test_a_long_author_is_truncated_for_the_status() -> None:
    view = MessageView(message(content="x", model="m" * 100, status=MessageStatus.CANCELLED))
    app = BareApp(view)
    async with app.run_test(size=(40, 10)):
        header = app.text.splitlines()[0]
        assert without_time(header).endswith("stopped by you")
        assert "mmm…" in header
