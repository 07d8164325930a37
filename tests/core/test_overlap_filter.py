"""The beginning of an answer that is sent once more."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.overlap_filter import OverlapFilter
from tui_chat.core.stream_events import Finished, Phase, StreamEvent, TextDelta, Waiting

BEGINNING = "The sky is blue because air scatters"


def _text(beginning: str, pieces: list[str]) -> str:
    echo = OverlapFilter(beginning)
    events: list[StreamEvent] = [TextDelta(piece) for piece in pieces if piece]
    events.append(Finished("stop"))
    told = [left for event in events for left in echo.feed(event)]
    assert told[-1] == Finished("stop")
    assert all(event.text for event in told if isinstance(event, TextDelta))
    return "".join(event.text for event in told if isinstance(event, TextDelta))


@given(st.lists(st.integers(0, len(BEGINNING) + 6)))
def test_a_repeated_beginning_is_dropped_for_any_split(cuts: list[int]) -> None:
    whole = f"{BEGINNING} light"
    places = [0, *sorted(cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(places)]
    assert _text(BEGINNING, pieces) == " light"


@pytest.mark.parametrize(
    ("beginning", "pieces"),
    [
        ("", ["Hello."]),
        ("ha ha", ["ha ha", " ha"]),
        (BEGINNING, [" light."]),
        (BEGINNING, ["The sky", " is also", " grey."]),
        (BEGINNING, ["The ", "sky"]),
    ],
    ids=["no_beginning", "short", "writes_on", "other_words", "only_a_part_of_it"],
)
def test_other_text_is_unchanged(beginning: str, pieces: list[str]) -> None:
    assert _text(beginning, pieces) == "".join(pieces)


@given(st.text(), st.lists(st.text()))
def test_no_text_is_lost_but_the_beginning(beginning: str, pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert _text(beginning, pieces) in (whole, whole.removeprefix(beginning))


def test_only_the_first_repetition_is_dropped() -> None:
    assert _text(BEGINNING, [BEGINNING, BEGINNING]) == BEGINNING


def test_other_events_pass_at_once() -> None:
    echo = OverlapFilter(BEGINNING)
    assert list(echo.feed(TextDelta("The sky"))) == []
    assert list(echo.feed(Waiting(Phase.FIRST_TOKEN))) == [Waiting(Phase.FIRST_TOKEN)]
