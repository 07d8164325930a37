"""Fuzzy search in many paths. Runs in a thread; no step holds the interpreter for long."""

from __future__ import annotations

import heapq
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from tui_chat.ui.attachments.pauses import with_pauses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_RESULTS: Final = 200
_LONGEST_QUERY: Final = 60


class PathRanking:
    """Finds the paths that contain the characters of a query in their order, best first.

    A longer query only searches what its beginning matched.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Remember the paths.

        Args:
            paths: Folders end in a slash.
        """
        self._paths = [(path, folded(path)) for path in with_pauses(paths)]
        # Replaced as a whole: two threads may search at once.
        self._last: tuple[str, list[tuple[str, str]]] = ("", self._paths)

    def best(self, query: str) -> list[str]:
        """Return the best paths for a query; for an empty one the first paths of the top level."""
        query = folded(query)[:_LONGEST_QUERY]
        if not query:
            top = (path for path, _folded in with_pauses(self._paths) if "/" not in path[:-1])
            return heapq.nsmallest(MOST_RESULTS, top, key=lambda path: (path[-1] != "/", path))
        last, found = self._last
        before = found if query.startswith(last) else self._paths
        pattern = subsequence(query)
        found = [both for both in with_pauses(before) if pattern.search(both[1])]
        self._last = (query, found)
        best = heapq.nsmallest(
            MOST_RESULTS, with_pauses(found), key=lambda both: _rank(both[0], both[1], query)
        )
        return [path for path, _folded in best]


def folded(text: str) -> str:
    """Return a text as it is compared: without case, composed (macOS decomposes file names)."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def subsequence(query: str) -> re.Pattern[str]:
    """Return a pattern that finds the characters of a query in their order."""
    # Excluding the next character keeps the search linear.
    parts = (f"[^{re.escape(it)}]*{re.escape(it)}" for it in query[1:])
    return re.compile(re.escape(query[:1]) + "".join(parts), re.DOTALL)


def matched_columns(path: str, query: str) -> list[int]:
    """Return the positions in a path that a query matches, to be highlighted."""
    text, query = folded(path), folded(query)[:_LONGEST_QUERY]
    if not query or len(text) != len(path):
        return []
    name = text.rfind("/", 0, -1) + 1
    for start in (name, 0):
        if (found := text.find(query, start)) >= 0:
            return list(range(found, found + len(query)))
    for start in (name, 0):
        if columns := _columns(text, query, start):
            return columns
    return []


def _columns(text: str, query: str, start: int) -> list[int]:
    found: list[int] = []
    for character in query:
        start = text.find(character, start) + 1
        if not start:
            return []
        found.append(start - 1)
    return found


def _rank(path: str, text: str, query: str) -> tuple[int, int, str]:
    """Return the sort key: the name's beginning, in the name, in the path, scattered."""
    name = text[text.rfind("/", 0, -1) + 1 :]
    if name.startswith(query):
        place = 0
    elif query in name:
        place = 1
    elif query in text:
        place = 2
    elif _is_within(name, query):
        place = 3
    else:
        place = 4
    return place, len(path), path


def _is_within(name: str, query: Iterable[str]) -> bool:
    rest = iter(name)
    return all(character in rest for character in query)
