"""Simple inline HTML in answers: line breaks, emphasis, sub and sup."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tui_chat.ui.markdown.style_roles import CODE, EMPHASIS, STRIKE, STRONG

TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[a-z]{1,6})(?P<attributes>(?:\s[^<>\n]{0,300})?)/?>", re.IGNORECASE
)
_STYLES: Final = {
    "b": STRONG, "strong": STRONG, "i": EMPHASIS, "em": EMPHASIS, "var": EMPHASIS,
    "cite": EMPHASIS, "s": STRIKE, "del": STRIKE, "strike": STRIKE, "code": CODE, "kbd": CODE,
    "samp": CODE, "tt": CODE, "u": 0, "ins": 0, "mark": 0, "small": 0, "span": 0, "font": 0,
    "abbr": 0, "q": 0,
}  # fmt: skip
_RAISED: Final = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED: Final = str.maketrans("0123456789+-=()aeox", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓ")
_SCRIPTS: Final = {"sub": (_LOWERED, "_"), "sup": (_RAISED, "^")}
_HREF: Final = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


class Tag(NamedTuple):
    """A supported tag."""

    name: str
    is_closing: bool
    href: str = ""
    """The target of an opening link tag."""


class Tags:
    """The tags of a paragraph; a tag without its counterpart is text, as in `vector<b>`."""

    def __init__(self, source: str) -> None:
        self._source = source.lower()
        self._open: list[str] = []
        self._closings: dict[str, int] = {}
        """Closing tags that follow."""

    def take(self, found: re.Match[str]) -> Tag | None:
        """Return the tag of a source text; None when it is plain text here."""
        name = found["name"].lower()
        if name == "br":
            return None if found["close"] else Tag(name, is_closing=False)
        if name not in _STYLES and name not in _SCRIPTS and name != "a":
            return None
        if found["close"]:
            if name not in self._open:
                return None
            self._open.remove(name)
            self._closings[name] -= 1
            return Tag(name, is_closing=True)
        href = _href(found["attributes"]) if name == "a" else ""
        closings = self._closings.setdefault(name, self._source.count(f"</{name}>"))
        if self._open.count(name) >= closings or (name == "a" and not href):
            return None
        self._open.append(name)
        return Tag(name, is_closing=False, href=href)


def style_of(name: str) -> int:
    """Return the style flag of a tag; 0 for a tag without one."""
    return _STYLES.get(name, 0)


def scripted(text: str, name: str) -> str:
    """Return superscript or subscript text: with Unicode characters, or with a prefix."""
    table, mark = _SCRIPTS[name]
    changed = text.translate(table)
    if all(ord(character) in table for character in text):
        return changed
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"


def is_script(name: str) -> bool:
    """Return True for a superscript or subscript tag."""
    return name in _SCRIPTS


def _href(attributes: str) -> str:
    found = _HREF.search(attributes)
    href = next((group for group in found.groups() if group), "") if found else ""
    return href if href.lower().startswith(("http://", "https://", "mailto:")) else ""
