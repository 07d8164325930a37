"""Very long lines: their cost is linear, and they are copied unchanged."""

from __future__ import annotations

import random

import pytest

from tests.ui.markdown.helpers import everything, whole
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.layout_items import LONGEST_TEXT

_CHARACTERS = 5 * LONGEST_TEXT
_LINES = {
    "words": "word and word ",
    "no blanks": "x",
    "Chinese": "长行没有空格，",
    "an object": '{"id": 1, "tags": [1, 2, 3]}, ',
    "bold": "**bold** and `code` ",
}
_STARTS = ("", "> ", "- ", "# ", "```\n", "    ", "<div>", "$$")
_TEXTS = [
    start + line * (_CHARACTERS // len(line)) for start in _STARTS for line in _LINES.values()
]


@pytest.mark.parametrize("index", range(len(_TEXTS)))
def test_a_streamed_long_line_equals_one_loaded_at_once(index: int) -> None:
    text = _TEXTS[index]
    chance = random.Random(index)  # noqa: S311 - it draws test data
    streamed = Document(width=60)
    position = 0

    while position < len(text):
        size = chance.choice((700, 3_000, LONGEST_TEXT))
        streamed.append(text[position : position + size])
        position += size
        assert streamed.height >= 0
    streamed.finish()

    assert everything(streamed) == everything(whole(text, 60))


@pytest.mark.parametrize("line", [_LINES["words"], _LINES["no blanks"], _LINES["Chinese"]])
def test_a_long_line_is_copied_without_a_break(line: str) -> None:
    text = (line * (_CHARACTERS // len(line))).strip()

    assert whole(text).text() == text


def test_a_long_line_of_code_is_copied_without_a_break() -> None:
    code = "x = 1; " * (_CHARACTERS // 7)
    document = whole(f"```py\n{code}\nnext\n```")

    assert document.code_blocks[0].text == f"{code}\nnext"
    assert document.text() == f"{code}\nnext"


@pytest.mark.parametrize("start", ["", "```\n"])
def test_the_cost_of_a_delta_does_not_grow_with_the_line(start: str) -> None:
    document = Document(start + "word " * _CHARACTERS)
    document.take_changed_row()
    rows = document.height

    document.append("word " * 200)

    # Earlier rows are not laid out again.
    assert document.take_changed_row() > rows - 50
    assert document.height > rows
    longest = max(len(item.logical_line.text) for item in document._builder.items)  # type: ignore[attr-defined]
    assert longest < 2 * LONGEST_TEXT
