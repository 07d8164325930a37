"""Parts of a reply beside its text: pictures, sound, video, files and the sources it cites."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ExtraKind(StrEnum):
    """The kind of a part."""

    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"
    FILE = "file"
    SOURCE = "source"


_KINDS: Final = frozenset(ExtraKind)


@dataclass(frozen=True, slots=True)
class ReplyExtra:
    """A part of a reply beside its text, as received."""

    kind: ExtraKind
    url: str = ""
    """An address, or a `data:` URL with the content."""
    title: str = ""
    """The title of a source, or the name of a file."""
    start: int | None = None
    """The beginning of the text that a source belongs to, in characters."""
    end: int | None = None


def extra_records(extras: Sequence[ReplyExtra]) -> list[dict[str, Any]]:
    """Return parts as JSON objects, without the fields that have no value."""
    return [
        {name: value for name, value in asdict(extra).items() if value not in (None, "")}
        for extra in extras
    ]


def extras_from(records: Sequence[object]) -> tuple[ReplyExtra, ...]:
    """Parse the JSON objects of `extra_records`; those with wrong values are left out."""
    return tuple(extra for extra in map(_extra_from, records) if extra is not None)


def _extra_from(record: object) -> ReplyExtra | None:
    if not isinstance(record, dict) or record.get("kind") not in _KINDS:
        return None
    url, title = record.get("url", ""), record.get("title", "")
    if not isinstance(url, str) or not isinstance(title, str):
        return None
    span = [record.get("start"), record.get("end")]
    start, end = (value if type(value) is int else None for value in span)
    return ReplyExtra(ExtraKind(record["kind"]), url, title, start, end)


def extras_label(kinds: Iterable[str]) -> str:
    """Return the number of parts of each kind, such as "1 picture · 2 sources".

    Args:
        kinds: The kinds of the parts, as in ExtraKind.
    """
    counts = Counter(kinds)
    labels = (
        (ExtraKind.PICTURE, _pictures),
        (ExtraKind.SOUND, _sounds),
        (ExtraKind.VIDEO, _videos),
        (ExtraKind.FILE, _files),
        (ExtraKind.SOURCE, _sources),
    )
    return " · ".join(label(counts[kind]) for kind, label in labels if counts[kind])


def _pictures(count: int) -> str:
    return ngettext("{count} picture", "{count} pictures", count)


def _sounds(count: int) -> str:
    return ngettext("{count} sound", "{count} sounds", count)


def _videos(count: int) -> str:
    return ngettext("{count} video", "{count} videos", count)


def _files(count: int) -> str:
    return ngettext("{count} file", "{count} files", count)


def _sources(count: int) -> str:
    return ngettext("{count} source", "{count} sources", count)
