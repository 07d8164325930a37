from __future__ import annotations

from datetime import UTC, datetime
from gettext import NullTranslations

import pytest

from tests.fakes import PROFILE
from tui_chat.config.found_profiles import key_profiles
from tui_chat.config.settings import Settings
from tui_chat.core.labels import use
from tui_chat.core.profile import Origin, Profile
from tui_chat.storage.row_mapping import ConversationSummary
from tui_chat.ui.common.key_names import usual_key
from tui_chat.ui.common.profile_words import display_name, origin_words
from tui_chat.ui.start.start_entries import (
    EntryKind,
    endpoint_section,
    model_words,
    recent_section,
    suggestion_section,
)
from tui_chat.ui.start.start_layout import StartLayout, StartTexts

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = {"DEEPSEEK_API_KEY": "k", "MOONSHOT_API_KEY": "k", "XAI_API_KEY": "k", "GROQ_API_KEY": "k"}
OLLAMA = Profile("ollama", "http://127.0.0.1:11434/v1", origin=Origin.SERVER_FOUND)


def texts(titles: tuple[str, ...] = ("Stable sorting", "如何退出 vim？🎉", "Third")) -> StartTexts:
    summaries = [
        ConversationSummary(str(number), title, NOW, 2) for number, title in enumerate(titles)
    ]
    profiles = [PROFILE, *key_profiles(Settings(), KEYS), OLLAMA]
    return StartTexts(
        "tui-chat 1",
        "Built-in SmolLM2-135M · instant, private, English only, often wrong · ^L for a better one",
        (
            endpoint_section(profiles, PROFILE, lambda _profile: 3),
            recent_section(summaries, NOW),
            suggestion_section(usual_key),
        ),
        "keys outside",
        "keys inside",
    )


class _Marking(NullTranslations):
    """A catalog whose texts differ from the English ones."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"


def test_a_model_that_knows_only_english_is_asked_in_english() -> None:
    use(_Marking())
    try:
        asked, translated = (
            [entry.target for entry in suggestion_section(usual_key, in_english=it).entries]
            for it in (True, False)
        )
    finally:
        use(NullTranslations())
    assert asked[0] == "Explain recursion in one sentence"
    assert translated[0] == f"<{asked[0]}>"


SIZES = [(80, 18), (40, 6), (160, 44), (74, 12), (20, 3), (8, 2), (34, 1), (1, 1)]


@pytest.mark.parametrize("size", SIZES)
def test_the_rows_fit_any_size_and_every_entry_can_be_reached(size: tuple[int, int]) -> None:
    width, height = size
    layout = StartLayout(texts(), width, height)
    assert layout.entries
    for highlighted in [None, *range(len(layout.entries))]:
        rows = layout.rows(highlighted)
        assert len(rows) <= height
        assert all(row.content.cell_length <= width or width < 8 for row in rows)
        if highlighted is not None:
            assert highlighted in [row.entry for row in rows]


def test_a_roomy_page_shows_everything_and_a_usual_one_nearly() -> None:
    roomy = StartLayout(texts(), 100, 40)
    assert [entry.kind for entry in roomy.entries].count(EntryKind.ENDPOINT) == 5
    usual = [row.content.plain for row in StartLayout(texts(), 74, 18).rows(None)]
    assert any("Built-in SmolLM2-135M" in row for row in usual)
    assert any("Ready to use" in row for row in usual)
    assert any("Recent" in row for row in usual)
    assert any("Explain recursion" in row for row in usual)
    assert usual[-1] == "keys outside"


def test_digits_are_in_the_order_of_the_rows() -> None:
    rows = [row for row in StartLayout(texts(), 74, 30).rows(0) if row.entry is not None]
    assert [row.entry for row in rows] == list(range(len(rows)))
    assert rows[0].content.plain.startswith("▸ 1  Ollama")
    assert rows[1].content.plain.startswith("  2  DeepSeek")
    assert rows[9].content.plain.startswith("     ")


def test_a_server_on_this_machine_comes_first_and_the_endpoint_in_use_is_left_out() -> None:
    profiles = [*key_profiles(Settings(), KEYS), OLLAMA]
    section = endpoint_section(profiles, None, lambda _profile: 1)
    assert [entry.target for entry in section.entries][:2] == ["ollama", "deepseek"]
    in_use = endpoint_section(profiles, OLLAMA, lambda _profile: 1)
    assert "ollama" not in [entry.target for entry in in_use.entries]


def test_an_origin_is_named() -> None:
    assert origin_words(OLLAMA) == "found on this machine"
    section = endpoint_section([OLLAMA], None, lambda _profile: 1)
    assert section.entries[0].detail == "found at 127.0.0.1:11434 · 1 model"
    deepseek = key_profiles(Settings(), KEYS)[0]
    assert origin_words(deepseek) == "key from DEEPSEEK_API_KEY"
    assert origin_words(PROFILE) == ""
    assert display_name(deepseek) == "DeepSeek"
    moonshot = [it for it in key_profiles(Settings(), KEYS) if it.name == "moonshot-cn"]
    assert display_name(moonshot[0]) == "Moonshot (Kimi), mainland China"


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (
            Profile("local", "", is_embedded=True, origin=Origin.BUILT_IN),
            "Built-in SmolLM2-135M · instant, private, English only, often wrong · ^L for a better"
            " one",
        ),
        (
            Profile("local", "", is_embedded=True),
            "m · runs inside this program; nothing leaves this machine",
        ),
        (OLLAMA, "m · at 127.0.0.1:11434, on this machine"),
        (Profile("x", "https://api.example.com/v1"), "m · at api.example.com"),
    ],
)
def test_one_line_says_which_model_answers(profile: Profile, words: str) -> None:
    assert model_words(profile, "m", usual_key) == words


def test_outside_text_stays_in_its_row() -> None:
    hostile = StartLayout(texts(("\x1b]52;c;x\x07[red]bold[/] \n second line", "")), 60, 30)
    rows = [row.content.plain for row in hostile.rows(None)]
    assert any("[red]bold[/]" in row for row in rows)
    assert any("(draft)" in row for row in rows)
    assert not any("\x1b" in row or "\n" in row for row in rows)
