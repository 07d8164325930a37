from __future__ import annotations

from typing import Any

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.structured.schemas.shorthand import expand, is_shorthand

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def properties(text: str) -> dict[str, Any]:
    found: dict[str, Any] = expand(text)["properties"]
    return found


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("name: str, age: int", {"name": TEXT, "age": WHOLE}),
        ("name:str,age:INT", {"name": TEXT, "age": WHOLE}),
        ("n: list[int]", {"n": {"type": "array", "items": WHOLE}}),
        ("mood: good|bad", {"mood": {"type": "string", "enum": ["good", "bad"]}}),
        ("n int: how many", {"n": WHOLE | {"description": "how many"}}),
        ("n: int: how many", {"n": WHOLE | {"description": "how many"}}),
        ("n: the number", {"n": TEXT | {"description": "the number"}}),
        ("x: this | that one", {"x": TEXT | {"description": "this | that one"}}),
    ],
)
def test_a_type_may_follow_a_colon(text: str, made: dict[str, Any]) -> None:
    assert properties(text) == made


@pytest.mark.parametrize("text", ["name, age? int", "name, age int?", "name, age: int?"])
def test_the_question_mark_may_follow_the_type(text: str) -> None:
    made = expand(text)
    assert made["properties"] == {"name": TEXT, "age": WHOLE}
    assert made["required"] == ["name"]


@pytest.mark.parametrize("text", ["n int[]", "n list int", "n List of int", "n list [ int ]"])
def test_list_spellings(text: str) -> None:
    assert properties(text) == {"n": {"type": "array", "items": WHOLE}}


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ('mood "good"|"bad"', ["good", "bad"]),
        ("mood 'good' | good | bad", ["good", "bad"]),
        ("mood 好|坏", ["好", "坏"]),
    ],
)
def test_choices(text: str, choices: list[str]) -> None:
    assert properties(text)["mood"]["enum"] == choices


@pytest.mark.parametrize("text", ["mood good|", "mood |", "mood good||bad"])
def test_an_empty_choice_is_reported(text: str) -> None:
    with pytest.raises(ConfigError, match="empty choice"):
        expand(text)


def test_a_duplicate_field_is_reported_without_a_hint_about_types() -> None:
    with pytest.raises(ConfigError) as caught:
        expand("name, name int")
    assert "“name” twice" in caught.value.message
    assert "A type is" not in caught.value.message


@pytest.mark.parametrize(
    "text", ["pos {lat float, lng float}", "people list[name, age int]", "p list of {name, age}"]
)
def test_nested_objects_need_a_schema(text: str) -> None:
    with pytest.raises(ConfigError, match=r"nested objects.*JSON Schema"):
        expand(text)


@pytest.mark.parametrize("text", ["age INT", "age Int", "n int[]", "age int?"])
def test_a_single_field_with_a_type_is_shorthand(text: str) -> None:
    assert is_shorthand(text)
