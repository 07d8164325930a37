from __future__ import annotations

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.ui.bare import strips_of
from tests.ui.chat.asking import told
from tui_chat.core.errors import CutOff
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.common.key_names import key_of


async def asked(chat: ChatHarness, *questions: str) -> None:
    for question in questions:
        await chat.submit(question)
        await chat.idle()


PROMPT_UNDO = "ctrl+underscore"


def shown(chat: ChatHarness) -> list[str]:
    return [message.content for message in chat.messages.virtual_list.messages]


async def on_message(chat: ChatHarness, index: int) -> None:
    """Give a message the focus by keys."""
    await chat.pilot.press("up")
    await chat.until(lambda: chat.messages.focused_view is not None)
    for here in range(len(chat.messages.virtual_list.messages) - 1, index, -1):
        await chat.pilot.press("k")
        await chat.until(lambda wanted=here - 1: chat.messages.focused_index == wanted)  # type: ignore[misc]


async def test_edit_and_resend_and_flip_back() -> None:
    provider = FakeProvider(answer("one"), answer("two"), answer("uno"))
    async with running_chat(provider) as chat:
        await asked(chat, "first", "second")
        chat.prompt.set_draft("half a thought")
        await chat.pilot.press("shift+tab")
        await chat.until(lambda: chat.messages.focused_view is not None)
        await chat.pilot.press("g")
        await chat.until(lambda: chat.messages.focused_index == 0)

        await chat.pilot.press("e")
        await chat.until(lambda: chat.prompt.text == "first")
        await chat.seen("editing")
        await chat.seen("send as a new version")
        await chat.pilot.press(*" again", "enter")
        await chat.idle()

        assert shown(chat) == ["first again", "uno"]
        assert chat.prompt.text == "half a thought"
        await chat.seen("2/2")
        chat.prompt.set_draft("")
        await on_message(chat, 0)
        await chat.pilot.press("left_square_bracket")
        await chat.until(lambda: shown(chat) == ["first", "one", "second", "two"])
        await chat.seen("1/2")
        assert chat.messages.focused_index == 0
        await chat.pilot.press("right_square_bracket")
        await chat.until(lambda: shown(chat) == ["first again", "uno"])


async def test_escape_cancels_the_edit_and_restores_the_draft() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first")
        await on_message(chat, 0)
        await chat.pilot.press("e", "x")
        assert chat.prompt.text == "firstx"

        await chat.pilot.press("escape")

        await chat.until(lambda: chat.prompt.text == "")
        assert shown(chat) == ["first", "one"]
        await chat.pilot.press("ctrl+underscore")
        assert chat.prompt.text == "firstx"
        await asked(chat, "next")
        assert shown(chat) == ["first", "one", "next", "one"]


async def test_an_edit_goes_on_after_a_restart() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first")
        await on_message(chat, 0)
        await chat.pilot.press("e", "!")
        await chat.until(lambda: chat.prompt.text == "first!")
    async with running_chat(FakeProvider(answer("uno"))) as chat:
        assert chat.prompt.text == "first!"
        await chat.seen("editing")
        await chat.pilot.press("enter")
        await chat.idle()
        assert shown(chat) == ["first!", "uno"]
        await chat.seen("2/2")


async def test_an_answer_is_edited_into_a_version_that_is_marked() -> None:
    provider = FakeProvider(answer("one"))
    async with running_chat(provider) as chat:
        await asked(chat, "first")
        await on_message(chat, 1)
        await chat.pilot.press("e")
        await chat.until(lambda: chat.prompt.text == "one")
        await chat.pilot.press("!", "enter")
        await chat.until(lambda: shown(chat) == ["first", "one!"])
        await chat.seen("edited   ‹ 2/2 ›")
        assert len(provider.requests) == 1
        await chat.pilot.press("i")
        await asked(chat, "next")
        assert [m.content for m in provider.requests[-1].messages] == ["first", "one!", "next"]


async def test_another_answer_to_an_earlier_question() -> None:
    provider = FakeProvider(answer("one"), answer("two"), answer("uno"))
    async with running_chat(provider) as chat:
        await asked(chat, "first", "second")
        await on_message(chat, 1)
        await chat.pilot.press("r")
        await chat.idle()
        assert shown(chat) == ["first", "uno"]
        assert len(await chat.rows()) == 5


async def test_delete_and_undo_also_when_nothing_is_left() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first", "second")
        await on_message(chat, 2)
        await chat.pilot.press("d")
        await chat.until(lambda: shown(chat) == ["first", "one"])
        assert chat.messages.focused_index == 1
        await chat.pilot.press("u")
        await chat.until(lambda: shown(chat) == ["first", "one", "second", "one"])
        await chat.pilot.press("g", "d")
        await chat.until(lambda: shown(chat) == [])
        assert chat.app.focused is chat.prompt
        # The notice names the key that works where the focus is now.
        undo = key_of(chat.app, "prompt.undo")
        await chat.until(lambda: f"{undo} undoes it." in chat.status)
        await chat.pilot.press(PROMPT_UNDO)
        await chat.until(lambda: shown(chat) == ["first", "one", "second", "one"])
        assert chat.app.focused is chat.prompt


