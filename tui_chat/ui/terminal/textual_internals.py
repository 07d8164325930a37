"""Textual's private names that other rooms need, each behind one function or class.

Nothing outside `ui/terminal/` uses a private name of Textual; `tests/ui/terminal/
test_textual_internals.py` checks both this rule and that each name still exists.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual._context import NoActiveAppError

from tui_chat.ui.terminal.painting.compositor import RowCompositor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from textual.app import App
    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.geometry import Size
    from textual.screen import Screen
    from textual.widget import Widget

    _Widget = Widget
else:
    _Widget = object

__all__ = ["LayoutSize", "NoActiveAppError"]

RENDERER_VARIABLE = "TUI_CHAT_RENDERER"
"""`stock` keeps Textual's own compositor, to tell its faults from ours."""


def use_row_compositor(screen: Screen[Any]) -> None:
    """Replace the compositor of a screen by ours, unless the environment asks for Textual's."""
    if os.environ.get(RENDERER_VARIABLE) != "stock":
        screen._compositor = RowCompositor()


def forget_shown(screen: Screen[Any]) -> None:
    """Rewrite the whole terminal with the next frame of a screen."""
    if isinstance(screen._compositor, RowCompositor):
        screen._compositor.forget_shown()


def keymap_of(app: App[Any]) -> Mapping[str, str]:
    """Return the user's keys by binding id."""
    return app._keymap


def driver_of(app: App[Any]) -> Driver | None:
    """Return the driver of an app; None before it runs."""
    return app._driver


def has_screens(app: App[Any]) -> bool:
    """Return whether any screen is open: not yet while the app starts, no longer at its end."""
    return bool(app._screen_stack)


def bindings_of(nodes: Iterable[DOMNode]) -> Iterable[Binding]:
    """Yield all bindings of some nodes."""
    for node in nodes:
        for bindings in node._bindings.key_to_bindings.values():
            yield from bindings


def is_anchored(widget: Widget) -> bool:
    """Return whether a widget is anchored to its end, even if the user scrolled away."""
    return widget._anchored


def follows_end(widget: Widget) -> bool:
    """Return whether a widget scrolls to its end as its content grows."""
    return widget._anchored and not widget._anchor_released


def is_released(widget: Widget) -> bool:
    """Return whether the user scrolled away from the end."""
    return widget._anchor_released


def set_anchored(widget: Widget, value: bool) -> None:
    """Set whether a widget is anchored to its end, without scrolling it."""
    widget._anchored = value


def set_released(widget: Widget, value: bool) -> None:
    """Set whether the user scrolled away from the end, without scrolling."""
    widget._anchor_released = value


def check_anchor(widget: Widget) -> None:
    """Anchor a widget again if it is scrolled to its end."""
    widget._check_anchor()


class LayoutSize(_Widget):
    """Lets a widget act on the size that a layout gives it, before it is painted.

    Not a DOM node: Textual reads the styles of the first base class only.
    """

    def apply_size(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Take a new size; return whether it changed. Subclasses call it and add to it.

        Args:
            size: The size of the widget.
            virtual_size: The size of its scrollable content.
            container_size: The size of its container.
            layout: Whether a change requests another layout.
        """
        return super()._size_updated(size, virtual_size, container_size, layout)

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        return self.apply_size(size, virtual_size, container_size, layout)
