"""Dialog that edits the arguments of a tool call and checks them against the tool's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import escaped_json, sanitize, sanitize_line
from tui_chat.ui.common.editing_area import EditingArea
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    CheckArguments = Callable[[str], Awaitable[Sequence[str]]]
    """Returns what is wrong with arguments, sanitized; nothing if they are valid."""

_MOST_PROBLEMS: Final = 4
_LONGEST_PROBLEM: Final = 200


class _ArgumentArea(EditingArea):
    """The text of the arguments."""

    async def on_paste(self, event: events.Paste) -> None:
        """Insert a paste, sanitized."""
        event.prevent_default()
        event.stop()
        self.insert(sanitize(event.text.replace("\r\n", "\n").replace("\r", "\n")))


class ArgumentEditor(Modal[str]):
    """Returns the edited arguments as JSON text, or None."""

    DEFAULT_CSS = """
    ArgumentEditor {
        & > #panel { height: 85%; border-subtitle-color: $foreground 60%; }
        _ArgumentArea, _ArgumentArea:focus {
            height: 1fr; border: none; padding: 0; background: transparent;
        }
        #problems { height: auto; max-height: 6; margin-top: 1; color: $text-muted; }
        #problems.wrong { color: $text-error; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "accept",
            N_("take them over"),
            id="arguments.accept",
            tooltip=N_("Check the arguments and take them over; nothing runs yet"),
            priority=True,
        ),
    ]

    def __init__(self, title: str, arguments: str, check: CheckArguments) -> None:
        """Create the dialog.

        Args:
            title: Server and tool, sanitized.
            arguments: JSON text of an object.
            check: Finds mistakes in the edited text.
        """
        super().__init__()
        self._title_text = title
        self._check = check
        self._area = _ArgumentArea(escaped_json(arguments), soft_wrap=True, compact=True)
        self._problems = WrappedText("", id="problems", markup=False)

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = Content(self._title_text)
            yield self._area
            yield self._problems

    def on_mount(self) -> None:
        """Focus the text, at its end."""
        self._area.move_cursor(self._area.document.end)
        self._area.focus()
        self._say(_("JSON. The arguments are checked; then the call waits for you again."))
        ids = ("arguments.accept", "modal.close")
        self.query_one("#panel").border_subtitle = key_hints(self, ids)

    async def action_accept(self) -> None:
        """Return the text if it is valid; else show what is wrong."""
        text = self._area.text
        problems = await self._check(text)
        if not problems:
            self.dismiss(text)
            return
        lines = [sanitize_line(it, _LONGEST_PROBLEM) for it in problems[:_MOST_PROBLEMS]]
        if (hidden := len(problems) - _MOST_PROBLEMS) > 0:
            lines.append(ngettext("+ {count} more", "+ {count} more", hidden))
        self._say("\n".join(lines), is_wrong=True)

    def _say(self, text: str, *, is_wrong: bool = False) -> None:
        self._problems.set_class(is_wrong, "wrong")
        self._problems.update(Content(text))
