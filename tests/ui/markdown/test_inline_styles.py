"""Inline text: emphasis, links, code, and LaTeX, which is not Markdown."""

from __future__ import annotations

import unicodedata

import pytest

from tests.ui.markdown.helpers import lines, links, rows, styled, whole
from tests.ui.markdown.samples import ALL
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.markdown.style_roles import CODE, EMPHASIS, LINK, STRIKE, STRONG, Role


def test_emphasis_is_styled() -> None:
    document = whole("*a* **b** ***c*** ~~d~~ `e` **`f`**")

    assert styled(document, EMPHASIS) == ["a"]
    assert styled(document, STRONG) == ["b"]
    assert styled(document, STRONG | EMPHASIS) == ["c"]
    assert styled(document, STRIKE) == ["d"]
    assert styled(document, CODE) == ["e"]
    assert styled(document, CODE | STRONG) == ["f"]


@pytest.mark.parametrize("text", ["**重点：**后面", "前面**“引用”**后面", "这是**（注）**的"])
def test_chinese_punctuation_does_not_break_emphasis(text: str) -> None:
    assert rows(text) == [text.replace("**", "")]


def test_chinese_lines_are_joined_without_a_blank() -> None:
    assert rows("第一行\n第二行\nthird\nfourth") == ["第一行第二行 third fourth"]


@pytest.mark.parametrize(
    "text",
    [
        "$x_1$ and $y_2$",
        "\\(a_1 * b_2 * c\\)",
        "\\[z_0\\] \\(",
        "$$a_b$$ in line_ a_",
        "costs $5 or $6_000_000",
        "\\left\\[ x \\right\\)",
    ],
)
def test_latex_is_unchanged_as_source_and_when_copied(text: str) -> None:
    document = Document(text, 80, finished=True, renders_formulas=False)

    assert [line.text for line in lines(document)] == [text]
    assert whole(text).text() == text


def test_formulas_are_shown_in_unicode_and_copied_as_source() -> None:
    text = "**so** $x_1^2 < \\alpha$ and \\(\\frac{a}{b}\\) cost $5 and $6"
    document = whole(text)

    assert rows(text) == ["so x₁² < α and a/b cost $5 and $6"]
    assert document.get_text(0, 4, 0, 5) == "$x_1^2 < \\alpha$"
    assert document.text().endswith("and \\(\\frac{a}{b}\\) cost $5 and $6")


def test_formulas_in_a_table_are_copied_as_source() -> None:
    document = whole("|a|b|\n|-|-|\n|$x^2$|$y_1$|")

    assert document.line(2).text.split() == ["x²", "│", "y₁"]
    assert document.text().endswith("| $x^2$ | $y_1$ |")


def test_escapes_and_entities_are_resolved() -> None:
    assert rows("\\*a\\* &amp; &copy; &nosuch; \\x") == ["*a* & © &nosuch; \\x"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("[bank.com](https://evil.com/x)", "bank.com (https://evil.com/x)"),
        ("[the bank](https://evil.com/x)", "the bank"),
        ("[https://a.com](https://a.com/long)", "https://a.com"),
        ("[**bank.com**/a](http://evil.com)", "bank.com/a (http://evil.com)"),
        ("[bank.com][r]\n\n[r]: https://evil.com", "bank.com (https://evil.com)"),
        ("<https://bank.com@evil.com/>", "https://bank.com@evil.com/ (https://bank.com@evil.com/)"),
        ("[\u0430pple.com](https://\u0430pple.com)", "\u0430pple.com (https://xn--pple-43d.com)"),
        ("[bank.com](https://evil.com/\u202e)", "bank.com (https://evil.com/%E2%80%AE)"),
        ("https://bank.com", "https://bank.com"),
    ],
)
def test_link_text_that_looks_like_another_target_shows_the_real_one(text: str, row: str) -> None:
    assert rows(text)[0] == row


def test_the_links_of_a_document_are_listed_once_each() -> None:
    text = "[a](http://a) [b](http://b) [a](http://a)\n\n"
    text += "| x |\n|---|\n| [c](http://c) |\n\n- www.d.com"
    expected = [("a", "http://a"), ("b", "http://b"), ("c", "http://c")]

    assert whole(text).links == [*expected, ("www.d.com", "https://www.d.com")]
    assert whole(text, 5).links == whole(text).links


def test_hard_breaks_begin_a_new_line() -> None:
    document = whole("a  \nb\\\nc\nd")

    assert [line.text for line in lines(document)] == ["a", "b", "c d"]
    assert document.text() == "a\nb\nc d"


def test_typed_line_breaks_may_be_kept() -> None:
    document = Document("a\nb\n- c\n  d", 80, finished=True, keeps_breaks=True)

    assert [line.text for line in lines(document)] == ["a", "b", "", " • c", "   d"]


def test_links_keep_their_targets_across_rows() -> None:
    document = whole("see [one two](http://x/y) now", 8)

    assert links(document) == [("one", "http://x/y"), ("two", "http://x/y")]
    assert styled(document, LINK) == ["one", "two"]


