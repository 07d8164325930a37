from __future__ import annotations

import json
from threading import Event
from typing import TYPE_CHECKING, Any

from textual import events

from tests.ui.bare import BareApp, until
from tests.ui.hand_timers import HandTimers, held
from tui_chat.core.request import ResponseFormat
from tui_chat.structured.schemas.find_schema import SchemaFolder, find_schema
from tui_chat.ui.objects import format_picker
from tui_chat.ui.objects.format_picker import FormatChoice, FormatPicker
from tui_chat.ui.objects.schema_input import SchemaInput

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


class PickerApp(BareApp):
    """Opens the picker and records the choice."""

    def __init__(self, folder: Path, current: ResponseFormat | None = None) -> None:
        super().__init__()
        self.folder = SchemaFolder(folder / "config.toml")
        self.cwd = folder
        self.current = current or ResponseFormat()
        self.chosen: list[Any] = []

    def on_mount(self) -> None:
        picker = FormatPicker(self.current, self.folder, self.cwd)
        self.push_screen(picker, self.chosen.append)

    async def paste(self, pilot: Pilot[None], text: str) -> None:
        await until(pilot, lambda: self.focused is not None)
        assert self.focused is not None
        self.focused.post_message(events.Paste(text))


async def test_json_object_for_the_conversation(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 30)) as pilot:
        await until(pilot, lambda: "any JSON object" in app.text)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [FormatChoice(ResponseFormat("json_object"), is_for_one=False)]


async def test_shorthand_is_expanded_and_previewed(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"name, age int")
        await until(pilot, lambda: '"integer"' in app.text)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.chosen)
        choice = app.chosen[0]
        assert choice.is_for_one
        assert choice.format.type == "json_schema"
        assert set(choice.format.schema["properties"]) == {"name", "age"}


