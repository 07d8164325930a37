"""The fields of a prompt."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tui_chat.config.prompts.fields import (
    Field,
    field_names,
    fields_in,
    filled,
    with_defaults,
    with_text,
)


def test_fields_have_names_defaults_and_places() -> None:
    text = "To {{language=English}}: {{ text }} {{语言 = 中文 }}"
    assert fields_in(text) == [
        Field("language", "English", 3, 23),
        Field("text", None, 25, 35),
        Field("语言", "中文", 36, len(text)),
    ]
    assert field_names("{{a}} {{b=1}} {{a=2}}") == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ["{ {a} }", "{{}}", "{{a b}}", "{{a\n}}", "{{= x}}", "{a}", "{{ user.name }}", "{{% if %}}"],
)
def test_other_braces_are_no_fields(text: str) -> None:
    assert fields_in(text) == []
    assert filled(text, {"a": "1"}) == text


def test_values_are_filled_once() -> None:
    assert filled("{{a}} {{b}}", {"a": "{{b}}", "b": "2"}) == "{{b}} 2"


def test_the_first_default_counts_for_all_fields_of_a_name() -> None:
    assert with_defaults("{{l}} {{l=en}} {{l=fr}} {{x}}") == "en en en {{x}}"


@pytest.mark.parametrize(
    ("body", "given", "whole"),
    [
        ("Sum up:\n{{text}}\n--", "A", "Sum up:\nA\n--"),
        ("Sum up:\n", "A", "Sum up:\n\nA"),
        ("Sum up: {{text}}", "", "Sum up: {{text}}"),
        ("Sum up.", "", "Sum up."),
    ],
)
def test_the_text_of_the_user(body: str, given: str, whole: str) -> None:
    assert with_text(body, given) == whole


@given(TEXTS)
def test_any_text_is_filled_without_an_error(text: str) -> None:
    assert filled(text, {}) == text
    assert not any(field.default for field in fields_in(with_defaults(text)))
