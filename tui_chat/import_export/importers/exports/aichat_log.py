"""Imports `messages.md` of aichat, the log of the questions outside of its sessions.

Each entry is a question and its answer, and becomes a conversation of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_
from tui_chat.import_export.importers.build_tree import (
    Node,
    Origin,
    build_transcript,
    stable_id,
)
from tui_chat.import_export.importers.exports.aichat import SOURCE
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import mapping, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("aichat's messages")
_RULE: Final = "\n--------\n"
_BEGIN: Final = "# CHAT: "
# Only after the end of another entry: a question may quote a log.
_HEAD: Final = re.compile(
    r"(?:\A|(?<=\n--------\n\n))# CHAT: (.*) \[(\d{4}-\d\d-\d\d[^\]\n]*)\](?: \(.*\))?\n"
)
_TOOL_CALLS: Final = re.compile(r"^<tool_calls>\n.*?^</tool_calls>\n*", re.DOTALL | re.MULTILINE)


def is_log(data: bytes) -> bool:
    """Return whether a file is a log."""
    return (
        _HEAD.match(data[:10_000].decode("utf-8-sig", "replace").replace("\r\n", "\n")) is not None
    )


def entries(data: bytes) -> Iterator[dict[str, str]]:
    """Yield the title, time, question and answer of each entry."""
    log = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    heads = list(_HEAD.finditer(log))
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(log)
        body = log[head.end() : end].rstrip("\n") + "\n"
        question, _rule, answer = body.removesuffix(_RULE).partition(_RULE)
        yield {"title": head[1], "at": head[2], "question": question, "answer": answer}


def transcript_from(value: object, tally: Tally, changed_at: datetime) -> Transcript | None:
    """Parse an entry; return None if it has no messages to import.

    Args:
        value: The entry.
        tally: Collects what is left out.
        changed_at: The time of the file's last change, for an entry without a readable time.
    """
    record = mapping(value)
    question, (answer, calls) = (
        text(record.get("question")),
        _TOOL_CALLS.subn("", text(record.get("answer"))),
    )
    tally.skip(Skipped.TOOL_CALL, calls)
    at = moment(record.get("at"))
    origin = Origin(
        source=SOURCE,
        key=f"{text(record.get('at'))} {stable_id(question)[:8]}",
        title=text(record.get("title")),
        created_at=at,
        fallback=at or changed_at,
    )
    nodes = [Node(key="1", parent=None, role=Role.USER, content=question)]
    if answer.strip():
        nodes.append(Node(key="2", parent="1", role=Role.ASSISTANT, content=answer))
    return build_transcript(origin, nodes)
