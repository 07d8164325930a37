from __future__ import annotations

from typing import Any

import pytest

from tui_chat.import_export.importers.exports.chatgpt_marks import replace_marks
from tui_chat.import_export.importers.skipped import Skipped, Tally


def mark(*words: str) -> str:
    return "\ue200" + "\ue202".join(words) + "\ue201"


SITE = {"title": "Iron [2]", "url": "https://example.org/a_b"}
ENTITY = mark("entity", '["country","法国","country in Europe"]')
CITE = mark("cite", "turn0search3", "turn1view0")
FILE = mark("filecite", "turn0file0", "L3-L9")
REFERENCED = {
    "content_references": [
        {"matched_text": " ", "type": "sources_footnote", "alt": None},
        {"matched_text": CITE, "type": "grouped_webpages", "alt": None, "items": [SITE, SITE]},
        {"matched_text": ENTITY, "type": "entity", "name": "France", "alt": None},
        {"matched_text": "【6†source】", "alt": None, "type": "webpage", **SITE},
        {"matched_text": FILE, "type": "file", "name": "结论.pdf", "id": "file-1"},
        {"matched_text": mark("cite", "x"), "alt": "([Site](https://example.org))"},
    ],
    "citations": [
        {"metadata": {**SITE, "extra": {"cited_message_idx": 8, "evidence_text": "source"}}}
    ],
}


@pytest.mark.parametrize(
    ("content", "about", "wanted", "left_out"),
    [
        (f"In {ENTITY}.", {}, "In 法国.", 0),
        (f"In {ENTITY}.", REFERENCED, "In France.", 0),
        (mark("entity", '["people", "Jane Example", 0]'), {}, "Jane Example", 0),
        (mark("product_entity", '["turn0product3","Steel pan"]'), {}, "Steel pan", 0),
        (mark("entity", "Plain name"), {}, "Plain name", 0),
        (mark("entity", "[broken"), {}, "[broken", 0),
        (mark("url", "The Page", "https://e.org/x"), {}, "[The Page](https://e.org/x)", 0),
        (mark("url", "The [Page]", "javascript:alert(1)"), {}, "The (Page)", 0),
        (mark("url", "https://e.org"), {}, "[https://e.org](https://e.org)", 0),
        (mark("genui", '{"name": "Weather", "args": {}}'), {}, "Weather", 0),
        (mark("new_kind", "turn0search1"), {}, "", 1),
        (f"So.{CITE}", {}, "So.", 1),
        (f"So.{CITE}", REFERENCED, "So. ([Iron (2)](https://example.org/a_b))", 0),
        (f"So.{mark('cite', 'x')}", REFERENCED, "So.([Site](https://example.org))", 0),
        (f"So.{FILE}", REFERENCED, "So. (结论.pdf)", 0),
        (f"So.{mark('memcite', 'turn0memory1')}", {}, "So.", 1),
        (mark("navlist", "News about iron", "turn0news1"), {}, "News about iron", 0),
        (mark("image_group", '{"query": ["iron"]}'), {}, "", 1),
        (mark("i", "turn0image1"), {}, "", 1),
        (f"{mark()}a\ue200", {}, "a", 1),
        ("铁【6†source】。", REFERENCED, "铁 ([Iron (2)](https://example.org/a_b))。", 0),
        ("铁【8†source】。", REFERENCED, "铁 ([Iron (2)](https://example.org/a_b))。", 0),
        ("铁【9†source】【4:1†L2-L8】。", {}, "铁。", 2),
        ("See【4:0†report 1.pdf】.", {}, "See (report 1.pdf).", 0),
        ("注意【重要】† mark", {}, "注意【重要】† mark", 0),
        ("\ue203the passage\ue204\ue206 ends", {}, "the passage ends", 0),
        ("cut \ue200entity\ue202[\"a", {}, "cut ", 0),
        ("plain [1] text", {}, "plain [1] text", 0),
    ],
)  # fmt: skip
def test_marks_become_text_and_links(
    content: str, about: dict[str, Any], wanted: str, left_out: int
) -> None:
    tally = Tally()
    assert replace_marks(content, about, tally) == wanted
    assert tally.skipped[Skipped.CITATION] == left_out


def test_a_flood_of_marks_takes_linear_time() -> None:
    content = "\ue200cite\ue202" * 50_000 + "【1†" * 50_000
    assert len(replace_marks(content, {}, Tally())) < len(content)
