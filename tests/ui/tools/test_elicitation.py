from __future__ import annotations

from typing import Any

import pytest

from tests.ui.bare import BareApp, until
from tests.ui.tools.calls import CONTROLS, HOSTILE
from tui_chat.core.tools.questions import ElicitationQuestion
from tui_chat.ui.tools.elicitation_fields import (
    MOST_FIELDS,
    FieldKind,
    FormField,
    InvalidValue,
    entered_value,
    form_fields,
)
from tui_chat.ui.tools.elicitation_form import ElicitationForm

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 5},
        "guests": {"type": "integer", "default": 2, "minimum": 1, "maximum": 12},
        "size": {"type": "string", "enum": ["small", "large"], "default": "small"},
        "is_outside": {"type": "boolean", "default": False, "description": HOSTILE},
        "nested": {"type": "object", "properties": {}},
    },
    "required": ["name"],
}


def test_a_flat_schema_becomes_fields() -> None:
    fields = form_fields(SCHEMA)
    assert [(it.name, it.kind, it.is_required) for it in fields] == [
        ("name", FieldKind.TEXT, True),
        ("guests", FieldKind.WHOLE_NUMBER, False),
        ("size", FieldKind.CHOICE, False),
        ("is_outside", FieldKind.CHOICE, False),
    ]
    assert [value for value, _label in fields[3].choices] == [True, False]
    assert not CONTROLS & set(fields[3].description)


@pytest.mark.parametrize(
    "schema",
    [{}, {"properties": []}, {"properties": {"a": 1}, "required": 3}, {"properties": {"a": {}}}],
)
def test_a_strange_schema_has_no_fields(schema: dict[str, Any]) -> None:
    assert form_fields(schema) == []


def test_a_large_schema_is_cut() -> None:
    properties = {f"f{number}": {"type": "string"} for number in range(10_000)}
    assert len(form_fields({"properties": properties})) == MOST_FIELDS


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldKind.TEXT, "Ann", "Ann"),
        (FieldKind.TEXT, "Annabella", "Name is too long."),
        (FieldKind.WHOLE_NUMBER, "3", 3),
        (FieldKind.WHOLE_NUMBER, "3.5", "Name is a whole number."),
        (FieldKind.NUMBER, "3.5", 3.5),
        (FieldKind.NUMBER, "many", "Name is a number."),
        (FieldKind.NUMBER, "9", "Name is too large."),
        (FieldKind.NUMBER, "0.5", "Name is too small."),
        (FieldKind.NUMBER, " ", "Name is needed."),
    ],
)
def test_a_value_fits_its_field(kind: FieldKind, text: str, value: object) -> None:
    field = FormField("name", "Name", "", kind, is_required=True, least=1, most=5)
    entered: object
    try:
        entered = entered_value(field, text)
    except InvalidValue as error:
        entered = str(error)
    assert entered == value


async def test_only_one_key_sends_the_form() -> None:
    question = ElicitationQuestion("hotel", f"Who comes? {HOSTILE}", SCHEMA)
    answers: list[dict[str, Any] | None] = []
    app = BareApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.push_screen(ElicitationForm(question), answers.append)
        await until(pilot, lambda: "hotel asks you" in app.text)
        assert "no passwords" in app.text
        assert not CONTROLS & set(app.text)
        await pilot.press("enter", "enter", "enter", "enter", "enter")
        assert not answers
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Name is needed." in app.text)
        await pilot.press(*"Ann", "down", "down", "right", "ctrl+s")
        await until(pilot, lambda: answers)
    assert answers == [{"name": "Ann", "guests": 2, "size": "large", "is_outside": False}]


async def test_escape_refuses_the_form() -> None:
    answers: list[dict[str, Any] | None] = []
    app = BareApp()
    async with app.run_test() as pilot:
        app.push_screen(ElicitationForm(ElicitationQuestion("s", "m", SCHEMA)), answers.append)
        await until(pilot, lambda: "asks you" in app.text)
        await pilot.press("escape")
        await until(pilot, lambda: answers)
    assert answers == [None]
