from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.strategies import TEXTS
from tests.import_export.build import talk, transcripts
from tui_chat.core.request import ResponseFormat
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.export.html import all_as_html, as_html
from tui_chat.structured.evaluate_reply import evaluate

ALLOWED: Final = frozenset({
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "h4", "h5", "h6",
    "p", "main", "article", "time", "span", "details", "summary", "ul", "ol", "li", "em", "strong",
    "code", "pre", "blockquote", "hr", "br", "a", "table", "thead", "tbody", "tr", "th", "td", "s",
})  # fmt: skip
_HARMLESS: Final = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
EVIL: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x) [y](file:///etc/passwd) [z](relative) [w](//host/x)",
    "![pixel](https://tracker.example/p.png)",
    "<https://ok> <javascript:alert(1)>",
    '[x](https://a/"onmouseover="alert(1))',
    "[ref]\n\n[ref]: javascript:alert(1)",
    '```" onclick="x\ncode\n```',
    "```html\n</code></pre><script>x</script>\n```",
    "</article></main><script>",
    "\x1b]0;t\x07 \u202e \x00 \ud800",
    "&#60;script&#62; &lt;b&gt;",
    "| <b> | [x](javascript:1) |\n|-|-|\n| ![i](http://i/i.png) | </table> |",
)


class Elements(HTMLParser):
    """Collects the elements that a browser would build."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_harmless(html: str) -> None:
    """Fail if the HTML could run code or send a request."""
    elements = Elements()
    elements.feed(html)
    for tag, attributes in elements.found:
        assert tag in ALLOWED, tag
        assert set(attributes) <= {
            "lang", "charset", "name", "content", "http-equiv", "class", "datetime", "href", "rel",
            "start", "style",
        }, attributes  # fmt: skip
        if "href" in attributes:
            assert _HARMLESS.match(attributes["href"] or "")
        if "style" in attributes:
            assert re.fullmatch(r"text-align:\w+", attributes["style"] or "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", html)


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_content_is_inert(evil: str) -> None:
    transcript = talk(evil, evil, title=evil)
    messages = [
        replace(m, model=evil, reasoning=evil, error_text=evil) for m in transcript.messages
    ]

    check_harmless("".join(as_html(Transcript(transcript.conversation, messages))))


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | st.sampled_from(EVIL), max_size=6).map("\n".join))
def test_any_text_is_inert(text: str) -> None:
    check_harmless("".join(as_html(talk(text, title=text))))


@settings(max_examples=20, deadline=None)
@given(transcripts())
def test_any_conversation_can_be_exported(transcript: Transcript) -> None:
    check_harmless("".join(as_html(transcript)))


def test_title_messages_tokens_and_highlighting_are_shown() -> None:
    answer = "Air scatters **blue**:\n\n| a | b |\n|---|---|\n| 1 | 天空 |\n\n```python\nx = 1\n```"
    transcript = talk("Why <b>?", answer)
    second = replace(transcript.messages[1], model="m<1>", output_tokens=1234, reasoning="Hm.")

    html = "".join(as_html(replace(transcript, messages=[transcript.messages[0], second])))

    for piece in (
        "<h1>Sky colours</h1>", "Why &lt;b&gt;?", "m&lt;1&gt;", "<strong>blue</strong>",
        "<td>天空</td>", "1,234 output tokens", "<summary>Reasoning</summary>",
        'class="language-python"', "prefers-color-scheme: dark", "@media print",
    ):  # fmt: skip
        assert piece in html
    assert "<script" not in html


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "![" * 20_000, "*a **b " * 5_000, "> " * 20_000, "[a](" * 10_000, "`" * 50_000],
)
def test_text_that_is_slow_to_parse_is_still_exported(text: str) -> None:
    assert len("".join(as_html(talk(text)))) > 1000


def test_a_structured_reply_is_a_code_block_with_its_verdict() -> None:
    raw = '{"__a__": "<b> *x*", "n": 1.10e+400}'
    transcript = talk("Why?", raw)
    structured = evaluate(raw, ResponseFormat("json_object")).as_mapping()
    answer = replace(transcript.messages[1], structured=structured)
    html = "".join(as_html(replace(transcript, messages=[transcript.messages[0], answer])))
    check_harmless(html)
    assert '<code class="language-json">' in html
    assert "__a__" in html
    assert "1.10e+400" in html
    assert '<p class="note">valid</p>' in html


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        (r"Inline \(x^2\) and \[ \frac{a}{b} \]", r"Inline \(x^2\) and \[ \frac{a}{b} \]"),
        ("$a_1 * b_2 * c$ costs $5", "$a_1 * b_2 * c$ costs $5"),
        (r"\begin{cases} a_1 & b \end{cases}", r"\begin{cases} a_1 &amp; b \end{cases}"),
        (r"\(<b>\)", r"\(&lt;b&gt;\)"),
        ("**重点：**后面", "<strong>重点：</strong>后面"),
        ("他说**“你好”**。", "他说<strong>“你好”</strong>。"),
        ("a text[^1]", "a text[^1]"),
        ("- [ ] open", '<li class="task">☐ open</li>'),
        ("- [x] done **b**", '<li class="task">☑ done <strong>b</strong></li>'),
        ("1. [X] one", '<li class="task">☑ one</li>'),
        ("- [ ]no box", "<li>[ ]no box</li>"),
        ("- [y] no box", "<li>[y] no box</li>"),
    ],
)
def test_markdown_is_rendered_as_on_the_screen(markdown: str, wanted: str) -> None:
    html = "".join(as_html(talk("q", markdown)))
    assert wanted in html
    check_harmless(html)


def test_several_conversations_are_one_page_with_a_table_of_contents() -> None:
    found = [talk("天空?", "<b>"), talk("Two?")]
    html = "".join(all_as_html([each.conversation for each in found], found))
    assert html.count("<html") == html.count("</html>") == 1
    assert '<a href="#c2">' in html
    assert '<header id="c2">' in html
    assert "&lt;b&gt;" in html
