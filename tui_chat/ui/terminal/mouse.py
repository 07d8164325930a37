"""The mouse: who has it, the program or the terminal for its own selection, and what it meets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual import events
    from textual.driver import Driver
    from textual.screen import Screen


def is_on_removed(screen: Screen[Any], event: events.MouseDown) -> bool:
    """Return whether a click meets a widget that was removed and is still painted.

    Textual (8.2) would begin a selection in it, look for its parent, and end the program.
    """
    widget, _ = screen.get_widget_and_offset_at(event.x, event.y)
    return widget is not None and widget is not screen and widget.parent is None


def toggle_mouse(driver: Driver | None) -> bool | None:
    """Give the mouse to the terminal, or take it back.

    Returns:
        Whether the program has it now; None where a terminal cannot be asked for it.
    """
    # Textual decides it once, at its start; its drivers for terminals have these two beside.
    enable = getattr(driver, "_enable_mouse_support", None)
    disable = getattr(driver, "_disable_mouse_support", None)
    if driver is None or enable is None or disable is None:
        return None
    if driver._mouse:
        disable()
        driver._mouse = False
    else:
        driver._mouse = True
        enable()
    driver.flush()
    return driver._mouse


def mouse_words(has_mouse: bool | None, key: str) -> str:
    """Return what is told when the mouse has changed hands.

    Args:
        has_mouse: What `toggle_mouse` said.
        key: The key that does it again, as a person reads it.
    """
    if has_mouse is None:
        return "There is no mouse here to hand over."
    back = f" {key} takes it back." if key else ""
    if has_mouse:
        return "The mouse works in tui-chat again: click, scroll, select."
    return f"The mouse belongs to the terminal now, for its own selection.{back}"
