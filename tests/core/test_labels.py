from __future__ import annotations

import gettext
from typing import TYPE_CHECKING

import pytest

from tui_chat.core import labels
from tui_chat.core.labels import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = N_("Copied.")


class Backwards(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return message[::-1]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "{count} 个" if n else msgid1


@pytest.fixture
def backwards() -> Iterator[None]:
    labels.use(Backwards())
    yield
    labels.use(gettext.NullTranslations())


def test_without_a_catalog_texts_are_english() -> None:
    assert _("Copied.") == "Copied."
    assert [ngettext("{count} turn", "{count} turns", n) for n in (1, 2, 1200)] == [
        "1 turn",
        "2 turns",
        "1,200 turns",
    ]
    assert ngettext("{count} turn: {x}", "{count} turns: {x}", 2, x="a") == "2 turns: a"


@pytest.mark.usefixtures("backwards")
def test_a_catalog_translates_texts_when_they_are_shown() -> None:
    assert _(LATER) == ".deipoC"
    assert ngettext("{count} turn", "{count} turns", 2) == "2 个"


@pytest.mark.usefixtures("backwards")
def test_an_empty_text_stays_empty() -> None:
    assert not _("")


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ((), ""),
        (("It failed.", "", "Try again."), "It failed. Try again."),
        (("失败。", "请重试。"), "失败。请重试。"),
        (("失败：", "请重试。"), "失败：请重试。"),
        (("失败。", "Not found.", "请重试。"), "失败。Not found. 请重试。"),
    ],
)
def test_sentences_are_joined_as_the_language_does(
    sentences: tuple[str, ...], expected: str
) -> None:
    assert labels.join_sentences(*sentences) == expected
