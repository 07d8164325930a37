from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, OptionList, Static

from tests.ui.bare import BareApp, until
from tests.ui.hand_timers import held
from tui_chat.core.errors import Unreachable
from tui_chat.core.profile import KeySource, Origin, Profile
from tui_chat.core.stream_events import ModelInfo
from tui_chat.ui.models.profile_picker import LocalModelsWanted, ModelChoice, ProfilePicker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

ONE = Profile(name="one", base_url="http://127.0.0.1:1/v1", model="beta")
TWO = Profile(name="two [bold]", base_url="http://127.0.0.1:2/v1", model="delta")


class Source:
    """Offers models, or fails, or never answers."""

    def __init__(self) -> None:
        self.offers: dict[str, list[str] | Exception] = {
            ONE.name: ["alpha", "beta", "gamma/Beta-2"],
            TWO.name: ["delta"],
        }
        self.asked: list[str] = []
        self.waits: set[str] = set()
        self.holds: dict[str, asyncio.Event] = {}
        self.cancelled = 0

    async def models(self, profile: Profile) -> list[ModelInfo]:
        self.asked.append(profile.name)
        if profile.name in self.waits:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if profile.name in self.holds:
            await self.holds[profile.name].wait()
        offers = self.offers[profile.name]
        if isinstance(offers, Exception):
            raise offers
        return [ModelInfo(offer) for offer in offers]


class Picking:
    """An open picker."""

    def __init__(self, app: BareApp, pilot: Pilot[None], source: Source) -> None:
        self.app = app
        self.pilot = pilot
        self.source = source
        self.chosen: list[ModelChoice | LocalModelsWanted | None] = []

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    @property
    def models(self) -> list[str | None]:
        shown = self.app.screen.query_one("#models", OptionList)
        return [option.id for option in shown.options]

    @property
    def words(self) -> str:
        """The message of the dialog, without its line breaks."""
        told = self.app.screen.query_one("#told", Static)
        return str(told.content)

    @property
    def highlighted(self) -> str | None:
        option = self.app.screen.query_one("#models", OptionList).highlighted_option
        return option.id if option else None


@asynccontextmanager
async def picking(
    source: Source | None = None,
    current: Profile = ONE,
    model: str | None = "beta",
    *also: Profile,
) -> AsyncIterator[Picking]:
    source = source or Source()
    app = BareApp()
    async with app.run_test() as pilot:
        picker = Picking(app, pilot, source)
        await app.push_screen(
            ProfilePicker([ONE, TWO, *also], current, model, source), picker.chosen.append
        )
        await picker.until(lambda: source.asked)
        await pilot.pause()
        yield picker


async def test_the_current_model_is_marked_and_enter_keeps_it() -> None:
    async with picking() as picker:
        assert picker.models == ["alpha", "beta", "gamma/Beta-2"]
        assert picker.highlighted == "beta"
        await picker.press("enter")
        assert picker.chosen == [ModelChoice(ONE, "beta")]


async def test_typing_filters_the_models() -> None:
    async with picking() as picker:
        await picker.press("B", "e", "t", "a")
        assert picker.models == ["beta", "gamma/Beta-2"]
        await picker.press("minus")
        assert picker.models == ["gamma/Beta-2"]
        await picker.press("enter")
        assert picker.chosen == [ModelChoice(ONE, "gamma/Beta-2")]


async def test_keys_that_arrive_with_the_text_move_among_its_matches() -> None:
    async with picking() as picker:
        screen = picker.app.screen
        assert isinstance(screen, ProfilePicker)
        # The message of the change is handled after the move.
        screen.query_one(Input).value = "beta"
        screen.action_move(1)
        await picker.press("enter")
        assert picker.chosen == [ModelChoice(ONE, "gamma/Beta-2")]


async def test_a_model_that_is_not_offered_can_be_written() -> None:
    async with picking() as picker:
        await picker.press("x", "left_square_bracket", "y")
        await picker.until(lambda: "Enter asks for “x[y”" in picker.app.text)
        await picker.press("enter")
        assert picker.chosen == [ModelChoice(ONE, "x[y")]


async def test_the_sides_are_changed_by_keys() -> None:
    async with picking() as picker:
        await picker.press("left", "down")
        await picker.until(lambda: picker.models == ["delta"])
        assert "two [bold]" in picker.app.text
        await picker.press("down", "right", "down", "pageup", "pagedown", "enter")
        assert picker.chosen == [ModelChoice(TWO, "delta")]


async def test_leaving_a_profile_that_does_not_answer_asks_the_next() -> None:
    source = Source()
    source.waits.add(ONE.name)
    async with picking(source) as picker:
        assert "asking 127.0.0.1:1" in picker.app.text
        await picker.press("left", "down")
        await picker.until(lambda: picker.models == ["delta"])
        assert source.cancelled == 1


