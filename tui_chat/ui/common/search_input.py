"""Search field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.ui.common.line_input import LineInput

if TYPE_CHECKING:
    from textual import events


class SearchInput(LineInput):
    """A borderless single-line search field."""

    DEFAULT_CSS = """
    SearchInput, SearchInput:focus {
        height: 1; border: none; padding: 0 1; background: transparent;
    }
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(placeholder=_("Search"), id=id)

    async def on_key(self, event: events.Key) -> None:
        """Run bound actions at once; leave the rest to the input."""
        # A binding would travel through the queues up to the app, and letters typed after it would
        # overtake it. Run bound actions here, in key order.
        active = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if active is not None and active.enabled and active.node is self:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, self)
