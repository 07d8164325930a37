"""Dialog: the kind of endpoint to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.config.setup.endpoint_kinds import EndpointKind, endpoint_kinds
from tui_chat.core.labels import _
from tui_chat.ui.common.filtered_list import FilteredList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget


class VendorPicker(FilteredList[EndpointKind]):
    """Vendors, Azure, local servers and any other endpoint. Typing filters, Enter chooses."""

    DEFAULT_CSS = """
    VendorPicker {
        background: $background 90%;
        OptionList { max-height: 1fr; }
        #none { color: $text-muted; display: none; }
        #panel { height: 85%; max-height: 34; }
    }
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        """Create the dialog.

        Args:
            env: Vendors with a key in it are marked.
        """
        super().__init__(_("Add an endpoint"), _("↑↓ vendor   Enter choose   Esc back"))
        self._kinds = endpoint_kinds()
        self._env = env
        self._none = Static(_("No vendor matches; “Other” takes any URL."), id="none", markup=False)

    def below(self) -> Iterable[Widget]:
        """Return the line for a filter that matches nothing."""
        return (self._none,)

    def show_matching(self, wanted: str) -> None:
        """List the kinds; the last one, any URL, if no other matches."""
        shown = [it for it in self._kinds if wanted in f"{it.id} {it.label}".casefold()]
        if not shown:
            shown = [self._kinds[-1]]
        self._none.display = wanted not in f"{shown[0].id} {shown[0].label}".casefold()
        self.choices.clear_options()
        self.choices.add_options(Option(self._row(kind), id=kind.id) for kind in shown)
        self.choices.highlighted = 0

    def _row(self, kind: EndpointKind) -> Content:
        host = kind.base_url.removeprefix("https://").removeprefix("http://")
        is_set = bool(self._env.get(kind.key_variable, "").strip())
        note = _("${variable} is set").format(variable=kind.key_variable) if is_set else host
        name = Content(kind.label).truncate(34, ellipsis=True, pad=True)
        return Content.assemble(
            name, "  ", (note, "$text-success" if is_set else "$foreground 60%")
        )

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _choose(self) -> None:
        chosen = self.highlighted_id
        if chosen is not None:
            self.dismiss(next(kind for kind in self._kinds if kind.id == chosen))
