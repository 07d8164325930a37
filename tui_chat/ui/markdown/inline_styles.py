"""Converts inline Markdown to styled logical lines; a hard break begins a new one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.links import disguised_target
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.wide_characters import is_wide
from tui_chat.markup.inline_grammar import parse_inline
from tui_chat.ui.markdown.formula_item import render
from tui_chat.ui.markdown.html import TAG, Tag, Tags, is_script, scripted, style_of
from tui_chat.ui.markdown.style_roles import CODE, EMPHASIS, LINK, STRIKE, STRONG, Role
from tui_chat.ui.markdown.styled_text import LogicalLine, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token
    from markdown_it.utils import EnvType

_OPENING: Final = {"em_open": EMPHASIS, "strong_open": STRONG, "s_open": STRIKE}
_CLOSING: Final = {"em_close": EMPHASIS, "strong_close": STRONG, "s_close": STRIKE}
# ASCII only: a URL in Chinese text ends at the next Chinese character.
_URL: Final = re.compile(r"(?:https?://|mailto:|www\.)[!#-;=?-Z\[\]_a-z|~]*[!#-;=?-Z_a-z~/]", re.I)
_URL_TAIL: Final = ".,:;!?'*_"
_PLAIN: Final = re.compile(r"[^\n\\`*_~\[<&$]*")
"""Matches text without inline markup: nearly all short cells and many list items."""
_URL_SIGNS: Final = ("://", "mailto:", "www.")


def inline(
    source: str,
    style: int,
    env: EnvType,
    *,
    keeps_breaks: bool = False,
    renders_formulas: bool = True,
) -> list[LogicalLine]:
    """Return the logical lines of inline Markdown.

    Args:
        source: The text of one paragraph, heading or table cell.
        style: Style id of its plain text.
        env: The link definitions so far, in the format of markdown-it.
        keeps_breaks: Whether every line break of the source stays, as for typed text.
        renders_formulas: Whether formulas are shown in Unicode instead of their source.
    """
    if _PLAIN.fullmatch(source) and not any(sign in source for sign in _URL_SIGNS):
        text = shown(source)
        return [LogicalLine(text, ((0, len(text), style),) if style and text else ())]
    writer = _Writer(source, style, keeps_breaks=keeps_breaks, renders_formulas=renders_formulas)
    for token in parse_inline(source, env):
        writer.write(token)
    return writer.finish()


class _Writer:
    """Builds logical lines from tokens."""

    def __init__(
        self, source: str, style: int, *, keeps_breaks: bool, renders_formulas: bool
    ) -> None:
        self._style = style
        self._renders_formulas = renders_formulas
        self._tags = Tags(source)
        self._script = ""
        """The open superscript or subscript tag."""
        self._lines: list[LogicalLine] = []
        self._href: str | None = None
        self._link_words: list[str] = []
        """Text of the open link."""
        self._soft_break = False
        self._begin()
        self._others: dict[str, Callable[[Token], None]] = {
            "softbreak": self._on_hard_break if keeps_breaks else self._on_soft_break,
            "hardbreak": self._on_hard_break,
            "code_inline": self._on_code,
            "math_inline": self._on_math,
            "footnote": self._on_footnote,
            "link_open": self._on_link,
            "link_close": self._on_link_end,
            "image": self._on_image,
        }

    def _begin(self) -> None:
        self._parts: list[str] = []
        self._spans: list[tuple[int, int, int]] = []
        self._links: list[tuple[int, int, str]] = []
        self._sources: list[tuple[int, int, str]] = []
        self._length = 0

    def _logical_line(self) -> LogicalLine:
        text = "".join(self._parts)
        return LogicalLine(text, tuple(self._spans), tuple(self._links), tuple(self._sources))

    def write(self, token: Token) -> None:
        """Add one token."""
        kind = token.type
        if kind in {"text", "text_special"}:
            if token.content:
                self._write_text(token.content)
        elif kind in _OPENING:
            self._style |= _OPENING[kind]
        elif kind in _CLOSING:
            self._style &= ~_CLOSING[kind]
        elif kind in self._others:
            self._others[kind](token)
        else:
            self._put(token.content, self._style)

    def finish(self) -> list[LogicalLine]:
        """Return the logical lines."""
        if self._soft_break:
            self._put_plain(" ", self._style)
        self._lines.append(self._logical_line())
        return self._lines

    def _write_text(self, text: str) -> None:
        position = 0
        if "<" in text:
            for found in TAG.finditer(text):
                tag = self._tags.take(found)
                if tag is not None:
                    self._write_linked(text[position : found.start()])
                    self._on_tag(tag)
                    position = found.end()
        self._write_linked(text[position:])

    def _on_tag(self, tag: Tag) -> None:
        if tag.name == "br":
            self._on_hard_break(None)
        elif tag.name == "a":
            if tag.is_closing:
                self._end_link()
            else:
                self._begin_link(tag.href)
        elif is_script(tag.name):
            self._script = "" if tag.is_closing else tag.name
        elif tag.is_closing:
            self._style &= ~style_of(tag.name)
        else:
            self._style |= style_of(tag.name)

    def _write_linked(self, text: str) -> None:
        """Write text with its bare URLs as links."""
        if self._script and text:
            self._put(scripted(text, self._script), self._style)
            return
        position = 0
        if self._href is None and (":" in text or "www." in text):
            for found in _URL.finditer(text):
                url = _trimmed(found[0])
                if _is_inside_word(text, found.start()):
                    continue
                self._put(text[position : found.start()], self._style)
                self._href = f"https://{url}" if url[:4].lower() == "www." else url
                self._put(url, self._style | LINK)
                self._href = None
                position = found.start() + len(url)
        self._put(text[position:], self._style)

    def _put(self, text: str, style: int) -> None:
        text = shown(text)
        if not text:
            return
        if self._soft_break:
            self._soft_break = False
            # Chinese lines that are broken in the source are joined without a blank.
            last = self._parts[-1][-1:] if self._parts else ""
            if not (last and is_wide(last) and is_wide(text[0])):
                self._put_plain(" ", style)
        self._put_plain(text, style)

    def _put_plain(self, text: str, style: int) -> None:
        start = self._length
        self._length = end = start + len(text)
        self._parts.append(text)
        if self._href is not None:
            self._link_words.append(text)
        if style:
            if self._spans and self._spans[-1][1:] == (start, style):
                self._spans[-1] = (self._spans[-1][0], end, style)
            else:
                self._spans.append((start, end, style))
        if self._href is not None:
            if self._links and self._links[-1][1:] == (start, self._href):
                self._links[-1] = (self._links[-1][0], end, self._href)
            else:
                self._links.append((start, end, self._href))

    def _on_soft_break(self, _token: Token) -> None:
        self._soft_break = True

    def _on_hard_break(self, _token: Token | None) -> None:
        self._soft_break = False
        self._lines.append(self._logical_line())
        self._begin()

    def _on_code(self, token: Token) -> None:
        self._put(token.content, self._style | CODE)

    def _on_math(self, token: Token) -> None:
        rendered = render(token.content) if self._renders_formulas else None
        if rendered is None:
            self._on_formula_source(token)
            return
        rendered = shown(rendered)
        self._put(rendered, self._mixed(Role.MATH))
        source = shown(token.content)
        self._sources.append((self._length - len(rendered), self._length, source))

    def _on_formula_source(self, token: Token) -> None:
        first, *others = token.content.split("\n")
        self._put(first, self._mixed(Role.MATH))
        for line in others:
            if token.content.startswith("\\begin"):
                # Line breaks of an environment are significant; those of a formula are wrapping.
                self._on_hard_break(None)
                self._put(line, self._mixed(Role.MATH))
            else:
                self._put(f" {line}", self._mixed(Role.MATH))

    def _on_footnote(self, token: Token) -> None:
        self._put(token.content, self._mixed(Role.QUIET))

    def _on_link(self, token: Token) -> None:
        self._begin_link(str(token.attrs.get("href", "")))

    def _on_link_end(self, _token: Token) -> None:
        self._end_link()

    def _begin_link(self, href: str) -> None:
        self._link_words.clear()
        self._href = shown(href)
        self._style |= LINK

    def _end_link(self) -> None:
        hidden = disguised_target("".join(self._link_words), self._href or "")
        self._href = None
        self._style &= ~LINK
        if hidden:
            self._put(f" ({hidden})", self._mixed(Role.QUIET))

    def _on_image(self, token: Token) -> None:
        """Show an image as its text and its target."""
        source = str(token.attrs.get("src", ""))
        target = shown(_embedded(source) or source)
        outer, self._href = self._href, self._href or target
        text = "".join(child.content for child in token.children or ())
        self._put(text or "image", self._style | LINK)
        self._put(f" ({target})", self._mixed(Role.QUIET))
        self._href = outer

    def _mixed(self, role: Role) -> int:
        """Return a role with the active flags."""
        return role | (self._style & ~0xFF)


def _embedded(target: str) -> str:
    """Return the type and size of a `data:` URL, which is too long to be shown; else nothing."""
    head, comma, content = target.partition(",")
    if not comma or not head.startswith("data:"):
        return ""
    size = len(content) * 3 // 4 if head.endswith(";base64") else len(content)
    return f"{head.removeprefix('data:').partition(';')[0]} · {byte_size(size)}"


def _trimmed(url: str) -> str:
    """Return a URL found in prose without the punctuation of the prose."""
    while True:
        short = url.rstrip(_URL_TAIL)
        for opener, closer in ("()", "[]"):
            if short.endswith(closer) and short.count(closer) > short.count(opener):
                short = short[:-1]
        if short == url:
            return url
        url = short


def _is_inside_word(text: str, position: int) -> bool:
    before = text[position - 1 : position]
    return before.isascii() and before.isalnum()
