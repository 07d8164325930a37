from __future__ import annotations

import io

import pytest

from tui_chat.cli.doctor.report import Report, shell_advice
from tui_chat.core.errors import RequestRejected
from tui_chat.core.profile import Secret


class Screen(io.StringIO):
    """A text stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("env", "has_colour"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colors_are_used_only_on_a_terminal(env: dict[str, str], has_colour: bool) -> None:
    screen, file = Screen(), io.StringIO()
    for out in (screen, file):
        Report(out, env).ok("name", "words")
    assert ("\x1b" in screen.getvalue()) is has_colour
    assert file.getvalue() == "ok   name          words\n"


def test_each_report_is_one_redacted_line() -> None:
    out = io.StringIO()
    report = Report(out, {})
    report.hide([Secret("abcdef-123456-ghijkl")])
    report.failed("name", "It broke\nat abcdef-123456-ghijkl.", "Mend\x1bit.")
    assert out.getvalue() == "!!   name          It broke at *** — Mend␛it.\n"
    assert not report.is_passed


def test_unencodable_characters_are_replaced() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Report(out, {}).failed("name", "“x” · y", "Do 中.")
    assert raw.getvalue() == b'!!   name          "x" , y - Do ?.\n'


def test_the_server_message_is_quoted() -> None:
    out = io.StringIO()
    error = RequestRejected("It failed.", "Try again.", server_message="no such thing")
    Report(out, {}).error("name", error)
    expected = "!!   name          It failed. Server message: “no such thing” — Run this again.\n"
    assert out.getvalue() == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Ask again; `idle` in x.", "Run this again; `idle` in x."),
        ("Begin a new one (Ctrl+N), or less (Ctrl+L).", "Begin a new one, or less."),
        ("Ctrl+L lists the models it offers.", "Choose one that the line “models” lists."),
        ("Check base_url.", "Check base_url."),
    ],
)
def test_advice_about_keys_is_replaced(told: str, expected: str) -> None:
    assert shell_advice(told) == expected
