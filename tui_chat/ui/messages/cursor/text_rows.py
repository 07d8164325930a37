"""The texts of a message as rows for the cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.ui.common.select_words import SelectsWords
from tui_chat.ui.messages.message_markdown import MessageMarkdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widget import Widget

_URL: Final = re.compile(
    r"(?:https?://|mailto:)[^\s<>\"'()（）]+[^\s<>\"'()（）.,;:!?。，；：！？]"
)


class MarkdownRows:
    """The rows of Markdown as they are on the screen."""

    def __init__(self, widget: MessageMarkdown) -> None:
        self._widget = widget

    @property
    def height(self) -> int:
        """The number of rows."""
        return self._widget.document.height

    def row(self, y: int) -> str:
        """Return the text of a row."""
        return self._widget.document.line(y).text

    def paragraph(self, y: int) -> tuple[int, int]:
        """Return the first and the last row of the paragraph that contains a row."""
        return self._widget.paragraph_rows(y)

    def links(self, y: int) -> Sequence[tuple[int, int, str]]:
        """Return the links in a row."""
        return self._widget.document.line(y).links

    def screen_row(self, y: int, x: int) -> int:
        """Return the row of the widget in which a character is."""
        return y


class PlainRows:
    """The lines of a text without markup, which the widget wraps."""

    def __init__(self, widget: SelectsWords) -> None:
        self._widget = widget
        self._rows = str(widget.render()).split("\n")

    @property
    def height(self) -> int:
        """The number of lines."""
        return len(self._rows)

    def row(self, y: int) -> str:
        """Return the text of a line."""
        return self._rows[y] if 0 <= y < len(self._rows) else ""

    def paragraph(self, y: int) -> tuple[int, int]:
        """Return a line as its own paragraph."""
        return y, y

    def links(self, y: int) -> Sequence[tuple[int, int, str]]:
        """Return the addresses in a line."""
        return [(*found.span(), found[0]) for found in _URL.finditer(self.row(y))]

    def screen_row(self, y: int, x: int) -> int:
        """Return the row of the widget in which a character is."""
        above = "\n".join((*self._rows[:y], self.row(y)[: x + 1]))
        return Content(above).get_height({}, max(1, self._widget.content_size.width)) - 1


def texts_of(view: Widget) -> list[SelectsWords]:
    """Return the texts of a message: the reasoning too, if it is unfolded."""
    found = view.query("QuestionText, MessageMarkdown").results(SelectsWords)
    return [widget for widget in found if widget.region.height]


def rows_of(widget: SelectsWords) -> MarkdownRows | PlainRows:
    """Return the rows of a widget of a message."""
    return MarkdownRows(widget) if isinstance(widget, MessageMarkdown) else PlainRows(widget)
