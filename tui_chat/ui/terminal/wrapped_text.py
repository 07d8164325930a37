"""Text that changes and wraps, with a height that always fits what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from typing import Self

    from textual.geometry import Region


class CountsChanges(Widget):
    """Counts each change of the content as one.

    Textual (8.2) caches the size of a widget by the number of its changes, and does not count a
    change while another one waits for its layout. After a layout in between, as a resize makes
    one, the cache then holds the size of the content before.
    """

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Ask for a paint, and for a layout where the size may change."""
        if layout and self._layout_required:
            self._layout_updates += 1
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class WrappedText(Static, CountsChanges):
    """Text that takes as many rows as it needs at the width there is."""
