from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.profile import Profile
from tui_chat.core.request import ResponseFormat
from tui_chat.session.turns.format_fallback import FormatFallback

if TYPE_CHECKING:
    from pathlib import Path

ONE = Profile("one", "http://127.0.0.1:9/v1")
WANTED = ResponseFormat("json_schema", {"type": "object"})
TWO = Profile("two", "http://127.0.0.1:8/v1")


def test_two_processes_share_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    first, second = FormatFallback(file), FormatFallback(file)
    assert first.initial(ONE, "m", WANTED) == "json_schema"
    second.remember(TWO, "m", "prompt")
    first.remember(ONE, "m", "json_object")
    anew = FormatFallback(file)
    assert anew.initial(ONE, "m", WANTED) == "json_object"
    assert anew.initial(TWO, "m", WANTED) == "prompt"


def test_without_a_file_the_cache_lasts_for_the_run() -> None:
    steps = FormatFallback(None)
    steps.remember(ONE, "m", "json_object")
    steps.remember(TWO, "m", "prompt")
    assert steps.initial(ONE, "m", WANTED) == "json_object"
    assert steps.initial(ONE, "other", WANTED) == "json_schema"
