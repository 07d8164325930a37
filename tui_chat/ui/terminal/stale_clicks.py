"""Lets Textual ignore a click on an option that is not there any more.

A list may have been refilled since the row under the mouse was painted. Textual (8.2) then looks up
an option by an index that is too large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import OptionList

if TYPE_CHECKING:
    from textual import events

_on_click = OptionList._on_click


def ignore_stale_clicks() -> None:
    """Have every list of options ignore such a click."""
    OptionList._on_click = _checked  # type: ignore[method-assign, assignment]


async def _checked(options: OptionList, event: events.Click) -> None:
    clicked: int | None = event.style.meta.get("option")
    if clicked is None or clicked < options.option_count:
        await _on_click(options, event)
