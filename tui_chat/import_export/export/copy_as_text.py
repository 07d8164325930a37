"""The shown path of a conversation as one text, to be pasted elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.import_export.export.markdown import ending, source, speaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Message


def path_text(path: Iterable[Message]) -> str:
    """Return messages as Markdown: a heading for each, then its text; no front matter."""
    parts: list[str] = []
    for message in path:
        note = ending(message)
        said = [f"## {speaker(message)}", f"*{note}*" if note else "", source(message).strip()]
        parts.append("\n\n".join(part for part in said if part))
    return "\n\n".join(parts) + "\n"