def test_bare_urls_are_links_without_surrounding_punctuation() -> None:
    document = whole("(https://a.example/b_(c)), 看https://d.example/e。www.f.example! xhttp://g")

    assert links(document) == [
        ("https://a.example/b_(c)", "https://a.example/b_(c)"),
        ("https://d.example/e", "https://d.example/e"),
        ("www.f.example", "https://www.f.example"),
    ]


def test_unsafe_targets_are_not_links() -> None:
    assert links(whole("[a](javascript:alert(1)) [b](data:text/html,x) <javascript:c>")) == []


def test_images_show_their_text_and_target() -> None:
    document = whole("![a *b*](http://x/i.png) ![](j.png)")

    assert document.line(0).text == "a b (http://x/i.png) image (j.png)"
    assert links(document)[0] == ("a b (http://x/i.png)", "http://x/i.png")


def test_links_to_earlier_definitions_are_resolved() -> None:
    document = whole("[ref]: http://x\n\n[a][ref] [REF] [b][c]")

    assert document.line(2).text == "a REF [b][c]"
    assert ("a", "http://x") in links(document)


def test_footnote_references_are_muted() -> None:
    assert styled(whole("a[^1] b"), Role.QUIET) == ["[^1]"]


@pytest.mark.parametrize("width", [7, 80])
def test_output_has_no_control_characters(width: int) -> None:
    for text in ALL:
        for line in lines(whole(text, width)):
            shown = line.text + "".join(href for _, _, href in line.links)
            assert not any(unicodedata.category(character) == "Cc" for character in shown)
            assert not set("\u202a\u202e\u2066\u2028\u2029") & set(shown)


@pytest.mark.parametrize("width", [1, 12, 80])
def test_spans_are_sorted_and_within_the_text(width: int) -> None:
    for text in ALL:
        for line in lines(whole(text, width)):
            for pieces in (line.spans, line.links):
                edges = [edge for start, end, _ in pieces for edge in (start, end)]
                assert edges == sorted(edges)
                assert not edges or edges[-1] <= len(line.text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<br>b<BR />c<br/>d", ["a", "b", "c", "d"]),
        ("- a<br>b", [" • a", "   b"]),
        ("> a<br>b", ["▎ a", "▎ b"]),
        ("# a<br>b", ["a", "b"]),
        ("H<sub>2</sub>O, 10<sup>-3</sup>, m<sub>max</sub>, x<sup>y</sup>",
         ["H₂O, 10⁻³, m_(max), x^y"]),
        ("<kbd>Ctrl</kbd>+<kbd>C</kbd> <u>u</u> <span style='x'>s</span>", ["Ctrl+C u s"]),
        ("vector<b> and a<b", ["vector<b> and a<b"]),
        ("list<i>, <b>x</b> map<b>", ["list<i>, x map<b>"]),
        ("`<b>x</b>` \\<b>y</b> &lt;i&gt;z&lt;/i&gt;", ["<b>x</b> <b>y</b> <i>z</i>"]),
        ("<a href='javascript:x'>y</a> </b> <script>x</script>",
         ["<a href='javascript:x'>y</a> </b> <script>x</script>"]),
    ],
)  # fmt: skip
def test_simple_html_is_supported_and_other_html_is_text(text: str, expected: list[str]) -> None:
    assert rows(text) == expected


def test_html_has_the_styles_of_the_equivalent_markdown() -> None:
    document = whole("<b>a</b> <em>b</em> <del>c</del> <code>d</code> <b>e *f*</b>")

    assert styled(document, STRONG) == ["a", "e "]
    assert styled(document, EMPHASIS) == ["b"]
    assert styled(document, STRIKE) == ["c"]
    assert styled(document, CODE) == ["d"]
    assert styled(document, STRONG | EMPHASIS) == ["f"]


def test_an_html_link_shows_its_target() -> None:
    document = whole('<a href="https://evil.com/x" title="y">bank.com</a> <a href=http://b>b</a>')

    assert rows('<a href="https://evil.com">bank.com</a>') == ["bank.com (https://evil.com)"]
    assert links(document) == [("bank.com", "https://evil.com/x"), ("b", "http://b")]


@pytest.mark.parametrize("name", ["align", "equation", "pmatrix", "itemize"])
def test_an_unclear_latex_environment_keeps_its_backslashes_and_lines(name: str) -> None:
    inside = ["  a &= b_1 * c \\\\", "  d &= *e* \\unknown[2pt]"]
    block = [f"\\begin{{{name}}}", *inside, f"\\end{{{name}}}"]

    assert rows("\n".join(["so", *block, "thus"])) == ["so", "", *block, "", "thus"]
    assert rows("so " + "\n".join(block) + " thus")[0] == f"so {block[0]}"
    assert rows("so " + "\n".join(block) + " thus")[3] == f"{block[3]} thus"
    assert rows(f"{block[0]} a \\\\ b {block[3]} x") == [f"{block[0]} a \\\\ b {block[3]} x"]
