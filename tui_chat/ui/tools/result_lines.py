"""The result of a tool call as lines of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import ngettext
from tui_chat.core.tools.call import ResultKind
from tui_chat.ui.text_view.json_lines import body_lines, note, shortened, text_lines
from tui_chat.ui.tools.call_labels import part_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui_chat.core.tools.call import ResultPart
    from tui_chat.ui.text_view.wrapped_lines import ViewLine

MOST_PARTS: Final = 100
_PRETTY: Final = 100_000
"""Characters; a longer JSON text is shown as it is."""
_MOST_TEXT: Final = 400_000
"""Characters of all parts together."""


def shown_parts(parts: Sequence[ResultPart]) -> list[ResultPart]:
    """Return the parts without a structured one that repeats the text."""
    has_text = any(it.kind is ResultKind.TEXT for it in parts[:MOST_PARTS])
    return [it for it in parts if it.kind is not ResultKind.STRUCTURED or not has_text]


def result_lines(parts: Sequence[ResultPart]) -> list[ViewLine]:
    """Return the lines of a result; of long parts the beginning and the end.

    It takes a few milliseconds for a result of any size.
    """
    return list(_lines(shown_parts(parts)))


def _lines(parts: Sequence[ResultPart]) -> Iterator[ViewLine]:
    is_single = len(parts) == 1 and parts[0].kind in (ResultKind.TEXT, ResultKind.STRUCTURED)
    room = _MOST_TEXT
    shown = 0
    for part in parts[:MOST_PARTS]:
        if room <= 0:
            break
        shown += 1
        if not is_single and part.kind is not ResultKind.TEXT:
            yield note(part_label(part), 0)
        if part.text:
            room -= len(part.text)
            yield from _text_lines(part.text)
    if hidden := len(parts) - shown:
        yield note(ngettext("+ {count} more", "+ {count} more", hidden), 0)


def _text_lines(text: str) -> list[ViewLine]:
    if len(text) <= _PRETTY:
        return body_lines(text)
    return shortened(text_lines(text), "plain", 0)
