r"""Inline grammar: markdown-it's, with mathematics, footnote references and CJK emphasis.

It differs from CommonMark in three points that answers of language models need:

- ``\(`` ``\)`` ``\[`` ``\]`` keep their backslash and ``$…$`` keeps its underscores, so that
  LaTeX stays unchanged;
- ``**重点：**后面`` is emphasis although punctuation precedes the closing asterisks;
- HTML is text; `html` finds the simple tags in it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline

from tui_chat.core.text.brackets import has_few_brackets
from tui_chat.core.text.wide_characters import is_wide

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

ENVIRONMENT: Final = re.compile(r"\\begin\{([a-zA-Z]{1,30}\*?)\}")
"""A formula that needs no dollar signs, or other LaTeX that is shown as source."""
BOXES: Final = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}
"""The box of a task, by the beginning of the list item."""
_DISPLAY: Final = re.compile(r"\$\$[^$]+\$\$")
# Pandoc's rule: no blank inside the dollars and no digit after, so "$5 and $6" stays prose.
_DOLLARS: Final = re.compile(r"\$(?![\s$])(?:[^$\\\n]|\\.)*?(?<![\s\\])\$(?!\d)")
_PARENTHESES: Final = re.compile(r"\\\(.*?\\\)", re.DOTALL)
_BRACKETS: Final = re.compile(r"\\\[.*?\\\]", re.DOTALL)
_FOOTNOTE: Final = re.compile(r"\[\^[^\s\[\]^]{1,40}\]")


def parse_inline(source: str, env: EnvType) -> list[Token]:
    """Return the markdown-it inline tokens of a paragraph, heading or cell."""
    parser = _parser(with_links=has_few_brackets(source))
    return parser.inline.parse(source, parser, env, [])


def create_parser(**options: Any) -> MarkdownIt:
    """Return a parser with this grammar.

    Args:
        options: Options of markdown-it.
    """
    parser = MarkdownIt("commonmark")
    parser.inline = _Inline()
    parser.configure("commonmark", {"html": False, "maxNesting": 40, **options})
    parser.enable("strikethrough")
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.before("link", "footnote", _footnote)
    return parser


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    """Allows emphasis to begin and end beside Chinese, Japanese and Korean punctuation."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        if (before.isascii() and after.isascii()) or not canSplitWord:
            return scanned
        near_wide = is_wide(before) or is_wide(after)
        if not near_wide:
            return scanned
        opens = scanned.can_open or (_is_punctuation(after) and not _is_blank(after))
        closes = scanned.can_close or (_is_punctuation(before) and not _is_blank(before))
        return Scanned(opens, closes, scanned.length)


@cache
def _parser(*, with_links: bool) -> MarkdownIt:
    parser = create_parser()
    parser.disable(["html_inline"] if with_links else ["html_inline", "link", "image"])
    for ruler in (parser.inline.ruler, parser.inline.ruler2):
        # markdown-it compiles its rules lazily and not atomically, and two threads may parse.
        ruler.getRules("")
    return parser


def _math(state: StateInline, silent: bool) -> bool:
    character = state.src[state.pos]
    if character not in "\\$":
        return False
    found = _formula(state.src, state.pos)
    if not found:
        return False
    end = state.pos + len(found)
    # A link label or image text may end before the formula does.
    if end > state.posMax:
        return False
    if not silent:
        kind = "text" if len(found) == 2 else "math_inline"
        state.push(kind, "", 0).content = found
    state.pos = end
    return True


def _formula(source: str, position: int) -> str:
    """Return the formula that begins here, or an escaped bracket, or an empty text."""
    if environment := ENVIRONMENT.match(source, position):
        end = f"\\end{{{environment[1]}}}"
        stop = source.find(end, environment.end())
        if stop >= 0:
            return source[position : stop + len(end)]
    if source[position] == "$":
        found = _DISPLAY.match(source, position) or _DOLLARS.match(source, position)
        return found[0] if found else ""
    following = source[position + 1 : position + 2]
    pair = {"(": _PARENTHESES, "[": _BRACKETS}.get(following)
    found = pair.match(source, position) if pair else None
    if found:
        return found[0]
    return "\\" + following if following in ("(", ")", "[", "]") else ""


def _footnote(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos):
        return False
    found = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("footnote", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _is_blank(character: str) -> bool:
    return isWhiteSpace(ord(character))
