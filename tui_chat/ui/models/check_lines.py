"""Shows the results of the checks of an endpoint in a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.session.endpoint_check.check_report import FAILED, OK, SKIPPED, CheckReport

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS: Final = {OK: ("✓", "$text-success"), FAILED: ("✗", "$text-error"), SKIPPED: ("–", "")}


class CheckLines(CheckReport):
    """Collects the lines and shows them as they arrive."""

    def __init__(self, show: Callable[[Content], None]) -> None:
        """Create an empty report.

        Args:
            show: Receives all lines so far.
        """
        super().__init__()
        self._show = show
        self._lines: list[Content] = []

    def write_line(self, mark: str, name: str, text: str) -> None:
        """Add a line; skipped checks are left out, because nothing is to be done about them."""
        if mark == SKIPPED:
            return
        sign, style = _MARKS[mark]
        self._lines.append(Content.assemble((sign, style), f" {name}: {text}"))
        self._show(Content("\n").join(self._lines))
