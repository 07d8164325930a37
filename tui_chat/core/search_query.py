"""What a person looks for among all conversations: words, tags, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERY_LIMIT: Final = 500
"""So much of a query is looked at, in characters. SQLite refuses very long patterns."""
WORDS_LIMIT: Final = 16
TRASH: Final = "trash:"
"""Typed before or between the words, it looks in the trash."""

_TAG: Final = re.compile(r"(?<![^\s(\[])#[^\W_][\w/-]*")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was meant. All words and tags must be there."""

    words: tuple[str, ...] = ()
    """They stand for themselves: no quotes, no operators, no wildcards."""
    tags: tuple[str, ...] = ()
    """With their `#`; found in titles, by their beginning."""
    is_in_trash: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """All that is to be shown as found."""
        return (*self.tags, *self.words)


def parse_query(text: str) -> Query:
    """Return what a person means who typed this."""
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
    """Return the words of a query; NUL, which ends a text for the index, parts them too."""
    words = replace_surrogates(text[:QUERY_LIMIT]).replace("\0", " ").split()
    return list(dict.fromkeys(words))[:WORDS_LIMIT]


def find_tags(title: str) -> list[tuple[int, int]]:
    """Return where the tags of a title stand: `#like-this`, behind a blank or at the beginning."""
    return [match.span() for match in _TAG.finditer(title)]


def find_matches(text: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return where pieces stand in a text, whatever their case: in order, without overlaps."""
    pattern = _pattern(tuple(pieces))
    return [match.span() for match in pattern.finditer(text)] if pattern else []


@lru_cache(8)
def _pattern(pieces: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = sorted(filter(None, pieces), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE) if wanted else None


def excerpt(text: str, pieces: Sequence[str], before: int = 24, length: int = 240) -> str:
    """Return a piece of a text around the first of the pieces that stands in it, as one line.

    Args:
        text: Of any length.
        pieces: What is looked for.
        before: How many characters to show before it.
        length: How many characters in all, at most.
    """
    pattern = _pattern(tuple(pieces))
    match = pattern.search(text) if pattern else None
    at = match.start() if match else 0
    # Blanks are joined first, so that what stands before the match fills its room.
    head = _SPACES.sub(" ", text[max(0, at - 4 * before) : at]).lstrip()
    cut = len(head) > before or at > 4 * before
    if len(head) > before:
        kept = head[-before:]
        # A word that is cut says nothing; Chinese has no blanks to cut at.
        blank = kept.find(" ")
        head = kept[blank + 1 :] if 0 <= blank < before // 2 else kept
    tail = _SPACES.sub(" ", text[at : at + length])
    return f"{'…' if cut else ''}{head}{tail}".rstrip()
