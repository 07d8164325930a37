"""The search field over a list of conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui_chat.core.labels import N_
from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from collections.abc import Callable


class QueryInput(SearchInput):
    """The search field, with the keys of the list.

    They are not priority bindings of the screen: those would overtake letters typed before them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            N_("open"),
            id="list.open",
            tooltip=N_("Open; in the trash: restore"),
        ),
        Binding("down", "browse('move', 1)", N_("down"), id="list.next", tooltip=N_("Next")),
        Binding("up", "browse('move', -1)", N_("up"), id="list.previous", tooltip=N_("Previous")),
        Binding(
            "pagedown",
            "browse('move', 8)",
            N_("down"),
            id="list.page_down",
            tooltip=N_("Page down"),
        ),
        Binding("pageup", "browse('move', -8)", N_("up"), id="list.page_up", tooltip=N_("Page up")),
        Binding(
            "ctrl+d",
            "browse('delete')",
            N_("delete"),
            id="list.delete",
            tooltip=N_("Move the conversation to the trash"),
        ),
        Binding(
            "ctrl+underscore",
            "browse('undo')",
            N_("undo"),
            id="list.undo",
            tooltip=N_("Undo the last delete"),
        ),
        Binding("f2", "browse('rename')", N_("rename"), id="list.rename", tooltip=N_("Rename")),
        Binding("ctrl+t", "browse('pin')", N_("pin"), id="list.pin", tooltip=N_("Pin or unpin")),
    ]

    def __init__(self, act: Callable[[str, int], None]) -> None:
        """Create an empty field.

        Args:
            act: Called with the action of a key and the rows to move.
        """
        super().__init__(id="query")
        self._act = act

    def action_undo(self) -> None:
        """Undo the last deletion in the list rather than a change of the query."""
        self.action_browse("undo")

    def action_browse(self, name: str, step: int = 0) -> None:
        """Pass a key on to the list."""
        self._act(name, step)
