"""Highlights search matches in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui_chat.ui.markdown.search_highlights import highlight_styles

if TYPE_CHECKING:
    import re

    from textual.widget import Widget
    from textual.widgets import Static


def marked(
    widget: Widget, text: str, pattern: re.Pattern[str] | None, ordinal: int | None
) -> Content:
    """Return a text with its matches highlighted.

    Args:
        widget: The widget that shows it.
        text: Sanitized text.
        pattern: The search pattern; None highlights nothing.
        ordinal: The index of the current match, if any.
    """
    content = Content(text)
    if pattern is not None:
        plain, strong = highlight_styles(widget)
        for number, match in enumerate(pattern.finditer(text)):
            content = content.stylize(strong if number == ordinal else plain, *match.span())
    return content


def row_of(
    widget: Static, text: str, pattern: re.Pattern[str] | None, ordinal: int | None
) -> int | None:
    """Return the row of the current match in a text widget, or None."""
    if pattern is None or ordinal is None:
        return None
    starts = [match.start() for match in pattern.finditer(text)]
    if not starts:
        return None
    above = Content(text[: starts[min(ordinal, len(starts) - 1)] + 1])
    return above.get_height({}, max(1, widget.content_size.width)) - 1
