"""Where in an answer the JSON stands: after thoughts, in a fence, between prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_THOUGHT: Final = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_END: Final = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_FENCE: Final = re.compile(r"^[ \t]{0,8}(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n`]*$", re.MULTILINE)
_INLINE_FENCE: Final = re.compile(r"```[ \t]*(?:json[5c]?)?\s*([{\[].*?[}\]])\s*```", re.DOTALL)
_MOST_FENCES: Final = 1000


class Region(NamedTuple):
    """A stretch of the answer in which the JSON may stand."""

    start: int
    end: int
    note: str = ""
    """What is left out around it, as a sentence."""
    is_closed: bool = True
    """False for a fence whose end has not come."""


class Thoughts(NamedTuple):
    """What stands before the answer proper."""

    end: int
    is_open: bool
    """Whether the answer ends before the thoughts do."""


def find_thoughts(raw: str) -> Thoughts:
    """Return where the thoughts of a model end that writes them into its answer."""
    body = re.search(r"\S", raw)
    if body is None or body[0] in '{["':
        return Thoughts(0, is_open=False)
    is_marked = bool(_THOUGHT.match(raw))
    end = 0
    for found in _THOUGHT_END.finditer(raw):
        if not is_marked and _is_in_text(raw, found):
            continue
        # A mark within the object is a part of it; drafts may stand before each mark.
        if end and not _THOUGHT.match(raw, end) and re.search(r"[{\[]", raw[end : found.start()]):
            break
        end = found.end()
    return Thoughts(end, is_open=is_marked and not end)


def _is_in_text(raw: str, mark: re.Match[str]) -> bool:
    """Say whether a mark stands between the quotes of a text, by its line."""
    begin = raw.rfind("\n", 0, mark.start()) + 1
    end = raw.find("\n", mark.end())
    after = raw[mark.end() : end if end >= 0 else len(raw)]
    return raw.count('"', begin, mark.start()) % 2 == 1 and '"' in after


def find_regions(raw: str, start: int) -> Iterator[Region]:
    """Yield where the JSON may stand, the likeliest first.

    The last fenced block that begins like JSON comes first: models draft above, and put their
    answer last. A fence stands at the beginning of a line, which no text of JSON can hold.
    """
    begin = re.compile(r"\S").search(raw, start)
    if begin is not None and begin[0] in "{[":
        # Fences behind an object that is the answer belong to the talk about it.
        yield Region(begin.start(), len(raw))
        return
    blocks = [
        block
        for block in _blocks(raw, start)
        if raw[block.start : block.end].lstrip().startswith(("{", "[", '"{', '"['))
    ]
    if blocks:
        words = "The fence around it was left out."
        if len(blocks) > 1:
            words = f"There are {len(blocks)} fenced blocks; the last one was taken."
        yield blocks[-1]._replace(note=words)
        return
    inline = list(_INLINE_FENCE.finditer(raw, start))
    if inline:
        yield Region(inline[-1].start(1), inline[-1].end(1), "The fence around it was left out.")
        return
    yield Region(start, len(raw))


def _blocks(raw: str, start: int) -> Iterator[Region]:
    opened: re.Match[str] | None = None
    for count, found in enumerate(_FENCE.finditer(raw, start)):
        if count > _MOST_FENCES:
            return
        if opened is None:
            opened = found
        elif not found[2] and found[1].startswith(opened[1]):
            yield Region(opened.end() + 1, found.start())
            opened = None
    if opened is not None:
        yield Region(min(opened.end() + 1, len(raw)), len(raw), is_closed=False)
