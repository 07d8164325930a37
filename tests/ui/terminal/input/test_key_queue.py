from __future__ import annotations

from textual import events

from tests.chat_app import ChatHarness, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.bare import message
from tui_chat.core.conversation import Role
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.conversations.picker import ConversationPicker

UP = ("up", None)
ENTER = ("enter", "\r")


def typed(text: str) -> list[tuple[str, str | None]]:
    return [("space" if it == " " else it, it) for it in text]


def send_at_once(chat: ChatHarness, *keys: tuple[str, str | None]) -> None:
    """Type keys that arrive in one piece, as after a pause of the program or of the line."""
    for key, character in keys:
        chat.app.post_message(events.Key(key, character))


async def asked(chat: ChatHarness, *questions: str) -> None:
    for question in questions:
        await chat.submit(question)
        await chat.idle()


async def test_a_key_after_up_is_meant_for_the_message() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first")
        send_at_once(chat, UP, *typed("y"))
        await chat.until(lambda: chat.app.clipboard == "one")
        assert chat.prompt.text == ""


async def test_two_ups_move_two_messages() -> None:
    async with running_chat(FakeProvider(answer("one"), answer("two"))) as chat:
        await asked(chat, "first", "second")
        send_at_once(chat, UP, UP, UP)
        await chat.until(lambda: chat.messages.focused_index == 1)


async def test_edit_write_and_send_in_one_piece() -> None:
    provider = FakeProvider(answer("one"), answer("uno"))
    async with running_chat(provider) as chat:
        await asked(chat, "first")
        send_at_once(chat, UP, UP, *typed("e due x"), ENTER)
        await chat.until(lambda: len(provider.requests) == 2)
        assert provider.requests[-1].messages[-1].content == "first due x"
        await chat.idle()
        assert chat.prompt.text == ""


async def test_a_new_conversation_and_its_first_question_in_one_piece() -> None:
    provider = FakeProvider(answer("one"), answer("two"))
    async with running_chat(provider) as chat:
        await asked(chat, "first")
        send_at_once(chat, ("ctrl+n", None), *typed("second"), ENTER, *typed("and"))
        await chat.until(lambda: len(provider.requests) == 2)
        assert [m.content for m in provider.requests[-1].messages] == ["second"]
        await chat.until(lambda: chat.prompt.text == "and")


async def test_keys_go_to_what_the_key_before_them_opens() -> None:
    async with running_chat(FakeProvider(answer("one"), answer("two"))) as chat:
        await asked(chat, "about cats")
        await chat.pilot.press("ctrl+n")
        await asked(chat, "about dogs")
        send_at_once(chat, ("ctrl+o", None), *typed("cats"), ENTER, UP, *typed("y"))
        await chat.until(lambda: chat.app.clipboard)
        assert not isinstance(chat.app.screen, ConversationPicker)
        assert [m.content for m in chat.messages.virtual_list.messages] == ["about cats", "one"]
        assert chat.prompt.text == ""


async def test_a_paste_waits_for_its_place_too() -> None:
    async with running_chat(FakeProvider([TextDelta("one")])) as chat:
        await asked(chat, "first")
        send_at_once(chat, ("ctrl+n", None))
        chat.app.post_message(events.Paste("pasted"))
        await chat.until(lambda: chat.prompt.text == "pasted")
        assert not chat.messages.virtual_list.messages


async def test_a_key_waits_for_a_message_that_is_not_on_the_screen_yet() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        # An empty conversation has a start page, which takes the arrow keys.
        await asked(chat, "first")
        path = [message(Role.USER, f"number {n}\n\n" + "row\n" * 9) for n in range(300)]
        await chat.messages.virtual_list.show(path)
        await chat.messages.virtual_list.reveal(0)
        assert chat.messages.virtual_list.is_filling
        assert chat.messages.virtual_list.mounted.last_view is None
        send_at_once(chat, UP, *typed("y"))
        await chat.until(lambda: chat.app.clipboard)
        assert chat.app.clipboard.startswith("number 299")
        assert chat.prompt.text == ""


async def test_keys_go_on_after_one_that_waited_has_stopped_the_answer() -> None:
    async with running_chat(FakeProvider([TextDelta("half"), Hold()])) as chat:
        send_at_once(chat, *typed("hello"), ENTER, ("escape", None))
        await chat.seen("stopped by you")
        await chat.idle()
        send_at_once(chat, *typed("again"), ENTER)
        await chat.seen("half")


async def test_quitting_goes_ahead_of_more_than_a_user_can_type() -> None:
    async with running_chat() as chat:
        order = chat.app._key_queue
        quits = events.Key("ctrl+q", None)
        assert not chat.app.take_first(quits)
        order._held.extend(events.Key("down", None) for _ in range(301))
        assert order.is_flooded
        assert chat.app.take_first(quits)
        await chat.until(lambda: not chat.app.is_running)


async def test_a_key_that_still_acts_when_the_program_ends_is_forgotten() -> None:
    async with running_chat() as chat:
        screen, prompt = chat.app.screen, chat.prompt
        order = chat.app._key_queue
        chat.app.exit()
        await chat.until(lambda: not chat.app.is_running)
    await order._settled(screen, prompt)
