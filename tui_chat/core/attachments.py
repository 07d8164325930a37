"""Attachments: files and pictures as parts of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.token_estimate import estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICKS: Final = re.compile("`{3,}")
_TILE: Final = 512
_LONG_SIDE: Final = 2048
_SHORT_SIDE: Final = 768
_BASE_TOKENS: Final = 85
_TILE_TOKENS: Final = 170
_UNKNOWN_PICTURE_TOKENS: Final = 1_000
_PAGE_TOKENS: Final = 1_500
"""Of a page that is sent as a file: endpoints read both its text and a picture of it."""
_BYTES_PER_FILE_TOKEN: Final = 6


class AttachmentKind(StrEnum):
    """The kind of a file. The values are stored."""

    TEXT = "text"
    PICTURE = "picture"
    PDF = "pdf"
    DOCUMENT = "document"
    """Office documents, notebooks and web pages, from which text is extracted."""
    SOUND = "sound"
    VIDEO = "video"
    FILE = "file"


class SentAs(StrEnum):
    """The form in which an attachment is sent. The values are stored."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"


_KIND_LABELS: Final = {
    AttachmentKind.TEXT: N_("text"),
    AttachmentKind.PICTURE: N_("picture"),
    AttachmentKind.PDF: N_("PDF"),
    AttachmentKind.DOCUMENT: N_("document"),
    AttachmentKind.SOUND: N_("sound"),
    AttachmentKind.VIDEO: N_("video"),
    AttachmentKind.FILE: N_("file"),
}
_SENT_AS_LABELS: Final = {
    SentAs.TEXT: N_("as text"),
    SentAs.IMAGE: N_("as picture"),
    SentAs.FILE: N_("as file"),
}


@dataclass(frozen=True, slots=True)
class AttachmentContent:
    """The bytes of an attachment and the text that was extracted from them."""

    data: bytes = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A copy of a file that belongs to a message. The file itself may change or vanish."""

    sha256: str
    """The hash of the bytes, as hex; identifies them in the database."""
    name: str
    """The name of the file, without its folder."""
    mime: str
    size: int
    """In bytes."""
    kind: AttachmentKind
    sent_as: SentAs
    tokens: int = 0
    """An estimate for the form in which it is sent."""
    has_text: bool = False
    """True if there is text, so that it can be sent as text."""
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Messages for the user about reading the file, such as pages without text. Not stored."""
    content: AttachmentContent | None = field(default=None, compare=False, repr=False)
    """None if it was read from the database, which returns the content by the hash."""

    @property
    def kind_label(self) -> str:
        """The kind, such as "picture"."""
        return _(_KIND_LABELS[self.kind])

    @property
    def sent_as_label(self) -> str:
        """The form in which it is sent, such as "as text"."""
        return _(_SENT_AS_LABELS[self.sent_as])

    @property
    def details(self) -> str:
        """The kind, size and extent, such as "PDF · 1.2 MB · 12 pages"."""
        parts = [self.kind_label, byte_size(self.size)]
        if self.width and self.height:
            parts.append(f"{self.width}×{self.height}")
        if self.pages is not None:
            parts.append(ngettext("{count} page", "{count} pages", self.pages))
        return " · ".join(parts)

    @property
    def ways(self) -> tuple[SentAs, ...]:
        """The forms in which it can be sent, the usual one first."""
        if self.kind is AttachmentKind.PICTURE:
            return (SentAs.IMAGE,)
        if self.kind is AttachmentKind.TEXT:
            return (SentAs.TEXT,)
        return (SentAs.TEXT, SentAs.FILE) if self.has_text else (SentAs.FILE,)

    def sent(self, way: SentAs) -> Attachment:
        """Return this attachment sent in another form, with the tokens of that form."""
        if way is self.sent_as or way not in self.ways:
            return self
        changed = replace(self, sent_as=way)
        return replace(changed, tokens=attachment_tokens(changed))


def new_attachment(
    data: bytes,
    name: str,
    mime: str,
    kind: AttachmentKind,
    sent_as: SentAs,
    *,
    text: str = "",
    width: int | None = None,
    height: int | None = None,
    pages: int | None = None,
    warnings: Sequence[str] = (),
) -> Attachment:
    """Return an attachment with its content."""
    attachment = Attachment(
        sha256=sha256(data).hexdigest(),
        name=name,
        mime=mime,
        size=len(data),
        kind=kind,
        sent_as=sent_as,
        has_text=bool(text),
        width=width,
        height=height,
        pages=pages,
        warnings=tuple(warnings),
        content=AttachmentContent(data, text),
    )
    return replace(attachment, tokens=attachment_tokens(attachment))


def attachment_tokens(attachment: Attachment) -> int:
    """Estimate the tokens of an attachment in the form in which it is sent."""
    if attachment.sent_as is SentAs.IMAGE:
        return picture_tokens(attachment.width, attachment.height)
    if attachment.sent_as is SentAs.FILE:
        if attachment.pages is not None:
            return attachment.pages * _PAGE_TOKENS
        return attachment.size // _BYTES_PER_FILE_TOKEN
    if attachment.content is None:
        return attachment.tokens
    return estimate_tokens(fenced_text(attachment))


def picture_tokens(width: int | None, height: int | None) -> int:
    """Estimate the tokens of a picture, by the tiles that OpenAI documents.

    Other vendors differ by less than a factor of two.
    """
    if not width or not height:
        return _UNKNOWN_PICTURE_TOKENS
    scale = min(1.0, _LONG_SIDE / max(width, height))
    scale *= min(1.0, _SHORT_SIDE / (min(width, height) * scale))
    columns, rows = (-(-max(1, round(side * scale)) // _TILE) for side in (width, height))
    return _BASE_TOKENS + _TILE_TOKENS * columns * rows


def fenced_text(attachment: Attachment) -> str:
    """Return the text of an attachment as it is sent: its name, then a fenced block."""
    text = attachment.content.text if attachment.content is not None else ""
    # A name is outside text; a line break in it would end the heading.
    name = " ".join(attachment.name.split())
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=2) if "```" in text else 2
    fence = "`" * max(3, longest + 1)
    ending = "" if text.endswith("\n") else "\n"
    return f"[file: {name}]\n{fence}\n{text}{ending}{fence}"
