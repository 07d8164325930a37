from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.demo.animated_svg import Cell, Frame, Row, Style, animated, still

PLAIN = Style("#ffffff", "#000000")
DEMO = Path(__file__).parents[2] / "screenshots" / "demo.svg"


def parsed(svg: str) -> ElementTree.Element:
    """Return the root of a picture of ours; it is not from outside."""
    return ElementTree.fromstring(svg)  # noqa: S314


def row(text: str) -> Row:
    return tuple(Cell(character, PLAIN) for character in text)


def test_each_distinct_row_is_drawn_once_with_its_times() -> None:
    frames = [
        Frame(0.0, (row("one"), row("<&>"))),
        Frame(1.0, (row("two"), row("<&>"))),
        Frame(2.0, (row("one"), row("<&>"))),
    ]

    svg = animated(frames, 4.0, "#000000")

    parsed(svg)
    assert (svg.count(">one<"), svg.count(">two<"), svg.count("&lt;&amp;&gt;")) == (1, 1, 1)
    assert "0.00%{opacity:1}25.00%{opacity:0}50.00%{opacity:1}" in svg
    assert "0.00%{opacity:0}25.00%{opacity:1}50.00%{opacity:0}" in svg
    # Without animations, only the last frame is visible.
    hidden = re.findall(r'<g class="t\d" opacity="0">.*?</g>', svg)
    assert len(hidden) == 1
    assert "two" in hidden[0]


def test_a_still_is_a_picture_of_one_frame() -> None:
    svg = still(Frame(0.0, (row(" a b"),)), "#000000")

    (text,) = parsed(svg).iter("{http://www.w3.org/2000/svg}text")
    assert text.text == "a b"


def test_the_demo_is_small_and_shows_the_program() -> None:
    content = DEMO.read_text(encoding="utf-8")

    assert len(content) < 1_000_000
    parsed(content)
    assert "Models for this machine" in content
