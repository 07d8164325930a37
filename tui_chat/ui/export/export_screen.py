"""Dialog (Ctrl+S): writes the open conversation, or an object in it, to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind
from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.line_input import LONGEST_PATH, LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult


@dataclass(frozen=True, slots=True)
class ExportForm:
    """An export format."""

    name: str
    """Short label for the list."""
    suffix: str
    """File suffix without the dot."""
    description: str
    """Description of the file's content."""
    is_whole: bool = False
    """True if it contains every version; else the shown path only."""


class Exporter(Protocol):
    """Writes the open conversation or a part of it."""

    @property
    def what(self) -> str:
        """The panel's title."""

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The supported formats, default first."""

    def target(self, form: ExportForm) -> Path:
        """Return the default path for a format; no file exists there yet."""

    def expanded(self, text: str) -> Path:
        """Return the path for user input."""

    def free(self, path: Path) -> Path:
        """Return the path, or a free name beside it if it exists."""

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the file and return its path.

        Raises:
            TuiChatError: It cannot be written; the message says why and what to do.
        """


class ExportScreen(Modal["Path"]):
    """A format list and a file field. Up and Down choose, typing edits the file name."""

    DEFAULT_CSS = """
    ExportScreen {
        #forms { height: auto; border: none; padding: 0; background: transparent; }
        #file { border: none; height: 1; padding: 0; background: transparent; margin-top: 1; }
        #told { color: $text-muted; height: auto; margin-top: 1; }
        &.refused #told { color: $text-warning; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
    ]

    def __init__(self, exporter: Exporter) -> None:
        super().__init__()
        self._exporter = exporter
        self._list = OptionList(id="forms", markup=False)
        self._list.can_focus = False
        self._file = LineInput(id="file", longest=LONGEST_PATH)
        self._told = WrappedText("", id="told", markup=False)
        self._proposed = ""

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._exporter.what
            panel.border_subtitle = _("↑↓ format   Enter save   Esc close")
            yield self._list
            yield self._file
            yield self._told

    def on_mount(self) -> None:
        """List the formats and propose a file."""
        rows = [(_(form.name), _(form.description)) for form in self._exporter.forms]
        width = max(cell_len(name) for name, _text in rows)
        for name, text in rows:
            label = Content(name).truncate(width, pad=True)
            row = Content.assemble(label, "  ", (text, "$foreground 60%"))
            self._list.add_option(Option(row))
        self._list.highlighted = 0
        self._file.focus()
        self._tell(_("Only you can read the file. Existing files are never overwritten."))

    @property
    def _form(self) -> ExportForm:
        return self._exporter.forms[self._list.highlighted or 0]

    def action_move(self, step: int) -> None:
        """Choose the previous or next format."""
        count = len(self._exporter.forms)
        self._list.highlighted = ((self._list.highlighted or 0) + step) % count

    @on(OptionList.OptionHighlighted)
    def _propose(self) -> None:
        if self._file.value in ("", self._proposed):
            self._put(self._exporter.target(self._form))
            return
        path = self._exporter.expanded(self._file.value)
        suffixes = {f".{form.suffix}" for form in self._exporter.forms}
        if path.suffix in suffixes:
            # Keep the user's file name, with the suffix of the format.
            self._file.value = f"{self._file.value.removesuffix(path.suffix)}.{self._form.suffix}"
            self._file.cursor_position = len(self._file.value)

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _write(self) -> None:
        self.run_worker(self._written(), group="export", exclusive=True)

    async def _written(self) -> None:
        form = self._form
        path = self._exporter.expanded(self._file.value.strip() or self._proposed)
        try:
            with path_errors_as(StorageError, path):
                if path_kind(path) is PathKind.FOLDER:
                    path /= self._exporter.target(form).name
        except StorageError as error:
            self._tell(error.message, is_refused=True)
            return
        free = self._exporter.free(path)
        if free != path:
            self._put(free)
            text = _("{file} exists already. Enter saves under the new name.")
            self._tell(text.format(file=sanitize_line(path.name)), is_refused=True)
            return
        try:
            written = await self._exporter.write(form, path)
        except TuiChatError as error:
            self._tell(error.message, is_refused=True)
            return
        self.dismiss(written)

    def _put(self, path: Path) -> None:
        self._proposed = self._file.value = str(path)
        self._file.cursor_position = len(self._proposed)

    def _tell(self, text: str, *, is_refused: bool = False) -> None:
        self.set_class(is_refused, "refused")
        self._told.update(Content(sanitize(text)))
