"""Dialog: the kind of endpoint to add."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.config.setup.endpoint_kinds import EndpointKind, endpoint_kinds
from tui_chat.core.labels import N_, _
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult


class VendorPicker(Modal[EndpointKind]):
    """Vendors, Azure, local servers and any other endpoint. Typing filters, Enter chooses."""

    DEFAULT_CSS = f"""
    VendorPicker {{
        background: $background 90%;
        #filter {{ border: none; height: 1; padding: 0; background: transparent; }}
        OptionList {{
            height: auto; max-height: 1fr; border: none; padding: 0; margin-top: 1;
            background: transparent; text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
        #none {{ color: $text-muted; display: none; }}
        #panel {{ height: 85%; max-height: 34; }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("pagedown", "move(10)", N_("page down"), show=False, priority=True),
        Binding("pageup", "move(-10)", N_("page up"), show=False, priority=True),
    ]

    def __init__(self, env: Mapping[str, str]) -> None:
        """Create the dialog.

        Args:
            env: Vendors with a key in it are marked.
        """
        super().__init__()
        self._kinds = endpoint_kinds()
        self._env = env
        self._filter = LineInput(placeholder=_("Filter"), id="filter")
        self._list = OptionList(id="kinds", markup=False)
        self._list.can_focus = False
        self._none = Static(_("No vendor matches; “Other” takes any URL."), id="none", markup=False)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Add an endpoint")
            panel.border_subtitle = _("↑↓ vendor   Enter choose   Esc back")
            yield self._filter
            yield self._list
            yield self._none

    def on_mount(self) -> None:
        """List all kinds."""
        self._filter.focus()
        self._show()

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        if self._list.option_count:
            at = (self._list.highlighted or 0) + step
            self._list.highlighted = max(0, min(self._list.option_count - 1, at))

    @on(Input.Changed)
    def _show(self) -> None:
        wanted = self._filter.value.strip().casefold()
        shown = [it for it in self._kinds if wanted in f"{it.id} {it.label}".casefold()]
        if not shown:
            # Any URL can still be entered.
            shown = [self._kinds[-1]]
        self._none.display = wanted not in f"{shown[0].id} {shown[0].label}".casefold()
        self._list.clear_options()
        self._list.add_options(Option(self._row(kind), id=kind.id) for kind in shown)
        self._list.highlighted = 0

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
        option = self._list.highlighted_option
        if option is not None:
            self.dismiss(next(kind for kind in self._kinds if kind.id == option.id))
