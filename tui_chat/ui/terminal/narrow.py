"""Lets Textual wrap text in widgets without any room for it.

In a very narrow terminal some widgets get no columns at all. Textual (8.2) still asks for the
height of their text, and divides by the width.
"""

from __future__ import annotations

from typing import Any

from textual.content import Content

_wrap_and_format = Content._wrap_and_format


def allow_no_width() -> None:
    """Have text that has no room wrapped as if it had one column."""
    Content._wrap_and_format = _wrapped  # type: ignore[method-assign, assignment]


def _wrapped(content: Content, width: int, *args: Any, **options: Any) -> Any:
    width = max(width, 1)
    if width <= 2 * options.get("line_pad", 0):
        options["line_pad"] = 0
    return _wrap_and_format(content, width, *args, **options)
