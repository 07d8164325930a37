"""Lets Textual wrap text in widgets of zero width.

In a very narrow terminal some widgets get no columns. Textual (8.2) still computes the height of
their text and divides by the width.
"""

from __future__ import annotations

from typing import Any

from textual.content import Content

_wrap_and_format = Content._wrap_and_format


def allow_no_width() -> None:
    """Wrap text without any room as if it had one column."""
    Content._wrap_and_format = _wrapped  # type: ignore[method-assign, assignment]


def _wrapped(content: Content, width: int, *args: Any, **options: Any) -> Any:
    width = max(width, 1)
    if width <= 2 * options.get("line_pad", 0):
        options["line_pad"] = 0
    return _wrap_and_format(content, width, *args, **options)
