"""Details of a failed request: the complete response body."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.inspector.exchange_lines import status_text
from tui_chat.ui.text_view.json_lines import body_lines
from tui_chat.ui.text_view.line_view import BODY, HEAD, LineView
from tui_chat.ui.text_view.wrapped_lines import ViewLine, view_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

_KEYS: Final = ("details.copy", "modal.close")


class ErrorDetails(Modal[None]):
    """Shows the error message and, below it, the complete response body."""

    DEFAULT_CSS = """
    ErrorDetails > #panel {
        border-subtitle-color: $foreground 60%;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", N_("copy"), id="details.copy", tooltip=N_("Copy the body")),
        Binding("q", "close", N_("close"), id="details.close", show=False),
    ]

    def __init__(self, message: str, status: int | None, host: str, body: str) -> None:
        """Show a failure.

        Args:
            message: The error message.
            status: The HTTP status; None without a response.
            host: The host of the endpoint.
            body: The response body, redacted.
        """
        super().__init__()
        self._message = message
        self._status = status
        self._host = host
        self._body = body
        self._lines = LineView(id="panel")

    def compose(self) -> ComposeResult:
        """Build the panel."""
        self._lines.border_title = _("Response of the endpoint")
        yield self._lines

    def on_mount(self) -> None:
        """Fill the panel."""
        facts = [self._host, status_text(self._status) if self._status is not None else ""]
        source = " · ".join(fact for fact in facts if fact)
        lines = [view_line(text, keeps_words=True) for text in sanitize(self._message).split("\n")]
        if source:
            lines.append(view_line(sanitize_line(source), "quiet", keeps_words=True))
        self._lines.show(HEAD, [*lines, ViewLine("")])
        if self._body.strip():
            self._lines.show(BODY, body_lines(self._body))
        else:
            self._lines.show(BODY, [ViewLine(_("The response has no body."), "note")])
        self._lines.focus()
        self._lines.border_subtitle = key_hints(self, _KEYS)

    def action_copy(self) -> None:
        """Copy the body."""
        self.post_message(CopyWanted(self._body, CopyKind.BODY))