async def test_a_saved_schema_is_chosen_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    folder.mkdir()
    (folder / "person.json").write_text(json.dumps(SCHEMA))
    (folder / "broken.json").write_text('{"type": "object",\n nonsense}')
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await until(pilot, lambda: "schema: person" in app.text)
        await pilot.press(*"brok")
        await until(pilot, lambda: "line 2, column 2" in app.text)
        await pilot.press("enter")
        await pilot.press(*["backspace"] * 4, *"pers")
        await until(pilot, lambda: '"name"' in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen[0].format.schema == SCHEMA
        assert app.chosen[0].format.name == "person"


async def test_a_multiline_paste_is_accepted_and_saved(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await app.paste(pilot, json.dumps(SCHEMA, indent=2) + "\n")
        await until(pilot, lambda: "from pasted" in app.text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "under this name" in app.text)
        await pilot.press(*"mine", "enter")
        await until(pilot, lambda: (tmp_path / "schemas" / "mine.json").exists())
        await until(pilot, lambda: "schema: mine" in app.text)
        assert json.loads((tmp_path / "schemas" / "mine.json").read_text()) == SCHEMA


async def test_an_error_is_shown_and_nothing_is_chosen(tmp_path: Path) -> None:
    app = PickerApp(tmp_path, ResponseFormat("json_object"))
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"nowhere.json")
        await until(pilot, lambda: "cannot be read" in app.text)
        await pilot.press("enter")
        assert not app.chosen
        await pilot.press("escape")
        await until(pilot, lambda: app.chosen == [None])


async def test_a_pasted_schema_is_used_verbatim(tmp_path: Path) -> None:
    wide = {"type": "object", "properties": {"a  b": {"enum": ["x   y"]}}}
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await app.paste(pilot, json.dumps(wide, indent=2))
        await until(pilot, lambda: "from pasted" in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen[0].format.schema == wide


async def test_an_error_in_a_paste_names_the_line(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await app.paste(pilot, '{\n  "type": "object",\n  "x" 1\n}')
        await until(pilot, lambda: "line 3, column 7" in app.text)


async def test_fields_may_be_pasted_line_by_line(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await app.paste(pilot, "name\nage int\n")
        await until(pilot, lambda: '"integer"' in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert list(app.chosen[0].format.schema["properties"]) == ["name", "age"]


async def test_replacing_a_saved_schema_needs_confirmation(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    kept = tmp_path / "schemas" / "mine.json"
    kept.write_text(json.dumps(SCHEMA))
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"age int")
        await until(pilot, lambda: '"integer"' in app.text)
        await pilot.press("ctrl+s")
        await pilot.press(*"mine", "enter")
        await until(pilot, lambda: "exists. Enter again" in app.text)
        assert json.loads(kept.read_text()) == SCHEMA
        await pilot.press("enter")
        await until(pilot, lambda: "integer" in kept.read_text())


async def test_escape_cancels_naming_but_not_the_picker(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"age int")
        await until(pilot, lambda: '"integer"' in app.text)
        await pilot.press("ctrl+s")
        await pilot.press(*"mi", "escape")
        await until(pilot, lambda: "typed: age int" in app.text and "from shorthand" in app.text)
        assert not app.chosen
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert list(app.chosen[0].format.schema["properties"]) == ["age"]


async def test_the_current_schema_is_previewed_and_kept_on_enter(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "answer.json").write_text('{"type": "array"}')
    current = ResponseFormat("json_schema", SCHEMA, "answer")
    app = PickerApp(tmp_path, current)
    async with app.run_test(size=(90, 34)) as pilot:
        await until(pilot, lambda: "current: answer" in app.text and '"name"' in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [FormatChoice(current, is_for_one=False)]


async def test_a_saved_schema_is_not_read_from_a_file_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "person.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "schemas" / "age int.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "person").write_text('{"type": "array"}')
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await until(pilot, lambda: "schema: person" in app.text)
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen[0].format.schema == SCHEMA


async def test_a_module_is_imported_only_on_enter(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "from pathlib import Path\nfrom pydantic import BaseModel\n"
        "with Path('imported').open('a') as file:\n    file.write('x')\n"
        "class Person(BaseModel):\n    age: int\n"
    )
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"models:Person")
        await until(pilot, lambda: "Enter imports" in app.text)
        assert not (tmp_path / "imported").exists()
        await pilot.press("enter")
        await until(pilot, lambda: '"integer"' in app.text)
        assert not app.chosen
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen[0].format.name == "Person"
        assert (tmp_path / "imported").read_text() == "x"


async def test_a_long_schema_can_be_scrolled_to_its_end(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"a int, b int, c int, last date")
        await until(pilot, lambda: '"properties"' in app.text)
        assert '"additionalProperties"' not in app.text
        await pilot.press(*["pagedown"] * 6)
        await until(pilot, lambda: '"additionalProperties"' in app.text)


async def test_formats_are_filtered_by_label(tmp_path: Path) -> None:
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        await pilot.press(*"json", "enter")
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [FormatChoice(ResponseFormat("json_object"), is_for_one=False)]


class ParsedReply:
    """Blocks the schema lookup in its thread until a test releases it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.has_begun, self._may_end = Event(), Event()
        self._find = find_schema
        monkeypatch.setattr(format_picker, "find_schema", self)

    def __call__(self, *args: Any) -> Any:
        self.has_begun.set()
        assert self._may_end.wait(10)
        return self._find(*args)

    def end(self) -> None:
        self._may_end.set()


def shown_picker(app: PickerApp) -> FormatPicker:
    assert isinstance(app.screen, FormatPicker)
    return app.screen


async def test_a_late_loading_notice_does_not_replace_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = ParsedReply(monkeypatch)
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        picker = shown_picker(app)
        timers = HandTimers(picker, monkeypatch)
        await app.paste(pilot, "name, age int")
        await until(pilot, reading.has_begun.is_set)
        # The notice is in the queue of the dialog, behind a message that takes its time, while the
        # result arrives: it is the late one.
        with held(picker):
            assert timers.elapse() == 1
            reading.end()
            await app.workers.wait_for_complete()
        await until(pilot, lambda: '"integer"' in app.text)
        await pilot.pause()
        assert "Loading …" not in app.text
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert set(app.chosen[0].format.schema["properties"]) == {"name", "age"}


async def test_a_loading_notice_is_shown_until_the_schema_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = ParsedReply(monkeypatch)
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        timers = HandTimers(shown_picker(app), monkeypatch)
        await app.paste(pilot, "name, age int")
        await until(pilot, reading.has_begun.is_set)
        timers.elapse()
        await until(pilot, lambda: "Loading …" in app.text)
        reading.end()
        await until(pilot, lambda: '"integer"' in app.text)
        assert "Loading …" not in app.text


async def test_a_late_schema_is_discarded_after_further_typing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = ParsedReply(monkeypatch)
    app = PickerApp(tmp_path)
    async with app.run_test(size=(90, 34)) as pilot:
        picker = shown_picker(app)
        await app.paste(pilot, "name, age int")
        await until(pilot, reading.has_begun.is_set)
        with held(picker):
            # Written before the result, handled after it.
            picker.query_one(SchemaInput).value = "size int"
            reading.end()
            await app.workers.wait_for_complete()
        await until(pilot, lambda: '"size"' in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: app.chosen)
        assert set(app.chosen[0].format.schema["properties"]) == {"size"}
