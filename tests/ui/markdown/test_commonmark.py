"""The examples of the CommonMark specification 0.30, as input.

`commonmark.json` holds their number, section and Markdown; by John MacFarlane, CC-BY-SA 4.0,
https://spec.commonmark.org/0.30/.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from tests.ui.markdown.test_block_parser import blocks_of_markdown_it, blocks_of_ours
from tui_chat.ui.markdown.document import Document

_EXAMPLES: Final = json.loads(Path(__file__).with_name("commonmark.json").read_text("utf-8"))
SECTIONS: Final = {
    section: [(number, text) for number, _, text in examples]
    for section, examples in groupby(_EXAMPLES, lambda example: str(example[1]))
}
_OURS: Final = {
    112,  # Blanks in an empty line of indented code: nobody sees them.
    208,  # A definition whose label is more than a line: it stays text as a whole.
}


@pytest.mark.parametrize("section", SECTIONS)
def test_blocks_equal_those_of_markdown_it(section: str) -> None:
    for number, text in SECTIONS[section]:
        if number not in _OURS:
            assert blocks_of_ours(text) == blocks_of_markdown_it(text), number


@pytest.mark.parametrize("section", SECTIONS)
def test_one_character_at_a_time_equals_loading_at_once(section: str) -> None:
    for number, text in SECTIONS[section]:
        whole, streamed = Document(text, 30, finished=True), Document("", 30)
        for character in text:
            streamed.append(character)
            assert streamed.height >= 0
        streamed.finish()
        assert _rows(streamed) == _rows(whole), number


def _rows(document: Document) -> list[object]:
    return [document.line(y) for y in range(document.height)]
