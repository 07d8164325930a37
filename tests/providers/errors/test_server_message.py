from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tests.providers.streams import ANY
from tui_chat.providers.errors.server_message import (
    error_fields,
    is_html,
    parsed_body,
    server_message,
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "a  b\n"}}, "a b"),
        ({"error": "a"}, "a"),
        ({"detail": "a"}, "a"),
        ({"message": "a"}, "a"),
        (
            {"detail": [{"loc": ["body", "x"], "msg": "bad"}, {"msg": "worse"}]},
            "body.x: bad; worse",
        ),
        ({"errors": ["a", {"message": "b"}]}, "a; b"),
        ({"error": {"code": 5}}, ""),
        ({"error": True, "message": "a"}, "a"),
        ([{"error": "a"}], "a"),
        ("<html><title> A &lt;b&gt; </title>", "A <b>"),
        ("<html><h1>A <i>b</i></h1>", "A b"),
        ("<html><p>nothing</p>", ""),
        ("<?xml?><Message>No</Message>", "No"),
        ('{"message": "inner"}', "inner"),
        ("{not json", "{not json"),
        (" plain \n text ", "plain text"),
        (17, ""),
        (None, ""),
    ],
)
def test_the_message_in_a_body(body: Any, expected: str) -> None:
    assert server_message(body) == expected


@given(ANY)
def test_no_body_raises(body: Any) -> None:
    assert isinstance(server_message(body), str)
    assert all(isinstance(found, str) for found in error_fields(body))


@given(TEXTS)
def test_no_text_raises(text: str) -> None:
    server_message(text)
    parsed_body(text)


@pytest.mark.parametrize(
    "body", ["<html>", "\n <!DOCTYPE HTML>", "<!-- x --><html>", "\ufeff<HEAD>"]
)
def test_web_pages_are_recognized(body: str) -> None:
    assert is_html(body)


def test_other_texts_are_not_web_pages() -> None:
    assert not is_html("the <html> tag")
    assert not is_html("")
