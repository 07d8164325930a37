"""Shows the parts of a message beside its text: files, pictures, sounds, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.links import target_host
from tui_chat.core.reply_extras import ExtraKind
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.file_names import short_name
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from textual import events

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Message
    from tui_chat.core.reply_extras import ReplyExtra

_MOST_ROWS: Final = 12
_LONGEST_NAME: Final = 120
_MARKS: Final = {
    ExtraKind.PICTURE: N_("picture"),
    ExtraKind.SOUND: N_("sound"),
    ExtraKind.VIDEO: N_("video"),
    ExtraKind.FILE: N_("file"),
}


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A file of a message, or an address that it refers to."""

    name: str
    """Sanitized."""
    details: str
    attachment: Attachment | None = None
    url: str = ""
    """The address of a part that is not stored."""
    number: int = 0
    """The number of a source, from 1; 0 for other parts."""

    @property
    def mark(self) -> str:
        """The mark before the name."""
        return f"[{self.number}]" if self.number else "▪"


def parts_of(message: Message) -> list[MessagePart]:
    """Return the parts of a message: files first, then media, then sources."""
    files = [_file_part(it, message) for it in message.attachments]
    media = [_media_part(it) for it in message.extras if it.kind is not ExtraKind.SOURCE]
    sources = [it for it in message.extras if it.kind is ExtraKind.SOURCE]
    return [*files, *media, *(_source_part(it, number) for number, it in enumerate(sources, 1))]


class MessageParts(WrappedText):
    """One line for each part; a click asks for their list."""

    DEFAULT_CSS = """
    MessageParts {
        height: auto;
        padding: 0 1 0 2;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        color: $text-accent;
        &:hover { background: $boost; }
    }
    """

    @dataclass
    class Clicked(TextualMessage):
        """The user clicked the parts of a message."""

        message: Message

    def __init__(self, message: Message) -> None:
        super().__init__(classes="parts", markup=False)
        self._message = message
        self.show(message)

    def show(self, message: Message) -> None:
        """Show the parts of a message."""
        self._message = message
        parts = parts_of(message)
        lines = [
            Content.assemble(f"{it.mark} {it.name}", (f" · {it.details}", "$foreground 60%"))
            if it.details
            else Content(f"{it.mark} {it.name}")
            for it in parts[:_MOST_ROWS]
        ]
        if (hidden := len(parts) - _MOST_ROWS) > 0:
            lines.append(Content(ngettext("+ {count} more", "+ {count} more", hidden)))
        self.update(Content("\n").join(lines))
        self.display = bool(parts)

    def on_click(self, event: events.Click) -> None:
        """Ask for the list of the parts."""
        event.stop()
        self.post_message(self.Clicked(self._message))


def _file_part(file: Attachment, message: Message) -> MessagePart:
    details = file.details
    if message.role is Role.USER:
        details = f"{details} · {file.sent_as_label}"
    return MessagePart(short_name(file.name), details, file)


def _media_part(extra: ReplyExtra) -> MessagePart:
    kind = _(_MARKS[extra.kind])
    title = sanitize_line(extra.title, _LONGEST_NAME)
    host = sanitize_line(target_host(extra.url), _LONGEST_NAME) if extra.url else ""
    details = " · ".join(it for it in (kind if title else "", host, _("not fetched")) if it)
    return MessagePart(title or kind, details, url=extra.url)


def _source_part(extra: ReplyExtra, number: int) -> MessagePart:
    host = sanitize_line(target_host(extra.url), _LONGEST_NAME)
    title = sanitize_line(extra.title, _LONGEST_NAME)
    if not title or title == host:
        address = sanitize_line(extra.url, _LONGEST_NAME)
        return MessagePart(address or host, "", url=extra.url, number=number)
    return MessagePart(title, host, url=extra.url, number=number)
