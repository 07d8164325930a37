"""A document does not depend on the sizes of its deltas or on earlier widths."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.markdown.helpers import everything, whole
from tests.ui.markdown.samples import ALL, ANSWERS, CONSTRUCTS
from tui_chat.ui.markdown.document import Document

_PIECES = st.sampled_from(
    (
        *"*_`~[]()<>!|#->+=\\$&:\n\t ",
        *("\n\n", "  \n", "> ", "- ", "1. ", "2. ", "   ", "    ", "```", "```py\n", "~~~", "***"),
        *("| a | b |\n|---|:-:|\n", "| 1 | 2 |\n", "---\n", "===\n", "# ", "## ", "[x] ", "[ ] "),
        *(
            "word",
            "longer words ",
            "中文",
            "，",
            "。",
            "**粗体：**",
            "👩\u200d👩\u200d👧",
            "e\u0301",
            "\ufe0f",
        ),
        *(
            "$x_1$",
            "$$\n",
            "\\(",
            "\\]",
            "<div>\n",
            "<!--",
            "-->",
            "<br>",
            "<b>",
            "</b>",
            "<sub>2</sub>",
            '<a href="http://h">',
            "</a>",
            "\n\\begin{align}\n",
            "\\begin{cases} ",
            "\n\\end{align}\n",
            "\\end{cases}",
            "&amp;",
            "&#27;",
            "\x1b[31m",
        ),
        *(
            "https://a.example/b_c",
            "[a](http://b)",
            "![i](j)",
            "[r]: http://s\n",
            "[r]",
            "[w][R] ",
            "\n\n[r]: <http://t>\n\n",
            "[x]: http://x\n",
            "[x]",
            "[^1]",
            "[^1]: ",
        ),
        *("\r", "\r\n", "x" * 300, "长" * 200, "some words to fill a row " * 20),
    )
)
_MARKDOWN = st.lists(_PIECES, max_size=40).map("".join) | st.sampled_from(ALL)
_WIDTHS = st.sampled_from((1, 2, 7, 20, 40, 80))


@pytest.mark.parametrize("text", [*CONSTRUCTS, *ANSWERS[:2]])
def test_one_character_at_a_time_equals_loading_at_once(text: str) -> None:
    streamed = Document(width=30)

    for character in text:
        streamed.append(character)
        assert streamed.height >= 0
    streamed.finish()

    assert everything(streamed) == everything(whole(text, 30))


@pytest.mark.parametrize("index", range(len(ALL)))
def test_deltas_of_any_size_equal_loading_at_once(index: int) -> None:
    text = ALL[index]
    chance = random.Random(index)  # noqa: S311 - it draws test data
    width = chance.choice((1, 9, 24, 80))
    streamed = Document(width=width)
    position = 0

    while position < len(text):
        size = chance.choice((1, 3, 17, 400, 3000))
        streamed.append(text[position : position + size])
        position += size
        if chance.random() < 0.2:
            assert streamed.height >= 0
    streamed.finish()

    assert everything(streamed) == everything(whole(text, width))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=_MARKDOWN, width=_WIDTHS, data=st.data())
def test_any_split_equals_loading_at_once(text: str, width: int, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    streamed = Document(width=width)

    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        streamed.append(text[start:end])
        # Each intermediate state equals the document of the text so far.
        assert streamed.line(streamed.height - 1) == _last(text[:end], width)
    streamed.finish()

    assert everything(streamed) == everything(whole(text, width))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(text=_MARKDOWN, data=st.data())
def test_any_order_of_appends_and_resizes_equals_a_fresh_load(
    text: str, data: st.DataObject
) -> None:
    steps = data.draw(st.lists(st.tuples(st.integers(0, 60), _WIDTHS, st.booleans()), max_size=10))
    streamed = Document(width=80)
    position = 0

    for size, width, finishes in steps:
        streamed.append(text[position : position + size])
        position += size
        streamed.resize(width)
        if finishes:
            streamed.finish()
        fresh = Document(text[:position], width, finished=streamed.finished)
        assert everything(streamed) == everything(fresh)
    streamed.append(text[position:])
    streamed.finish()

    assert everything(streamed) == everything(whole(text, streamed.width))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(text=_MARKDOWN, width=_WIDTHS, data=st.data())
def test_rows_above_the_changed_row_stay_the_same(
    text: str, width: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    streamed = Document(width=width)
    shown = [streamed.line(y) for y in range(streamed.height)]

    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        streamed.append(text[start:end])
        changed = streamed.take_changed_row()
        now = [streamed.line(y) for y in range(streamed.height)]
        assert now[:changed] == shown[:changed]
        shown = now


def test_the_source_equals_the_input() -> None:
    document = Document("a\r\n\x1b[31m", 10)

    document.append("\n*b")

    assert document.source == "a\r\n\x1b[31m\n*b"


def test_text_after_the_end_continues_the_document() -> None:
    document = whole("- one\n- t")

    document.append("wo\n")
    document.finish()

    assert everything(document) == everything(whole("- one\n- two\n"))


def _last(text: str, width: int) -> object:
    document = Document(text, width)
    return document.line(document.height - 1)


_LINKED = "[a][1] and [two][]\n\n| [x][1] |\n|---|\n| [two] |\n\n# [h][1]\n\n- [two]\n"


def test_a_complete_definition_resolves_the_links_above_it() -> None:
    streamed = Document(_LINKED, 40)
    assert streamed.links == []

    streamed.append("\n[1]: http://one")
    assert [link.words for link in streamed.links] == ["http://one"]
    streamed.append("\n[two]: http://two\n\n")
    before = streamed.take_changed_row()
    assert [link.words for link in streamed.links][:3] == ["a", "two", "x"]

    assert before == 0
    assert everything(streamed) == everything(
        whole(_LINKED + "\n[1]: http://one\n[two]: http://two", 40)
    )


@pytest.mark.parametrize("width", [3, 20, 80])
def test_forward_links_are_resolved_at_any_width_and_in_any_split(width: int) -> None:
    text = _LINKED * 3 + "\n[1]: http://one\n[two]: http://two\n[1]: http://other\n\n[a][1]"
    streamed = Document(width=width)
    for character in text:
        streamed.append(character)
        assert streamed.height >= 0
    streamed.finish()
    streamed.resize(width + 7)

    assert everything(streamed) == everything(whole(text, width + 7))
    assert streamed.links == whole(text, width).links
    assert ("a", "http://one") in streamed.links


_LONG = "some words with [a][r], [r] and ![p][r] in them " * 90
_LONG_PARAGRAPHS = {
    "paragraph": _LONG,
    "second item of a paragraph": _LONG * 4,
    "quote": f"> {_LONG}",
    "item": f"- {_LONG}",
    "lines": _LONG.replace(" and", "  \nand"),
    "heading": f"# {_LONG}",
    "Chinese": "这一段文字很长，没有空格，[链接][r]在里面。" * 200,
    "code and emphasis": "`code [r]` **bold [a][r]** <br>and text " * 120,
}


@pytest.mark.parametrize("kind", _LONG_PARAGRAPHS)
@pytest.mark.parametrize("size", [7, 1500, 10**6])
def test_each_piece_of_a_long_paragraph_takes_a_later_definition(kind: str, size: int) -> None:
    text = f"{_LONG_PARAGRAPHS[kind]}\n\n[r]: http://r\n\nend [a][r]"
    streamed = Document(width=50)
    for start in range(0, len(text), size):
        streamed.append(text[start : start + size])
        if size > 100 or start % 1001 == 0:
            assert streamed.height
    streamed.finish()

    assert everything(streamed) == everything(whole(text, 50))
    assert everything(streamed) == everything(Document(text, 50, finished=True))
    shown = streamed.text()
    assert "[r]:" in shown
    raw = shown.replace("[r]:", "").replace("code [r]", "")
    assert "][r]" not in raw, raw[raw.index("][r]") - 80 :][:160]
    # The same text with the definition at its beginning, where every link is known at once.
    first = whole(f"[r]: http://r\n\n{_LONG_PARAGRAPHS[kind]}\n\nend [a][r]", 50)
    assert first.text().partition("\n\n")[2] == shown.replace("\n\n[r]: http://r", "")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    pieces=st.lists(
        st.sampled_from(
            ("[r]", "[a][R]", "words to fill a row " * 20, "长" * 200, "**b", "`", "\n")
        )
        | st.sampled_from(("\n\n[r]: http://r\n\n", "\n\n[r]: http://other\n\n", "- ", "> ")),
        min_size=12,
        max_size=60,
    ),
    data=st.data(),
)
def test_long_paragraphs_with_links_in_any_split_equal_loading_at_once(
    pieces: list[str], data: st.DataObject
) -> None:
    text = "".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    streamed = Document(width=40)

    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        streamed.append(text[start:end])
        assert streamed.height >= 0
        if data.draw(st.booleans()):
            streamed.finish()
            assert everything(streamed) == everything(whole(text[:end], 40))
    streamed.finish()

    assert everything(streamed) == everything(whole(text, 40))


def test_text_after_the_end_rolls_back_an_open_definition() -> None:
    document = Document("[a]\n\n[a]: http://a", finished=True)
    assert document.line(0).links

    document.append("/b c")
    document.finish()

    assert everything(document) == everything(whole("[a]\n\n[a]: http://a/b c"))
