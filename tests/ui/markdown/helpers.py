"""Helpers that inspect rendered documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.ui.markdown.document import Document

if TYPE_CHECKING:
    from tui_chat.ui.markdown.style_roles import Role
    from tui_chat.ui.markdown.styled_text import Line


def whole(text: str, width: int = 80) -> Document:
    """Return a document loaded at once."""
    return Document(text, width, finished=True)


def lines(document: Document) -> list[Line]:
    """Return all rows."""
    return [document.line(y) for y in range(document.height)]


def rows(text: str, width: int = 80) -> list[str]:
    """Return the text of all rows of Markdown loaded at once."""
    return [line.text for line in lines(whole(text, width))]


def everything(document: Document) -> object:
    """Return the visible state of a document."""
    return (
        lines(document),
        document.height,
        document.code_blocks,
        document.headings,
        document.text(),
    )


def styled(document: Document, style: Role | int) -> list[str]:
    """Return the pieces of text that have exactly this style."""
    return [
        line.text[start:end]
        for line in lines(document)
        for start, end, found in line.spans
        if found == style
    ]


def links(document: Document) -> list[tuple[str, str]]:
    """Return the text and the target of each piece of a link."""
    return [
        (line.text[start:end], href) for line in lines(document) for start, end, href in line.links
    ]
