"""Separates the media that came with a reply from what it only refers to."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.media.picture_header import picture_header
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_KINDS: Final = {
    ExtraKind.PICTURE: AttachmentKind.PICTURE,
    ExtraKind.SOUND: AttachmentKind.SOUND,
    ExtraKind.VIDEO: AttachmentKind.VIDEO,
    ExtraKind.FILE: AttachmentKind.FILE,
}
_SUFFIXES: Final = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
    "audio/wav": "wav", "audio/mpeg": "mp3", "video/mp4": "mp4", "application/pdf": "pdf",
}  # fmt: skip
_NAME_LIMIT: Final = 100
_FORBIDDEN: Final = re.compile(r'[/\\:*?"<>|\x00-\x1f]+')


def split_media(
    extras: Iterable[ReplyExtra],
) -> tuple[tuple[Attachment, ...], tuple[ReplyExtra, ...]]:
    """Return the parts of a reply that have their content, as attachments, and the other parts."""
    attachments: list[Attachment] = []
    rest: list[ReplyExtra] = []
    counts: Counter[AttachmentKind] = Counter()
    for extra in extras:
        decoded = _decoded(extra)
        if decoded is None:
            rest.append(extra)
            continue
        mime, data = decoded
        header = picture_header(data)
        kind = _KINDS[extra.kind]
        if header is not None and kind is AttachmentKind.PICTURE:
            mime = header.mime
        counts[kind] += 1
        attachments.append(
            new_attachment(
                data,
                file_name(extra.title) or f"{kind}-{counts[kind]}.{_SUFFIXES.get(mime, 'bin')}",
                mime,
                kind,
                SentAs.IMAGE if kind is AttachmentKind.PICTURE else SentAs.FILE,
                width=header.width if header else None,
                height=header.height if header else None,
            )
        )
    return tuple(attachments), tuple(rest)


def joined_sound(extras: Iterable[ReplyExtra]) -> tuple[ReplyExtra, ...]:
    """Return parts with the pieces of sound joined, at the place of the first one."""
    joined: dict[str, list[ReplyExtra]] = {}
    for number, extra in enumerate(extras):
        is_piece = extra.kind is ExtraKind.SOUND and not extra.title and _decoded(extra)
        joined.setdefault("sound" if is_piece else str(number), []).append(extra)
    return tuple(_joined(pieces) if len(pieces) > 1 else pieces[0] for pieces in joined.values())


def _joined(pieces: Sequence[ReplyExtra]) -> ReplyExtra:
    head = pieces[0].url.partition(",")[0]
    data = b"".join(found[1] for found in map(_decoded, pieces) if found is not None)
    return replace(pieces[0], url=f"{head},{base64.b64encode(data).decode()}")


def file_name(text: str) -> str:
    """Return an outside text as a file name without a folder; empty if nothing is left of it."""
    return sanitize_line(_FORBIDDEN.sub("_", text).strip(". "), _NAME_LIMIT)


def _decoded(extra: ReplyExtra) -> tuple[str, bytes] | None:
    if extra.kind not in _KINDS or not extra.url.startswith("data:"):
        return None
    head, comma, body = extra.url.partition(",")
    mime, *parameters = head.removeprefix("data:").split(";")
    if not comma or "base64" not in parameters:
        return None
    try:
        # Ignores blanks and line breaks.
        data = base64.b64decode(body)
    except (binascii.Error, ValueError):
        return None
    return (mime or "application/octet-stream", data) if data else None
