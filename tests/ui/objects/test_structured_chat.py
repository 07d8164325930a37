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


async def test_an_object_is_requested_shown_and_stored() -> None:
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
        await chat.seen("tree · valid")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is chat.chat)


async def test_a_format_for_one_question_only() -> None:
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


async def test_fixing_creates_another_version() -> None:
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
        await chat.seen("valid   ‹ 2/2 ›")
        sent = [message.content for message in provider.requests[-1].messages]
        assert BAD in sent
        assert "age" in sent[-1]
        await chat.pilot.press("up", "x")
        await chat.seen("There is nothing to")


async def test_a_format_fallback_is_shown() -> None:
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


async def test_an_object_is_saved_in_every_format() -> None:
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

        # The workbench is unchanged.
        await chat.seen("[1].born")
        [file] = Path.home().glob("*.csv")
        assert file.read_bytes() == b"name,born\r\nAda,1815\r\n'=cmd(),\r\n"
        assert file.stat().st_mode & 0o777 == 0o600


async def test_format_flags_apply_to_new_conversations_only() -> None:
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


async def test_each_fix_round_and_the_final_failure_are_shown() -> None:
    hold = Hold()
    second: list[Step] = [hold, TextDelta(BAD), Finished("stop")]
    provider = FakeProvider(answer(BAD), answer(BAD), second, answer(BAD))
    given = replace(launch(), response_format=ResponseFormat("json_schema", SCHEMA))
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "x")
        await hold.reached.wait()
        await chat.until(lambda: chat.status.startswith("fixing 2/3 · "))
        hold.go.set()
        await chat.idle()
        assert len(provider.requests) == 4
        await chat.until(lambda: chat.status.startswith("still invalid after 3 rounds · ↑ then x"))
        await chat.pilot.press("escape")
        await chat.submit("Who?")
        await chat.idle()
        assert chat.status.startswith("done")


async def test_a_successful_fix_round_ends_normally() -> None:
    provider = FakeProvider(answer(BAD), answer(BAD), answer(GOOD))
    given = replace(launch(), response_format=ResponseFormat("json_schema", SCHEMA))
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "x")
        await chat.idle()
        await chat.seen("valid   ‹ 3/3 ›")
        assert chat.status.startswith("done")


async def test_the_workbench_opens_on_a_streaming_reply() -> None:
    hold = Hold()
    script: list[Step] = [TextDelta('{"name": "Ad'), hold, TextDelta('a", "age": 36}')]
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    provider = FakeProvider([*script, Finished("stop")])
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await hold.reached.wait()
        await chat.seen('name  "Ad…')
        await chat.pilot.press("up")
        await chat.seen("Enter open   t view")
        await chat.pilot.press("enter")
        await chat.seen("tree · streaming")
        await chat.seen('name  "Ad…')
        hold.go.set()
        await chat.seen("tree · valid")
        await chat.seen("age  36")
        await chat.pilot.press("s")
        await chat.until(lambda: isinstance(chat.app.screen, ExportScreen))
        await chat.seen("JSON Lines")


async def test_the_key_help_begins_with_the_workbench_keys() -> None:
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    async with running_chat(FakeProvider(answer(GOOD)), size=(100, 40), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, Workbench))
        await chat.pilot.press("f1")
        await chat.seen("Object")
        await chat.seen("Previous error")
        await chat.seen("Fold or unfold the node")


async def test_a_failed_reply_offers_no_workbench() -> None:
    given = replace(launch(), response_format=ResponseFormat("json_object"))
    provider = FakeProvider([RequestRejected("No.", status=404)])
    async with running_chat(provider, size=(100, 30), given=given) as chat:
        await chat.submit("Who?")
        await chat.idle()
        await chat.pilot.press("up")
        await chat.seen("v why")
        assert "Enter open" not in chat.screen_text
        assert "t view" not in chat.screen_text
