"""Imports a session of aichat, a YAML file in its folder `sessions`.

A session has neither an ID nor times: its content identifies it, and every message gets the time
of the file's last change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import (
    Node,
    Origin,
    build_transcript,
    stable_id,
)
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, mapping, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("aichat's session")
SOURCE: Final = "aichat"
_LARGEST: Final = 20_000_000
_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def is_session(value: object) -> bool:
    """Return whether a value is a session."""
    record = mapping(value)
    messages = map(mapping, items(record.get("messages")))
    return "model" in record and any("role" in m and "content" in m for m in messages)


def parse_yaml(name: str, data: bytes) -> object:
    """Parse a YAML file; None if it is not YAML.

    Raises:
        Malformed: It is too large, or refers to parts of itself, which sessions never do.
    """
    # Loaded here: no other importer needs it.
    import yaml

    if len(data) > _LARGEST:
        raise Malformed(
            _("{file} is larger than {limit:,} bytes").format(file=name, limit=_LARGEST)
        )
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # A reference can make a small file endlessly large.
        for token in yaml.scan(data, Loader=loader):
            if isinstance(token, yaml.AliasToken):
                raise Malformed(_("{file} refers to parts of itself").format(file=name))
        return yaml.load(data, Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return None


def transcript_from(
    value: object, tally: Tally, name: str, changed_at: datetime
) -> Transcript | None:
    """Parse a session; return None if it has no messages to import.

    Args:
        value: The session.
        tally: Collects what is left out.
        name: The name of the file, which is the title.
        changed_at: The time of the file's last change.
    """
    record = mapping(value)
    model = text(record.get("model")) or None
    origin = Origin(source=SOURCE, key="", title=name, fallback=changed_at)
    nodes: list[Node] = []
    # Messages that were summarized to save tokens come first.
    entries = [*items(record.get("compressed_messages")), *items(record.get("messages"))]
    for number, message in enumerate(map(mapping, entries), start=1):
        before = tally.skipped.copy()
        content = _content(message.get("content"), tally)
        role = _ROLES.get(text(message.get("role")))
        if role is Role.SYSTEM and not nodes:
            origin.system_prompt = content or None
            continue
        if role is None:
            is_tool = message.get("role") == "tool"
            tally.skip(Skipped.TOOL_RESULT if is_tool else Skipped.UNKNOWN_AUTHOR)
        if not content.strip():
            content = tally.placeholders_since(before)
        nodes.append(
            Node(
                key=str(number),
                parent=nodes[-1].key if nodes else None,
                role=role if content.strip() else None,
                content=content,
                model=model if role is Role.ASSISTANT else None,
            )
        )
    first = next((node.content for node in nodes if node.role is Role.USER), "")
    origin.key = f"{name[:100]} {stable_id(first)[:8]}"
    return build_transcript(origin, nodes)


def _content(content: object, tally: Tally) -> str:
    if isinstance(content, str):
        return content
    calls: Mapping[str, Any] = mapping(content)
    tally.skip(Skipped.TOOL_CALL, len(items(calls.get("tool_results"))))
    texts = [text(calls.get("text"))]
    for part in map(mapping, items(content)):
        kind = text(part.get("type"))
        if kind == "text":
            texts.append(text(part.get("text")))
        else:
            tally.skip(Skipped.IMAGE if "image" in kind else Skipped.UNKNOWN_BLOCK)
    return "\n\n".join(filter(str.strip, texts))
