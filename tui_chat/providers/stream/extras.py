"""Collects the parts of a reply beside its text, in the forms of different endpoints."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.reply_extras import ExtraKind, ReplyExtra

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE_LISTS: Final = (
    "annotations", "citations", "search_results", "web_search", "references", "sources",
    "grounding_chunks", "groundingChunks", "results",
)  # fmt: skip
_HOLDERS: Final = (
    "search_info", "extra_content", "google", "grounding_metadata", "groundingMetadata",
    "metadata", "context",
)  # fmt: skip
_INNER_SOURCES: Final = ("url_citation", "web", "file_citation", "retrievedContext", "document")
_MEDIA: Final = (
    ("image", ExtraKind.PICTURE), ("video", ExtraKind.VIDEO), ("audio", ExtraKind.SOUND),
    ("file", ExtraKind.FILE), ("document", ExtraKind.FILE),
)  # fmt: skip
_MAX_EXTRAS: Final = 1_000
_MAX_DEPTH: Final = 4
_AUDIO_MIME: Final = "audio/wav"


class ExtrasReader:
    """The parts of one reply so far. Never raises; what is unknown is skipped."""

    def __init__(self) -> None:
        self._found: dict[tuple[ExtraKind, str], ReplyExtra] = {}
        self._sound: list[bytes] = []
        self._reported = 0
        self._reported_sound = 0

    def __bool__(self) -> bool:
        return bool(self._found or self._sound)

    def read(self, chunk: dict[str, Any], choice: dict[str, Any], delta: dict[str, Any]) -> str:
        """Read the parts in a chunk; return the transcript of sound in it.

        Args:
            chunk: The whole chunk.
            choice: The choice that is the reply.
            delta: Its delta or message.
        """
        for holder in (delta, choice, chunk):
            self._read_sources(holder)
        for name in ("images", "image", "videos", "video"):
            for part in _items(delta.get(name)):
                self._add_media(ExtraKind.PICTURE if "image" in name else ExtraKind.VIDEO, part)
        self._read_content(delta.get("content"))
        return self._read_audio(delta.get("audio"))

    def all(self) -> tuple[ReplyExtra, ...]:
        """Return all parts in the order of their arrival."""
        found = list(self._found.values())
        if self._sound:
            found.append(_sound(b"".join(self._sound)))
        return tuple(found)

    def add(self, extra: ReplyExtra) -> None:
        """Add a part that was found in the text."""
        self._add(extra)

    def news(self) -> tuple[ReplyExtra, ...]:
        """Return the parts since the last call. Sound comes in pieces."""
        if len(self._found) == self._reported and len(self._sound) == self._reported_sound:
            return ()
        found = list(self._found.values())[self._reported :]
        pieces = self._sound[self._reported_sound :]
        self._reported, self._reported_sound = len(self._found), len(self._sound)
        return (*found, *map(_sound, filter(None, pieces)))

    def _read_content(self, content: Any) -> None:
        for part in _items(content):
            kind = _kind(part)
            if kind is ExtraKind.SOUND and isinstance(part.get("audio"), dict):
                self._read_audio(part["audio"])
            elif kind is not None:
                self._add_media(kind, part)
            if isinstance(part, dict):
                self._read_sources(part)

    def _read_audio(self, audio: Any) -> str:
        if not isinstance(audio, dict):
            return ""
        data = audio.get("data")
        if isinstance(data, str) and data:
            try:
                # Each piece may be padded, so they cannot be joined as text.
                self._sound.append(base64.b64decode(data))
            except ValueError:
                self._sound.append(b"")
        transcript = audio.get("transcript")
        return transcript if isinstance(transcript, str) else ""

    def _add_media(self, kind: ExtraKind, part: Any) -> None:
        url = _url(part)
        if not url:
            # The content is elsewhere; the part itself is still counted.
            url = f"unknown:{len(self._found)}"
        title = part.get("filename") if isinstance(part, dict) else ""
        self._add(ReplyExtra(kind, url, title if isinstance(title, str) else ""))

    def _read_sources(self, holder: dict[str, Any], depth: int = _MAX_DEPTH) -> None:
        for name in _SOURCE_LISTS:
            for item in _items(holder.get(name)):
                self._add_source(item)
        if depth > 0:
            for name in _HOLDERS:
                inner = holder.get(name)
                if isinstance(inner, dict):
                    self._read_sources(inner, depth - 1)

    def _add_source(self, item: Any) -> None:
        if isinstance(item, str):
            item = {"url": item}
        inner = next((item[n] for n in _INNER_SOURCES if isinstance(item.get(n), dict)), item)
        names = ("url", "link", "uri", "source", "filename", "file_id", "id")
        url = next((inner[n] for n in names if isinstance(inner.get(n), str) and inner[n]), "")
        if not url:
            return
        title = next((inner[n] for n in ("title", "name") if isinstance(inner.get(n), str)), "")
        start, end = inner.get("start_index"), inner.get("end_index")
        is_span = type(start) is int and type(end) is int
        extra = ReplyExtra(ExtraKind.SOURCE, url, title, *((start, end) if is_span else ()))
        known = self._found.get((ExtraKind.SOURCE, url))
        if known is None or (title and not known.title):
            self._add(extra)

    def _add(self, extra: ReplyExtra) -> None:
        if len(self._found) < _MAX_EXTRAS:
            self._found[extra.kind, extra.url] = extra


def _sound(data: bytes) -> ReplyExtra:
    content = base64.b64encode(data).decode()
    return ReplyExtra(ExtraKind.SOUND, f"data:{_AUDIO_MIME};base64,{content}")


def _items(value: Any) -> Iterator[Any]:
    """Yield the objects and texts in a list, or an object alone."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict | str))


def _kind(part: Any) -> ExtraKind | None:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str):
        return None
    return next((found for name, found in _MEDIA if name in kind), None)


def _url(part: Any) -> str:
    """Return the address of a part, or its content as a `data:` URL."""
    if isinstance(part, str):
        return part
    for name in ("image_url", "video_url", "audio_url", "file", "url"):
        value = part.get(name)
        if isinstance(value, dict):
            value = value.get("url") or value.get("file_data") or value.get("file_id")
        if isinstance(value, str) and value:
            return value
    source = part.get("source")
    holder = source if isinstance(source, dict) else part
    for name in ("b64_json", "data", "base64", "image", "result"):
        value = holder.get(name)
        if isinstance(value, str) and value:
            mime = holder.get("media_type") or holder.get("mime_type") or "image/png"
            return value if value.startswith(("data:", "http")) else f"data:{mime};base64,{value}"
    return ""
