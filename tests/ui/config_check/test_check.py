"""Invalid [keys] and themes are reported at start-up and by the doctor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chat_app import launch, running_chat
from tests.cli.asker import Asker
from tui_chat.config.paths import find_paths
from tui_chat.ui.config_check.check import key_advice, ui_problems
from tui_chat.ui.config_check.default_keys import FOCUS_GROUPS, default_keys

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch


def configure(text: str) -> Launch:
    file = find_paths(os.environ).config_file
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return launch()


def words(text: str) -> list[str]:
    return [problem.message for problem in ui_problems(configure(text))]


CASES = [
    ('[keys]\n"chat.nwe" = "f5"', ["line 2", '`"chat.nwe"` is not an action', "`chat.new`"]),
    ('[keys]\n"chat.pin" = "f5"', ["is a command without a key", "Ctrl+P runs it"]),
    ('[keys]\n"chat.new" = "Ctrl+K"', ["“Ctrl+K” is not a key", "“ctrl+k”"]),
    ('[keys]\n"chat.new" = "foo"', ["“foo” is not a key"]),
    ('[keys]\n"find.next" = "/"', ["“slash”"]),
    (
        '[keys]\n"chat.new" = "f5"\n"chat.open" = "f5"',
        ["line 3", '`"chat.open"` and `chat.new` share the key f5'],
    ),
    ('[keys]\n"chat.new" = "f12"', ['`"chat.new"` and `chat.wire` share the key f12']),
    ('[keys]\n"message.copy" = "ctrl+o"', ["`message.copy`", "`chat.open` share the key"]),
    ('[keys]\n"app.commands" = "r"', ["and `message.again` share the key r"]),
    ('[keys]\n"prompt.send" = ["f11", "f12"]', ["and `chat.wire` share the key f12"]),
    ('[ui]\ntheme = "nrod"', ["line 2", "“nrod”", "Did you mean “nord”?"]),
]


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_invalid_settings_are_reported(text: str, parts: list[str]) -> None:
    (told,) = words(text)
    for part in parts:
        assert part.strip("`") in told.replace("`", "") or part in told


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\n"chat.new" = "f5"\n"turn.stop" = "f11"',
        '[keys]\n"chat.new" = "ctrl+o"\n"chat.open" = "ctrl+n"',
        '[keys]\n"chat.new" = ["f5", "alt+n"]',
        '[keys]\n"wire.save" = "f9"\n"bench.save" = "f9"',
        '[ui]\ntheme = "nord"',
    ],
)
def test_valid_settings_are_not_reported(text: str) -> None:
    assert not words(text)


def test_the_default_keys_are_valid_and_unique() -> None:
    usual = default_keys(cls for group in FOCUS_GROUPS for cls in group)
    assert len(usual) > 90
    names = [name for keys in usual.values() for name in keys.split(",")]
    assert not [name for name in names if key_advice(name)]


def test_every_class_with_bindings_is_checked() -> None:
    """A new screen with bindings must be added to `FOCUS_GROUPS`."""
    from textual.binding import Binding
    from textual.dom import DOMNode

    def below(cls: type[DOMNode]) -> set[type[DOMNode]]:
        return {cls}.union(*(below(inner) for inner in cls.__subclasses__()))

    def has_actions(cls: type[DOMNode]) -> bool:
        bindings = vars(cls).get("BINDINGS", ())
        return any(isinstance(binding, Binding) and binding.id for binding in bindings)

    ours = {cls for cls in below(DOMNode) if cls.__module__.startswith("tui_chat.")}
    known = {cls for group in FOCUS_GROUPS for cls in group}
    assert {cls for cls in ours if has_actions(cls)} <= known


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_start_and_doctor_report_the_same(
    text: str,
    parts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (told,) = words(text)
    assert Asker(monkeypatch, capsys)("doctor", "--base-url", "http://127.0.0.1:9") == 1
    ask = Asker(monkeypatch, capsys)
    ask("doctor", "--base-url", "http://127.0.0.1:9")
    what = told.partition(": ")[2].partition(". ")[0]
    assert what in ask.out


@pytest.mark.parametrize(("text", "parts"), [CASES[0], CASES[5], CASES[10]])
async def test_the_start_reports_invalid_settings(text: str, parts: list[str]) -> None:
    given = configure(text)
    (problem,) = ui_problems(given)
    async with running_chat(given=given, size=(200, 24)) as chat:
        await chat.until(
            lambda: any(problem.summary in toast.message for toast in chat.app._notifications)
        )


def test_screen_reader_is_reported() -> None:
    (problem,) = configure("[ui]\nscreen_reader = true\n").settings.problems
    assert "has no effect" in problem.message
