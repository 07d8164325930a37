"""The keys that a prompt has in common with readline and other editors."""

from __future__ import annotations

import pytest

from tests.ui.prompt.test_prompt_input import PromptApp

FLAGS = "🇩🇪🇫🇷"
FAMILY = "👨‍👩‍👧"
THUMB = "👍🏽"


async def edited(text: str, *keys: str) -> tuple[str, tuple[int, int]]:
    """Return the text and the cursor after keys, which begin at the end of a text."""
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.set_draft(text)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.told == []
        return app.prompt.text, app.prompt.cursor_location


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        (FLAGS, ["backspace"], "🇩🇪"),
        (f"x{THUMB}", ["backspace"], "x"),
        (f"x{FAMILY}", ["backspace"], "x"),
        ("e\u0301x", ["backspace", "backspace"], ""),
        ("1️⃣", ["backspace"], ""),
        (FLAGS, ["home", "delete"], "🇫🇷"),
        (f"{THUMB}{FAMILY}", ["home", "delete"], FAMILY),
        (f"{FLAGS}{THUMB}", ["left", "left", "x"], f"🇩🇪x🇫🇷{THUMB}"),
        (f"{FLAGS}{THUMB}", ["home", "right", "right", "x"], f"{FLAGS}x{THUMB}"),
        (f"a\n{THUMB}", ["home", "backspace"], f"a{THUMB}"),
        (f"{THUMB}\na", ["ctrl+a", "left", "backspace"], "\na"),
    ],
)
async def test_a_character_is_what_the_user_sees(text: str, keys: list[str], expected: str) -> None:
    assert (await edited(text, *keys))[0] == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["alt+b", "alt+b", "x"], "one xtwo three"),
        (["alt+left", "x"], "one two xthree"),
        (["home", "alt+f", "x"], "onex two three"),
        (["home", "alt+right", "x"], "onex two three"),
        (["home", "alt+d"], " two three"),
        (["home", "ctrl+delete"], " two three"),
        (["ctrl+backspace"], "one two "),
        (["alt+backspace"], "one two "),
        (["ctrl+w", "ctrl+w", "home", "ctrl+y"], "two threeone "),
        (["ctrl+u", "x", "ctrl+y"], "xone two three"),
        (["home", "ctrl+k", "ctrl+y", "ctrl+y"], "one two threeone two three"),
        (["ctrl+w", "home", "alt+d", "end", "ctrl+y"], " two one"),
        (["alt+b", "ctrl+w", "alt+d", "ctrl+y"], "one two three"),
        (["ctrl+u", "ctrl+underscore"], "one two three"),
        (["ctrl+u", "ctrl+underscore", "alt+slash"], ""),
        (["ctrl+y"], "one two three"),
    ],
)
async def test_words_and_yank(keys: list[str], expected: str) -> None:
    assert (await edited("one two three", *keys))[0] == expected


async def test_up_and_down_keep_the_column() -> None:
    text = "a long first line\nb\na long last line"
    for keys, expected in (
        (["up"], (1, 1)),
        (["up", "up"], (0, 16)),
        (["up", "up", "down", "down"], (2, 16)),
        (["left", "left", "up", "up"], (0, 14)),
        (["up", "x", "up"], (0, 2)),
        (["up", "backspace", "up"], (0, 0)),
        (["home", "right", "up", "up"], (0, 1)),
    ):
        assert (await edited(text, *keys))[1] == expected, keys


async def test_up_never_stops_within_a_character() -> None:
    _, cursor = await edited(f"{FAMILY}{FAMILY}\nabc", "up", "left", "left")
    assert cursor == (0, 0)


async def test_a_key_with_alt_types_nothing() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "alt+q", "alt+x", "alt+1", "alt+shift+d", "b")
        assert app.prompt.text == "ab"
