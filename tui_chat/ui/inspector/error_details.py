"""All that an endpoint said when it refused a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType

from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.copying import CopyWanted
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.inspector.wire_lines import status_words
from tui_chat.ui.text_view.json_lines import body_lines
from tui_chat.ui.text_view.line_view import BODY, HEAD, LineView
from tui_chat.ui.text_view.view_lines import ViewLine, view_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

_KEYS: Final = (("details.copy", "copy"), ("modal.close", "close"))
_NOTHING: Final = "The answer has no body."


class ErrorDetails(Modal[None]):
    """Shows a failure in words, and below it the whole body of the answer."""

    DEFAULT_CSS = """
    ErrorDetails > #panel {
        border-subtitle-color: $foreground 60%;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", id="details.copy", tooltip="Copy the body"),
        Binding("q", "close", "close", id="details.close", show=False),
    ]

    def __init__(self, words: str, status: int | None, host: str, body: str) -> None:
        """Show a failure.

        Args:
            words: What happened and what to do.
            status: The HTTP status; None if there was no answer.
            host: Which endpoint it was.
            body: What the endpoint sent, secrets masked.
        """
        super().__init__()
        self._words = words
        self._status = status
        self._host = host
        self._body = body
        self._lines = LineView(id="panel")

    def compose(self) -> ComposeResult:
        """Build the panel."""
        self._lines.border_title = "What the endpoint said"
        yield self._lines

    def on_mount(self) -> None:
        """Lay everything out."""
        facts = [self._host, status_words(self._status) if self._status is not None else ""]
        told = " · ".join(fact for fact in facts if fact)
        lines = [view_line(text, keeps_words=True) for text in sanitize(self._words).split("\n")]
        if told:
            lines.append(view_line(sanitize_line(told), "quiet", keeps_words=True))
        self._lines.show(HEAD, [*lines, ViewLine("")])
        if self._body.strip():
            self._lines.show(BODY, body_lines(self._body))
        else:
            self._lines.show(BODY, [ViewLine(_NOTHING, "note")])
        self._lines.focus()
        keys = live_keys(self)
        told_keys = [f"{keys[key]} {words}" for key, words in _KEYS if key in keys]
        self._lines.border_subtitle = "   ".join(told_keys)

    def action_copy(self) -> None:
        """Copy the body, control characters made visible."""
        self.post_message(CopyWanted(self._body, "body"))
