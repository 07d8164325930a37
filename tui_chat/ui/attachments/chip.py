"""A file of the draft: being read, attached, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.attached_paths import is_page_address
from tui_chat.core.labels import _
from tui_chat.core.profile import host_and_port
from tui_chat.core.text.quantities import compact_count
from tui_chat.ui.common.file_names import short_name

if TYPE_CHECKING:
    from tui_chat.core.attachments import Attachment


@dataclass(frozen=True, slots=True)
class Chip:
    """A file or a web page of the draft, shown above the prompt."""

    name: str
    path: Path | None = None
    """None for a picture of the clipboard, a web page and the files of an earlier question."""
    page: str = ""
    """The address of a web page."""
    attachment: Attachment | None = None
    """None while the file is read."""

    @classmethod
    def of_source(cls, source: str, attachment: Attachment | None = None) -> Chip:
        """Return the chip of a file at a path, or of the web page at an address."""
        if is_page_address(source):
            return cls(host_and_port(source) or source, page=source, attachment=attachment)
        path = Path(source)
        return cls(path.name, path, attachment=attachment)

    @property
    def label(self) -> str:
        """The name, kind, size and tokens of the file, and how it is sent."""
        name = short_name(self.name)
        if self.attachment is None:
            return _("{name} · reading …").format(name=name)
        file = self.attachment
        tokens = _("~{count} tokens").format(count=compact_count(file.tokens))
        return " · ".join((name, file.details, tokens, file.sent_as_label))

    @property
    def source(self) -> str:
        """The path or the address; empty if it has none."""
        return self.page or (str(self.path) if self.path is not None else "")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Messages for the user about the file."""
        return self.attachment.warnings if self.attachment is not None else ()
