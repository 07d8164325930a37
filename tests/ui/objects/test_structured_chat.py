from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, Step, answer
from tui_chat.core.errors import RequestRejected
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.objects.format_picker import FormatPicker
from tui_chat.ui.objects.workbench import Workbench

GOOD = json.dumps({"name": "Ada", "age": 36})
BAD = json.dumps({"name": "Ada", "age": "36"})
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


async def test_an_object_of_a_schema_is_asked_for_shown_and_kept() -> None:
    provider = FakeProvider(answer(GOOD))
    async with running_chat(provider, size=(90, 30)) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press(*"name, age int")
        await chat.seen('"integer"')
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.seen("{answer}")

        await chat.submit("Who?")
        await chat.idle()

        assert provider.requests[-1].response_format.type == "json_schema"
        await chat.seen('name  "Ada"')
        await chat.seen("valid")
    async with running_chat(provider, size=(90, 30)) as chat:
        await chat.seen("{answer}")
        await chat.seen('name  "Ada"')
        await chat.pilot.press("up", "t")
        await chat.seen('"name": "Ada"')
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.seen("the object · valid")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)


async def test_a_form_for_one_question_only() -> None:
    provider = FakeProvider(answer(GOOD), answer("plain"))
    async with running_chat(provider) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press("down", "tab", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.seen("{JSON}")
        await chat.submit("one?")
        await chat.idle()
        await chat.submit("two?")
        await chat.idle()
        assert [it.response_format.type for it in provider.requests] == ["json_object", "text"]
        assert "{JSON}" not in chat.screen_text


async def test_what_is_wrong_is_put_right_as_another_answer() -> None:
    provider = FakeProvider(answer(BAD), answer(GOOD))
    async with running_chat(provider, size=(100, 30)) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press(*"name, age int", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.submit("Who?")
        await chat.idle()
        await chat.seen("invalid (1 error)")
        await chat.pilot.press("up", "x")
        await chat.idle()
        await chat.seen("valid · 2/2")
        sent = [message.content for message in provider.requests[-1].messages]
        assert BAD in sent
        assert "age" in sent[-1]
        await chat.pilot.press("up", "x")
        await chat.seen("needs no fix")


async def test_a_refused_form_is_stepped_down_visibly() -> None:
    refused = RequestRejected("No.", status=400, server_message="response_format is not supported")
    provider = FakeProvider([refused], [refused], [TextDelta(GOOD), Finished("stop")])
    async with running_chat(provider, size=(100, 30)) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press(*"name, age int", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.submit("Who?")
        await chat.idle()
        await chat.seen("valid")
        assert [it.response_format.type for it in provider.requests] == [
            "json_schema",
            "json_object",
            "text",
        ]
        await chat.seen("done · asked in the prompt: json_object was rejected")
        # Later it is asked so at once, and that is said too.
        await chat.submit("And?")
        await chat.idle()
        assert len(provider.requests) == 4
        await chat.seen("done · asked in the prompt ·")


async def test_a_cut_off_object_is_never_valid() -> None:
    provider = FakeProvider([TextDelta('{"name": "Ada", "age": 3'), Finished("length")])
    async with running_chat(provider, size=(100, 30)) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press(*"name, age int", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.submit("Who?")
        await chat.idle()
        await chat.seen("cut off")
        assert "valid" not in chat.screen_text.replace("invalid", "")
        assert 'name  "Ada"' in chat.screen_text


async def test_an_object_is_saved_in_the_forms_there_are() -> None:
    people = json.dumps([{"name": "Ada", "born": 1815}, {"name": "=cmd()", "born": None}])
    async with running_chat(FakeProvider(answer(people)), size=(100, 30)) as chat:
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: isinstance(chat.app.screen, FormatPicker))
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: chat.app.screen is chat.chat)
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.pilot.press("G", "s")
        await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
        await chat.seen("Save this object")
        await chat.pilot.press("down", "down", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))

        # It is as it was left.
        await chat.seen("[1].born")
        [file] = Path.home().glob("*.csv")
        assert file.read_bytes() == b"name,born\r\nAda,1815\r\n'=cmd(),\r\n"
        assert file.stat().st_mode & 0o777 == 0o600


async def test_flags_ask_for_objects_in_what_is_begun_and_leave_what_is_saved_alone() -> None:
    async with running_chat(FakeProvider(answer("Hello.")), size=(90, 30)) as chat:
        await chat.submit("Hi")
        await chat.idle()
        assert chat.chat.session is not None
        before = chat.chat.session.conversation.id
    provider = FakeProvider(answer(GOOD), answer(GOOD))
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(provider, size=(90, 30), given=given) as chat:
        await chat.seen("New conversation")
        await chat.seen("{JSON}")
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.seen("{JSON}")
        await chat.submit("And?")
        await chat.idle()
        saved = await chat.services.store.conversation(before)
    assert [it.response_format.type for it in provider.requests] == ["json_object"] * 2
    assert saved is not None
    assert "response_format" not in saved.settings


async def test_each_round_of_putting_right_is_told_and_that_they_came_to_nothing() -> None:
    hold = Hold()
    second: list[Step] = [hold, TextDelta(BAD), Finished("stop")]
    provider = FakeProvider(answer(BAD), answer(BAD), second, answer(BAD))
    given = replace(launch(), response_format=ResponseFormat("json_schema", SCHEMA))
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "x")
        await hold.reached.wait()
        await chat.until(lambda: chat.status.startswith("putting right 2/3 · "))
        hold.go.set()
        await chat.idle()
        assert len(provider.requests) == 4
        await chat.until(lambda: chat.status.startswith("still invalid after 3 rounds · ↑ then x"))
        await chat.pilot.press("escape")
        await chat.submit("Who?")
        await chat.idle()
        assert chat.status.startswith("done")


async def test_a_round_that_puts_it_right_ends_as_any_answer() -> None:
    provider = FakeProvider(answer(BAD), answer(BAD), answer(GOOD))
    given = replace(launch(), response_format=ResponseFormat("json_schema", SCHEMA))
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "x")
        await chat.idle()
        await chat.seen("valid · 3/3")
        assert chat.status.startswith("done")


async def test_the_workbench_is_open_to_an_answer_that_is_arriving() -> None:
    hold = Hold()
    script: list[Step] = [TextDelta('{"name": "Ad'), hold, TextDelta('a", "age": 36}')]
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    provider = FakeProvider([*script, Finished("stop")])
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await hold.reached.wait()
        await chat.seen('name  "Ad…')
        await chat.pilot.press("up")
        await chat.seen("Enter open   t form")
        await chat.pilot.press("enter")
        await chat.seen("the object · still arriving")
        await chat.seen('name  "Ad…')
        hold.go.set()
        await chat.seen("the object · valid")
        await chat.seen("age  36")
        await chat.pilot.press("s")
        await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
        await chat.seen("JSON Lines")


async def test_the_list_of_keys_begins_with_those_of_the_workbench() -> None:
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(FakeProvider(answer(GOOD)), size=(100, 40), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.pilot.press("f1")
        await chat.seen("On an object")
        await chat.seen("The error before")
        await chat.seen("Fold or open the node")


async def test_an_answer_that_never_came_offers_nothing_to_open() -> None:
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    provider = FakeProvider([RequestRejected("No.", status=404)])
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up")
        await chat.seen("v why")
        assert "Enter open" not in chat.screen_text
        assert "t form" not in chat.screen_text
