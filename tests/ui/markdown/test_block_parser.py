"""Compares the block parser with markdown-it."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from tests.ui.markdown.samples import ANSWERS, CONSTRUCTS
from tui_chat.ui.markdown import block_events as events
from tui_chat.ui.markdown.block_parser import close, step

_OURS = ("$$", "\\[", "[^1]", "<script>", "<!--", "| 3 |", "|---|\n|", "1 | 2\n\\|", "\r")
"""Intended differences: formulas, footnotes, blank lines in HTML, missing cells."""

_Block = tuple[str, str]


@pytest.mark.parametrize(
    "text", [text for text in (*CONSTRUCTS, *ANSWERS) if not any(mark in text for mark in _OURS)]
)
def test_blocks_equal_those_of_markdown_it(text: str) -> None:
    assert blocks_of_ours(text) == blocks_of_markdown_it(text)


def blocks_of_ours(text: str) -> list[_Block]:
    found: list[events.Event] = []
    state = events.State()
    for line in text.removesuffix("\n").split("\n"):
        state = step(state, line, found)
    close(state, found)
    blocks: list[_Block] = []
    for event in found:
        _add(blocks, event)
    return _compared(blocks)


def _add(blocks: list[_Block], event: events.Event) -> None:
    match event:
        case events.Prose(glued=True):
            blocks[-1] = (blocks[-1][0], blocks[-1][1] + event.text)
        case events.Prose():
            blocks.append((_path(event.chain), event.text))
        case events.CodeStart():
            blocks.append((_path(event.chain) + "code", ""))
        case events.CodeLine():
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}{event.text}\n")
        case events.Rule():
            blocks.append((_path(event.chain) + "rule", ""))
        case events.Raw(first=False):
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}\n{event.text}")
        case events.Raw():
            blocks.append((_path(event.chain), event.text))
        case events.TableStart():
            blocks += [(_path(event.chain) + "cell", cell) for cell in event.header]
        case events.TableRow():
            blocks += [(blocks[-1][0], cell) for cell in event.cells]
        case _:
            pass


def blocks_of_markdown_it(text: str) -> list[_Block]:
    path: list[str] = []
    blocks: list[_Block] = []
    cell = ""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in {"bullet_list_open", "ordered_list_open", "blockquote_open"}:
            path.append(token.type[0].replace("b", "q" if token.type[1] == "l" else "u"))
        elif token.type in {"bullet_list_close", "ordered_list_close", "blockquote_close"}:
            path.pop()
        elif token.type in {"table_open", "table_close"}:
            cell = "cell" if token.nesting > 0 else ""
        elif token.type in {"inline", "html_block"}:
            blocks.append(("".join(path) + cell, token.content))
        elif token.type in {"fence", "code_block", "hr"}:
            kind = "rule" if token.type == "hr" else "code"
            blocks.append(("".join(path) + kind, token.content))
    return _compared(blocks)


def _path(chain: events.Chain) -> str:
    return "".join("q" if c.is_quote else "u" if c.number is None else "o" for c in chain)


def _compared(blocks: list[_Block]) -> list[_Block]:
    """Remove what inline parsing drops, and empty blocks."""
    return [
        (path, text if path.endswith("code") else re.sub(r"[ \t]*\n[ \t]*", "\n", text).strip())
        for path, content in blocks
        if (text := content.strip("\n")) or path.endswith(("code", "rule", "cell"))
    ]
