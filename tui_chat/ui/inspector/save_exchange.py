"""Writes an exchange to a file with mode 0600."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.http_exchange import Exchange, WireEntry, to_jsonl
from tui_chat.ui.inspector.decode_events import (
    EventReader,
    body_event,
    content_type,
    is_stream,
    safe_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

_MODE: Final = 0o600


def snapshot(exchange: Exchange) -> Exchange:
    """Copy an exchange, since the original may change while the copy is written."""
    return replace(exchange, entries=deque(exchange.entries))


def save(exchange: Exchange, redact: Callable[[str], str], folder: Path, now: datetime) -> Path:
    """Write an exchange as JSON Lines and return the path of the file.

    One entry is one event, not one read: a read could split a secret, which redaction would miss.

    Args:
        exchange: A snapshot.
        redact: Redacts a text.
        folder: The target folder; created if missing.
        now: Used for the file name.

    Raises:
        ConfigError: The folder cannot be created.
        OSError: The file cannot be written.
    """
    make_private_folder(folder)

    def safe(text: str) -> str:
        return safe_text(text, redact)

    written = replace(exchange, url=safe(exchange.url), entries=deque(_entries(exchange, safe)))
    path, descriptor = _new_file(folder, f"wire-{now:%Y%m%d-%H%M%S}")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        for line in to_jsonl(written, safe):
            file.write(f"{line}\n")
    return path


def _entries(exchange: Exchange, safe: Callable[[str], str]) -> Iterator[WireEntry]:
    """Yield one entry per event."""
    entries = list(exchange.entries)
    if not entries:
        return
    reader = EventReader()
    first = b"".join(entry.data for entry in entries)
    if is_stream(content_type(exchange.response_headers), first):
        events = [event for entry in entries for event in reader.feed(entry)]
        events += reader.finish(entries[-1].offset_s)
    else:
        events = [body_event(entries)]
    for event in events:
        yield WireEntry(event.offset_s, safe(event.raw).encode("utf-8", "backslashreplace"))


def _new_file(folder: Path, stem: str) -> tuple[Path, int]:
    for number in count(1):
        path = folder / f"{stem}{f'-{number}' if number > 1 else ''}.jsonl"
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        except FileExistsError:
            continue
    raise AssertionError