@pytest.mark.parametrize("keys", [["enter"], ["left", "enter"]])
async def test_a_failing_list_is_reported_and_the_profile_can_still_be_chosen(
    keys: list[str],
) -> None:
    source = Source()
    source.offers[ONE.name] = Unreachable("Nothing answers at [bold]\x1b[2J.")
    async with picking(source, model=None) as picker:
        await picker.until(lambda: "Nothing answers at [bold]␛[2J." in picker.words)
        assert "Enter chooses the profile alone." in picker.words
        await picker.press(*keys)
        assert picker.chosen == [ModelChoice(ONE, "beta")]


async def test_a_model_can_be_written_when_the_list_fails() -> None:
    source = Source()
    source.offers[ONE.name] = Unreachable("No.")
    async with picking(source) as picker:
        await picker.press("m", "1", "enter")
        assert picker.chosen == [ModelChoice(ONE, "m1")]


async def test_no_models_and_escape() -> None:
    source = Source()
    source.offers[ONE.name] = []
    async with picking(source) as picker:
        await picker.until(lambda: "names no models" in picker.app.text)
        await picker.press("down", "up", "escape")
        assert picker.chosen == [None]


async def test_a_profile_of_flags_is_listed_too() -> None:
    flag = Profile(name="from a flag", base_url="http://127.0.0.1:3/v1")
    source = Source()
    source.offers[flag.name] = ["m\x1b[2J", "[bold]"]
    async with picking(source, flag, None) as picker:
        assert "from a flag" in picker.app.text
        assert "m␛[2J" in picker.app.text
        await picker.press("down", "enter")
        assert picker.chosen == [ModelChoice(flag, "[bold]")]


async def test_models_that_arrive_late_are_not_offered_for_another_profile() -> None:
    source = Source()
    source.holds[ONE.name] = hold = asyncio.Event()
    async with picking(source) as picker:
        screen = picker.app.screen
        # Another profile is highlighted, and the dialog has not taken notice of it yet.
        with held(screen):
            screen.query_one("#profiles", OptionList).highlighted = 1
            hold.set()
            await picker.app.workers.wait_for_complete()
            assert picker.models == []
        await picker.until(lambda: picker.models == ["delta"])


async def test_enter_never_takes_a_model_of_the_profile_that_was_highlighted_before() -> None:
    async with picking() as picker:
        screen = picker.app.screen
        assert picker.highlighted == "beta"
        with held(screen):
            entered = Input.Submitted(screen.query_one(Input), "")
            screen.query_one(Input).post_message(entered)
            screen.query_one("#profiles", OptionList).highlighted = 1
        await picker.until(lambda: picker.chosen)
        assert picker.chosen == [ModelChoice(TWO, "delta")]


async def test_typing_filters_the_side_that_has_the_focus() -> None:
    async with picking() as picker:
        await picker.press("g", "a")
        assert picker.models == ["gamma/Beta-2"]
        await picker.press("tab", "t", "w")
        assert "two [bold]" in picker.app.text
        assert picker.app.screen.query_one("#profiles", OptionList).option_count == 1
        await picker.until(lambda: picker.source.asked[-1] == TWO.name)
        await picker.press("backspace", "backspace", "x", "x")
        assert "No profile matches." in picker.app.text
        await picker.press("down", "enter")
        assert not picker.chosen
        await picker.press("backspace", "backspace", "tab")
        await picker.until(lambda: picker.models == ["gamma/Beta-2"])


async def test_the_focus_the_key_source_and_the_context_length_are_shown() -> None:
    source = Source()
    keyed = replace(ONE, key=KeySource(env="ONE_KEY"), context_tokens=64_000)
    async with picking(source, keyed) as picker:
        screen = picker.app.screen
        assert screen.query_one("#right").has_class("active")
        assert "$ONE_KEY" in picker.app.text
        assert "context 64k" in picker.app.text
        assert "no key" in picker.app.text
        await picker.press("left")
        assert screen.query_one("#left").has_class("active")
        assert not screen.query_one("#right").has_class("active")


async def test_a_key_that_was_only_found_is_not_sent_before_a_choice() -> None:
    source = Source()
    source.offers["found"] = ["epsilon"]
    found = replace(TWO, name="found", key=KeySource(env="FOUND_KEY"), origin=Origin.KEY_FOUND)
    async with picking(source, ONE, "beta", found) as picker:
        await picker.press("left", "down", "down")
        await picker.until(lambda: "Nothing was sent yet." in picker.app.text)
        assert "key from FOUND_KEY" in picker.app.text
        assert "found" not in source.asked
        await picker.press("right")
        await picker.until(lambda: source.asked[-1] == "found")
