"""Dialog: the mistakes in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui_chat.core.labels import N_, _, join_sentences
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.text_view.line_view import BODY, LineView
from tui_chat.ui.text_view.wrapped_lines import ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.config.problems import ConfigProblem


class ConfigProblems(Modal[None]):
    """Lists each mistake with its line and a fix."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "close", N_("close"), id="details.close", show=False),
    ]

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__()
        self._problems = problems
        self._lines = LineView(id="panel")

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        self._lines.border_title = _("Problems of config.toml")
        yield self._lines

    def on_mount(self) -> None:
        """List the problems; the file's path appears once."""
        lines = [
            view_line(sanitize_line(str(file)), "quiet", keeps_words=True)
            for file in dict.fromkeys(problem.file for problem in self._problems)
        ]
        for problem in self._problems:
            text = join_sentences(problem.summary, problem.hint)
            if problem.line:
                text = _("line {number}: {problem}").format(number=problem.line, problem=text)
            lines += [ViewLine(""), view_line(sanitize_line(text, 1_000), keeps_words=True)]
        self._lines.show(BODY, lines)
        self._lines.focus()