async def test_a_message_alone_is_deleted_and_restored() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first", "second")
        await on_message(chat, 1)
        await chat.pilot.press("D")
        await chat.until(lambda: shown(chat) == ["first", "second", "one"])
        assert chat.messages.focused_index == 1
        await told(chat, "Its question stays, and is not sent any more.")
        await chat.pilot.press("u")
        await chat.until(lambda: shown(chat) == ["first", "one", "second", "one"])
        await chat.pilot.press("g", "D")
        await chat.until(lambda: shown(chat) == ["one", "second", "one"])
        await told(chat, "Its answer stays, and is not sent any more.")
        await chat.pilot.press("r")
        await told(chat, "The question of this answer was deleted.")


async def test_a_cut_answer_is_continued() -> None:
    provider = FakeProvider([TextDelta("The sky"), CutOff("It broke off.")], answer("is blue."))
    async with running_chat(provider) as chat:
        await asked(chat, "why?")
        await on_message(chat, 1)
        await chat.pilot.press("c")
        await chat.idle()
        assert shown(chat)[0::3] == ["why?", "is blue."]
        await on_message(chat, 3)
        await chat.pilot.press("c")
        await chat.seen("This message is complete")


async def test_a_fork_opens_and_the_first_conversation_stays() -> None:
    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first", "second")
        await on_message(chat, 1)
        await chat.pilot.press("f")
        await chat.seen("(fork)")
        assert shown(chat) == ["first", "one"]
        summaries = await chat.services.store.summaries()
        assert sorted(it.message_count for it in summaries) == [2, 4]
        assert chat.app.focused is chat.prompt


async def test_nothing_changes_while_an_answer_runs() -> None:
    hold = Hold()
    async with running_chat(FakeProvider(answer("one"), [TextDelta("tw"), hold])) as chat:
        await asked(chat, "first")
        await chat.submit("second")
        await chat.seen("tw")
        await on_message(chat, 0)
        for key in ("e", "d", "r", "f", "c", "left_square_bracket"):
            await chat.pilot.press(key)
        await chat.seen("Stop the answer first")
        assert [row[1] for row in await chat.rows()] == ["first", "one", "second", "tw"]
        hold.go.set()
        await chat.pilot.press("escape")
        await chat.idle()


async def test_the_versions_are_there_after_a_restart() -> None:
    given = launch()
    async with running_chat(FakeProvider(answer("one"), answer("two")), given=given) as chat:
        await asked(chat, "first")
        await on_message(chat, 1)
        await chat.pilot.press("r")
        await chat.idle()
    async with running_chat(given=given) as chat:
        await chat.seen("2/2")
        await on_message(chat, 1)
        await chat.pilot.press("left_square_bracket")
        await chat.until(lambda: shown(chat) == ["first", "one"])
        await chat.pilot.press("left_square_bracket")
        assert shown(chat) == ["first", "one"]


async def test_the_footer_shows_the_keys_of_this_message() -> None:
    cut = FakeProvider([TextDelta("cut he"), Finished("length")], answer("whole"))
    async with running_chat(cut) as chat:
        await asked(chat, "first")
        await chat.pilot.press("up")
        await chat.seen("c continue   y copy   r again   Esc prompt   F1 keys")
        await chat.pilot.press("r")
        await chat.idle()
        await chat.seen("y copy   r regenerate   [ ] versions   Esc prompt   F1 keys")
        await chat.pilot.press("d")
        await chat.seen("c continue   y copy   r again   Esc prompt   F1 keys   u undo")
        await chat.pilot.press("k")
        await chat.seen("e edit   r regenerate   y copy   Esc prompt   F1 keys   u undo")


async def test_no_key_is_offered_that_is_refused_while_an_answer_runs() -> None:
    hold = Hold()
    async with running_chat(FakeProvider([TextDelta("one"), hold, Finished("stop")])) as chat:
        await chat.submit("first")
        await chat.seen("one")
        await chat.pilot.press("up")
        await chat.seen("Esc stop   y copy")
        hold.go.set()
        await chat.idle()
        await chat.seen("y copy   r regenerate")


async def test_a_cut_answer_is_not_done_and_shows_how_to_continue() -> None:
    cut = FakeProvider([TextDelta("cut he"), Finished("length")])
    async with running_chat(cut) as chat:
        await chat.submit("first")
        await chat.idle()
        await chat.seen("cut off")
        assert "done" not in chat.status
        assert "↑ then c continues, r regenerates" in chat.status


async def test_the_name_of_the_focused_message_alone_is_marked() -> None:
    def marked(chat: ChatHarness) -> list[str]:
        strips = strips_of(chat.app.screen)
        found = [it for strip in strips for it in strip if it.style and it.style.reverse]
        return [it.text.strip() for it in found if it.text.strip()]

    async with running_chat(FakeProvider(answer("one"))) as chat:
        await asked(chat, "first")
        assert not marked(chat)
        await chat.pilot.press("up")
        await chat.until(lambda: marked(chat) == ["test-model"])
        await chat.pilot.press("k")
        await chat.until(lambda: marked(chat) == ["You"])
        await chat.pilot.press("escape")
        await chat.until(lambda: not marked(chat))
