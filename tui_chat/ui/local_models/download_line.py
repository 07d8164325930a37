"""The line above the status line that shows the progress of a download."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from tui_chat.core.labels import _
from tui_chat.local_model.hub.progress import Progress, bar


class DownloadLine(Widget):
    """Shows name, bar, share, speed and remaining time; the bar gives way in a narrow terminal."""

    DEFAULT_CSS = """
    DownloadLine { height: 1; width: 100%; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._model = name
        self._text = _("connecting …")
        self._share = 0.0

    @property
    def text(self) -> str:
        """The shown progress, without the bar."""
        return f"{self._model}  {self._text}"

    def show(self, progress: Progress) -> None:
        """Show how far the download is."""
        self._text, self._share = progress.text(), progress.share
        self.refresh()

    def render(self) -> Content:
        """Render as much as fits into one line."""
        width = self.content_size.width
        line = Content.assemble(("↓ ", "$accent"), self.text)
        room = width - line.cell_length - 2
        if room >= 10:
            cells = min(room, 24)
            line = Content.assemble(line, "  ", (bar(self._share, cells), "$accent"))
        return line.truncate(width, ellipsis=True)
