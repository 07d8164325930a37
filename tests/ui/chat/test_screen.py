from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Paste
from textual.widgets import TextArea

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tests.ui.bare import strips_of
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import RateLimited, ServerFailed
from tui_chat.core.stream_events import (
    Finished,
    ReasoningDelta,
    Retrying,
    TextDelta,
    TextWasReasoning,
)
from tui_chat.ui.conversations.picker import ConversationPicker

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_question_and_its_answer_are_shown_and_saved() -> None:
    async with running_chat(FakeProvider(answer("Because of **Rayleigh**."))) as chat:
        await chat.submit("Why is the sky blue?")
        await chat.seen("Because of Rayleigh.")
        await chat.idle()

        assert "Why is the sky blue?" in chat.screen_text
        assert chat.prompt.text == ""
        assert await chat.rows() == [
            ("user", "Why is the sky blue?", "complete"),
            ("assistant", "Because of **Rayleigh**.", "complete"),
        ]


async def test_a_failure_is_shown_and_can_be_retried() -> None:
    failure = ServerFailed("127.0.0.1:9 failed.", "Try again.", server_message="[/INST] oops [a]")
    async with running_chat(FakeProvider([failure], answer("Now it works."))) as chat:
        await chat.submit("hello")
        await chat.seen("[/INST] oops [a]")

        await chat.pilot.press("up", "r")
        await chat.seen("Now it works.")
        await chat.idle()

        assert "oops" not in chat.screen_text
        assert [row[2] for row in await chat.rows()] == ["complete", "failed", "complete"]


async def test_a_retry_is_counted_down_and_enter_ends_the_pause() -> None:
    said = "engine \x1b[31mbusy"
    provider = FakeProvider([Retrying(2, 5, 30.0, "rate-limited", said), Hold()])
    async with running_chat(provider) as chat:
        await chat.submit("hello")
        await chat.seen("rate-limited, retry 2/5 in 30 s")
        await chat.seen("· “engine ␛[31mbusy”")
        await chat.seen("retry now")

        await chat.pilot.press("enter")

        assert provider.retries_asked == 1
        await chat.pilot.press("escape")
        await chat.idle()


async def test_reasoning_has_a_block_of_its_own() -> None:
    script: list[Step] = [ReasoningDelta("let me think"), TextDelta("Blue."), Finished("stop")]
    async with running_chat(FakeProvider(script)) as chat:
        await chat.submit("colour?")
        await chat.seen("Blue.")
        await chat.idle()
        assert "let me think" not in chat.screen_text

        await chat.pilot.press("up", "enter")

        await chat.seen("let me think")
        reply = (await chat.stored())[-1]
        assert (reply.content, reply.reasoning) == ("Blue.", "let me think")


async def test_text_before_a_lone_closing_mark_moves_to_the_reasoning() -> None:
    script: list[Step] = [
        TextDelta("let me "),
        TextDelta("think"),
        TextWasReasoning(),
        TextDelta("Blue."),
        Finished("stop"),
    ]
    async with running_chat(FakeProvider(script)) as chat:
        await chat.submit("colour?")
        await chat.seen("Blue.")
        await chat.idle()
        assert "let me think" not in chat.screen_text
        assert "Thought" in chat.screen_text
        reply = (await chat.stored())[-1]
        assert (reply.content, reply.reasoning) == ("Blue.", "let me think")


async def test_the_prompt_grows_and_newlines_do_not_send() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("a", "ctrl+j", "b", "ctrl+j", "c")
        await chat.until(lambda: chat.prompt.size.height == 3)

        assert chat.prompt.text == "a\nb\nc"
        assert not chat.chat.is_busy
        for _ in range(20):
            await chat.pilot.press("ctrl+j")
        await chat.until(lambda: chat.prompt.size.height == 10)


async def test_earlier_questions_come_back_from_the_first_row() -> None:
    async with running_chat() as chat:
        for question in ("first", "second"):
            await chat.submit(question)
            await chat.idle()

        await chat.pilot.press("x", "up")
        assert chat.prompt.text == "second"
        await chat.pilot.press("up")
        assert chat.prompt.text == "first"
        await chat.pilot.press("down", "down")
        assert chat.prompt.text == "x"


async def test_up_in_an_empty_prompt_goes_into_the_messages() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("hello")
        await chat.idle()

        await chat.pilot.press("up")
        assert chat.messages.focused_view is chat.messages.virtual_list.mounted.last_view
        assert "regenerate" in chat.screen_text
        await chat.pilot.press("k")
        assert chat.messages.focused_view is chat.messages.virtual_list.views[0]
        await chat.pilot.press("down", "down")
        assert chat.app.focused is chat.prompt


async def test_a_message_and_a_code_block_are_copied() -> None:
    text = "Look:\n\n```python\nprint(1)\n```\n\nand\n\n```sh\nls\n```\n"
    async with running_chat(FakeProvider(answer(text))) as chat:
        await chat.submit("code?")
        await chat.idle()

        await chat.pilot.press("up", "2")
        assert chat.app.clipboard.strip() == "ls"
        await chat.pilot.press("y")
        assert chat.app.clipboard == text


async def test_a_restart_continues_the_last_conversation() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await chat.submit("hello")
        await chat.idle()
        await chat.pilot.press("w", "i", "p")

    provider = FakeProvider(answer("two"))
    async with running_chat(provider) as chat:
        await chat.seen("one")
        assert chat.prompt.text == "wip"
        await chat.pilot.press("enter")
        await chat.idle()

    assert [message.content for message in provider.requests[0].messages] == [
        "hello",
        "one",
        "wip",
    ]


