"""Mouse capture: by the program, or by the terminal for its own selection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from textual import events

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.driver import Driver
    from textual.screen import Screen


def is_on_removed(screen: Screen[Any], event: events.MouseEvent) -> bool:
    """Return whether a click hits a widget that was removed but is still painted.

    Textual (8.2) would start a selection in it, look up its parent, and crash.
    """
    if not isinstance(event, events.MouseDown):
        return False
    widget, _offset = screen.get_widget_and_offset_at(event.x, event.y)
    return widget is not None and widget is not screen and widget.parent is None


@contextmanager
def keep_focus(screen: Screen[Any], event: events.MouseEvent) -> Iterator[None]:
    """Keep the focus when a click or the wheel hits no widget.

    That is a place outside of the screen: the terminal was resized, or reports what it likes.
    Textual (8.2) takes the focus away, and what is typed next is lost.
    """
    focused = screen.focused
    yield
    if screen.focused is None and not screen.region.contains(event.x, event.y):
        screen.set_focus(focused, scroll_visible=False)


def toggle_mouse(driver: Driver | None) -> bool | None:
    """Toggle mouse capture between the program and the terminal.

    Returns:
        Whether the program has it now; None if the driver does not support it.
    """
    # Textual decides once, at start-up; its terminal drivers have these two methods.
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


def set_mouse(driver: Driver | None, *, has_mouse: bool) -> None:
    """Give the mouse to the program or to the terminal, if the driver supports it."""
    if driver is not None and driver._mouse != has_mouse:
        toggle_mouse(driver)


def mouse_notice(has_mouse: bool | None, key: str) -> str:
    """Return the notification after a toggle.

    Args:
        has_mouse: The result of `toggle_mouse`.
        key: The display name of the key that toggles again.
    """
    if has_mouse is None:
        return _("The mouse cannot be switched in this terminal.")
    if has_mouse:
        return _("The mouse works in tui-chat again: click, scroll, select.")
    if not key:
        return _("The mouse belongs to the terminal now, for its own selection.")
    return _(
        "The mouse belongs to the terminal now, for its own selection. {key} takes it back."
    ).format(key=key)
