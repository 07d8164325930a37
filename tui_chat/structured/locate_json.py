"""Locates the JSON in a reply: after reasoning, in a code fence, or between prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.core.labels import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

_THOUGHT: Final = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_END: Final = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_FENCE: Final = re.compile(r"^[ \t]{0,8}(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n`]*$", re.MULTILINE)
_IN_BRACKETS: Final = re.compile(
    r"\s*[\[{]\s*```[ \t]*\w*\s*([{\[].*[}\]])\s*```\s*[\]}]\s*\Z", re.DOTALL
)
_INLINE_FENCE: Final = re.compile(r"```[ \t]*(?:json[5c]?)?\s*([{\[].*?[}\]])\s*```", re.DOTALL)
_MOST_FENCES: Final = 1000


class Region(NamedTuple):
    """A part of the reply that may contain the JSON."""

    start: int
    end: int
    note: str = ""
    """The text removed around it, as a sentence."""
    is_closed: bool = True
    """False for a fence without an end."""


class Thoughts(NamedTuple):
    """The reasoning before the reply."""

    end: int
    is_open: bool
    """True if the reply ends within it."""


def find_thoughts(raw: str) -> Thoughts:
    """Return where the reasoning ends that a model writes into its reply."""
    body = re.search(r"\S", raw)
    if body is None or body[0] in '{["':
        return Thoughts(0, is_open=False)
    is_marked = bool(_THOUGHT.match(raw))
    end = 0
    for found in _THOUGHT_END.finditer(raw):
        if not is_marked and _is_in_text(raw, found):
            continue
        # A tag inside the object belongs to it; the reasoning may contain drafts of the object.
        if end and not _THOUGHT.match(raw, end) and re.search(r"[{\[]", raw[end : found.start()]):
            break
        end = found.end()
    return Thoughts(end, is_open=is_marked and not end)


def _is_in_text(raw: str, mark: re.Match[str]) -> bool:
    """Return whether a tag is inside of a string, judging by its line."""
    begin = raw.rfind("\n", 0, mark.start()) + 1
    end = raw.find("\n", mark.end())
    after = raw[mark.end() : end if end >= 0 else len(raw)]
    return raw.count('"', begin, mark.start()) % 2 == 1 and '"' in after


def find_regions(raw: str, start: int) -> Iterator[Region]:
    """Yield the parts that may contain the JSON, the most likely one first.

    The last fenced block that begins like JSON comes first, since models put drafts before the
    result. A fence is at the beginning of a line, which never occurs inside of a JSON string.
    """
    if inside := _IN_BRACKETS.match(raw, start):
        yield Region(inside.start(1), inside.end(1), _("Removed the code fence."))
        return
    begin = re.compile(r"\S").search(raw, start)
    if begin is not None and begin[0] in "{[":
        # Fences after an object belong to the explanation of it.
        yield Region(begin.start(), len(raw))
        return
    blocks = [
        block
        for block in _blocks(raw, start)
        if raw[block.start : block.end].lstrip().startswith(("{", "[", "(", '"{', '"['))
    ]
    if blocks:
        note = _("Removed the code fence.")
        if len(blocks) > 1:
            note = ngettext(
                "Used the last of {count} fenced block.",
                "Used the last of {count} fenced blocks.",
                len(blocks),
            )
        yield blocks[-1]._replace(note=note)
        return
    inline = list(_INLINE_FENCE.finditer(raw, start))
    if inline:
        yield Region(inline[-1].start(1), inline[-1].end(1), _("Removed the code fence."))
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