async def test_a_new_conversation_and_back_to_the_old_one() -> None:
    async with running_chat(FakeProvider(answer("one"), answer("two"))) as chat:
        await chat.submit("about foxes")
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        await chat.submit("about birds")
        await chat.idle()
        assert "about foxes" not in chat.screen_text

        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))
        await chat.seen("about foxes")
        await chat.pilot.press(*"fox")
        await chat.until(lambda: "about birds" not in chat.screen_text.split("\n", 1)[1])
        await chat.pilot.press("enter")

        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.seen("one")


async def test_profile_and_model_are_chosen_for_this_conversation() -> None:
    provider = FakeProvider(answer("one"))
    async with running_chat(provider) as chat:
        await chat.pilot.press("ctrl+l")
        await chat.seen("other-model")
        await chat.pilot.press("down")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.submit("hello")
        await chat.idle()

    assert provider.requests[0].model == "other-model"


async def test_a_temporary_conversation_is_not_written(tmp_path: Path) -> None:
    async with running_chat(given=launch(is_temporary=True)) as chat:
        assert "temporary" in chat.screen_text
        await chat.submit("hello")
        await chat.idle()

    assert not list(tmp_path.rglob("*.db"))


_HOSTILE = "\x1b]52;c;aGk=\x07 \x1b[2J \x9b31m \u202eabc \x00 [bold]x[/bold] [/INST]"


async def test_hostile_text_never_reaches_the_screen_raw() -> None:
    provider = FakeProvider(
        [ReasoningDelta(_HOSTILE), *answer(f"{_HOSTILE}\n\n```{_HOSTILE}\n{_HOSTILE}\n```\n")],
        [RateLimited(_HOSTILE)],
    )
    async with running_chat(provider) as chat:
        chat.prompt.post_message(Paste(_HOSTILE))
        await chat.until(lambda: chat.prompt.text)
        await chat.pilot.press("enter")
        await chat.idle()
        await chat.submit(_HOSTILE)
        await chat.idle()
        await chat.pilot.press("up", "k", "k", "enter", "ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ConversationPicker))

        for screen in chat.app.screen_stack:
            text = "\n".join(strip.text for strip in strips_of(screen))
            assert not set(text) & set("\x1b\x07\x9b\x00\u202e")
        assert (await chat.stored())[1].content.startswith(_HOSTILE)


async def test_all_keys_are_listed_from_the_live_bindings(tmp_path: Path) -> None:
    config = tmp_path / "home" / ".config" / "tui-chat"
    config.mkdir()
    (config / "config.toml").write_text('[keys]\n"chat.new" = "f5"\n', encoding="utf-8")
    async with running_chat(size=(100, 120)) as chat:
        await chat.pilot.press("f1")
        await chat.seen("Scroll the messages up")

        rows = chat.screen_text.splitlines()[1:]
        assert "F5" in next(row for row in rows if "New conversation" in row)
        assert any("On the start page: choose the entry" in row for row in rows)


async def test_a_broken_configuration_is_reported_and_the_chat_works(tmp_path: Path) -> None:
    config = tmp_path / "home" / ".config" / "tui-chat"
    config.mkdir()
    (config / "config.toml").write_text("nicknam = 'Ada'\n", encoding="utf-8")
    async with running_chat(FakeProvider(answer("fine"))) as chat:
        await chat.seen("nickname")
        await chat.submit("hello")
        await chat.seen("fine")


async def test_the_text_area_still_undoes() -> None:
    async with running_chat() as chat:
        assert isinstance(chat.prompt, TextArea)
        await chat.pilot.press("a", "ctrl+underscore")
        assert chat.prompt.text == ""


async def test_the_end_is_followed_until_the_user_scrolls_away() -> None:
    hold = Hold()
    long = "\n\n".join(f"line {number}" for number in range(60))
    script: list[Step] = [TextDelta(long), hold, TextDelta("\n\nthe very end"), Finished("stop")]
    async with running_chat(FakeProvider(script)) as chat:
        await chat.submit("long?")
        await chat.seen("line 59")

        await chat.pilot.press("pageup")
        await chat.until(lambda: "line 59" not in chat.screen_text)
        hold.go.set()
        await chat.idle()
        assert "the very end" not in chat.screen_text

        await chat.pilot.press("pagedown", "pagedown", "pagedown")
        await chat.seen("the very end")
        assert (await chat.stored())[-1].status is MessageStatus.COMPLETE


async def test_questions_headings_and_code_blocks_are_reached_by_key() -> None:
    filler = "\n\n".join(f"line {number}" for number in range(40))
    text = f"# One\n\n{filler}\n\n```py\nfirst = 1\n```\n\n{filler}\n\n## Two\n\n{filler}\n"
    async with running_chat(FakeProvider(answer(text))) as chat:
        for question in ("first question", "second question"):
            await chat.submit(question)
            await chat.idle()

        await chat.pilot.press("up", "K")
        await chat.seen("second question")
        await chat.pilot.press("K")
        await chat.seen("first question")
        await chat.pilot.press("j", "b")
        await chat.seen("first = 1")
        await chat.pilot.press("L")
        await chat.seen("Two")
        await chat.pilot.press("H")
        await chat.seen("One")


async def test_control_c_says_how_to_quit_when_there_is_nothing_to_copy() -> None:
    async with running_chat() as chat:
        await chat.pilot.press("ctrl+c")
        await chat.seen("Ctrl+Q quits")
