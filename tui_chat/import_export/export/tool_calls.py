"""Tool calls in exports: a block at their place in the text of a reply."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import ResultKind

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.tools.call import ResultPart, ToolCall

_TICKS: Final = re.compile("`{3,}")
_MARKS: Final = re.compile(r"[\\`*_\[\]<>#|~]")
_NAME_LIMIT: Final = 100
_NOTE_LIMIT: Final = 500
_RESULT_LIMIT: Final = 50_000


def with_calls(message: Message, text: str | None = None) -> str:
    """Return the text of a reply as Markdown, with its tool calls as blocks.

    Args:
        message: The reply.
        text: Replaces its text, after all calls; None for its own text.
    """
    if not message.tool_calls:
        return message.content if text is None else text
    parts: list[str] = []
    begin = 0
    for call in message.tool_calls:
        if text is None:
            parts.append(message.content[begin : call.text_end].strip("\n"))
            begin = max(begin, call.text_end)
        parts.append(_block(call))
    parts.append(message.content[begin:].strip("\n") if text is None else text)
    return "\n\n".join(part for part in parts if part.strip())


def _block(call: ToolCall) -> str:
    name = _plain(" / ".join(filter(None, (call.server, call.label))), _NAME_LIMIT)
    head = f"**{_('Tool')}: {name}** ({call.state.label})"
    note = _plain(call.note, _NOTE_LIMIT)
    parts = [f"{head}: {note}" if note else head, _fenced(call.arguments, "json")]
    if call.result:
        parts.append("\n".join(filter(None, map(_part, call.result))))
    return "\n\n".join(part for part in parts if part)


def _part(part: ResultPart) -> str:
    if part.text:
        is_cut = len(part.text) > _RESULT_LIMIT
        text = f"{part.text[:_RESULT_LIMIT]}\n…" if is_cut else part.text
        return _fenced(text, "json" if part.kind is ResultKind.STRUCTURED else "text")
    facts = [part.kind.value, part.name, part.mime, part.uri]
    facts += [byte_size(len(part.data))] if part.data else []
    return _plain(" · ".join(filter(None, facts)), _NOTE_LIMIT)


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _plain(text: str, limit: int) -> str:
    """Return outside text in one line that Markdown does not read as anything else."""
    return _MARKS.sub(r"\\\g<0>", sanitize_line(text, limit))
