"""Parses a search query over all conversations: words, tags, and the trash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERY_LIMIT: Final = 500
"""In characters; the rest is ignored. SQLite rejects very long patterns."""
WORDS_LIMIT: Final = 16
TRASH: Final = "trash:"
"""Prefix in a query that searches the trash."""

_TAG: Final = re.compile(r"(?<![^\s(\[])#[^\W_][\w/-]*")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. A match contains all words and tags."""

    words: tuple[str, ...] = ()
    """Literal words: no quotes, operators or wildcards."""
    tags: tuple[str, ...] = ()
    """With their `#`; matched as prefixes in titles."""
    is_in_trash: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """All texts to highlight in results."""
        return (*self.tags, *self.words)


def parse_query(text: str) -> Query:
    """Parse a query as the user typed it."""
    words: list[str] = []
    tags: list[str] = []
    is_in_trash = False
    for word in split_query(text):
        rest = word
        if word.casefold().startswith(TRASH):
            is_in_trash = True
            rest = word[len(TRASH) :]
        if _TAG.fullmatch(rest):
            tags.append(rest)
        elif rest:
            words.append(rest)
    return Query(tuple(words), tuple(tags), is_in_trash)


def split_query(text: str) -> list[str]:
    """Return the words of a query; NUL, which ends a text for the index, separates words too."""
    words = replace_surrogates(text[:QUERY_LIMIT]).replace("\0", " ").split()
    return list(dict.fromkeys(words))[:WORDS_LIMIT]


def find_tags(title: str) -> list[tuple[int, int]]:
    """Return the spans of the tags in a title: `#like-this`, after a space or at the beginning."""
    return [match.span() for match in _TAG.finditer(title)]


def find_matches(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Return the spans of terms in a text, ignoring case: in order, without overlaps."""
    pattern = _pattern(tuple(terms))
    return [match.span() for match in pattern.finditer(text)] if pattern else []


@lru_cache(8)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = sorted(filter(None, terms), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE) if wanted else None


def excerpt(text: str, terms: Sequence[str], before: int = 24, length: int = 240) -> str:
    """Return one line of a text around its first match.

    Args:
        text: A text of any length.
        terms: The search terms.
        before: The maximum number of characters before the match.
        length: The maximum number of characters after its start.
    """
    pattern = _pattern(tuple(terms))
    match = pattern.search(text) if pattern else None
    at = match.start() if match else 0
    # Spaces are collapsed first, so that the text before the match fills its room.
    head = _SPACES.sub(" ", text[max(0, at - 4 * before) : at]).lstrip()
    cut = len(head) > before or at > 4 * before
    if len(head) > before:
        kept = head[-before:]
        # Partial words are dropped; Chinese has no spaces to cut at.
        blank = kept.find(" ")
        head = kept[blank + 1 :] if 0 <= blank < before // 2 else kept
    tail = _SPACES.sub(" ", text[at : at + length])
    return f"{'…' if cut else ''}{head}{tail}".rstrip()
