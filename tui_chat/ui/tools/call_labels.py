"""The texts about one tool call. Everything that a server or a model wrote is sanitized here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _, join_sentences, ngettext
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import CallState, ResultKind

if TYPE_CHECKING:
    from tui_chat.core.tools.call import ResultPart, ToolCall
    from tui_chat.core.tools.tool import ToolClaims

LONGEST_NAME: Final = 60
LONGEST_ARGUMENTS: Final = 200_000
"""Longer arguments are shown as text, not as a tree."""
_LINE: Final = 160
_LOOKED_AT: Final = 2_000
"""Characters of a result from which its line is made."""
_OWN_WORDS: Final = 1_000


def call_title(call: ToolCall) -> str:
    """Return server and tool: `weather · get_weather`."""
    name = sanitize_line(call.label, LONGEST_NAME) or "?"
    return f"{sanitize_line(call.server, LONGEST_NAME)} · {name}" if call.server else name


def call_state(call: ToolCall, at: float | None = None) -> str:
    """Return the state of a call with its seconds.

    Args:
        call: The call.
        at: The current time as a timestamp, for a running call.
    """
    seconds = seconds_of(call, at)
    is_told_failure = call.state is CallState.DONE and call.is_error
    label = _("done, with an error") if is_told_failure else call.state.label
    if seconds is None:
        return label
    shown = f"{seconds:.1f}" if call.state.is_final else f"{seconds:.0f}"
    return _("{state} · {seconds} s").format(state=label, seconds=shown)


def seconds_of(call: ToolCall, at: float | None = None) -> float | None:
    """Return the seconds that a call has run; None if it never ran."""
    if call.started_at is None:
        return None
    end = call.finished_at.timestamp() if call.finished_at is not None else at
    return max(0.0, end - call.started_at.timestamp()) if end is not None else None


def parsed_arguments(text: str) -> Any:
    """Return the arguments of a call as a value; None if they are not a JSON object."""
    if len(text) > LONGEST_ARGUMENTS:
        return None
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def arguments_line(text: str) -> str:
    """Return arguments in one line."""
    return sanitize_line(text[:_LOOKED_AT], _LINE)


def claims_line(claims: ToolClaims) -> str:
    """Return the claims of a server about its tool, as claims; empty if it makes none."""
    said = [
        _("it only reads") if claims.is_read_only else "",
        _("it may destroy something") if claims.is_destructive else "",
        _("a repeated call changes nothing more") if claims.is_idempotent else "",
        _("it reaches beyond the server") if claims.is_open_world else "",
    ]
    words = _(", ").join(it for it in said if it)
    return (
        _("The server claims: {claims}. Nobody has checked it.").format(claims=words)
        if words
        else ""
    )


def call_note(call: ToolCall) -> str:
    """Return the remarks about a call: its reason, an edit, a truncated result."""
    edited = _("The arguments were edited by you.") if call.edited_from is not None else ""
    unknown = "" if call.server else _("No chosen tool has this name.")
    cut = _("The server sent more than the limit; the rest was dropped.")
    return join_sentences(
        unknown if not call.note else "",
        sanitize_line(call.note, _OWN_WORDS),
        edited,
        cut if call.is_truncated else "",
    )


def result_line(call: ToolCall) -> str:
    """Return the beginning of a result in one line; empty without one."""
    if not call.result:
        return _("The tool returned nothing.") if call.state is CallState.DONE else ""
    first = next((it for it in call.result if it.text[:_LOOKED_AT].strip()), None)
    parts = [] if first is None else [sanitize_line(first.text[:_LOOKED_AT].lstrip(), _LINE)]
    others = [it for it in call.result if it is not first and it.kind is not ResultKind.STRUCTURED]
    parts += [part_label(it) for it in others[:3]]
    if len(others) > 3:
        parts.append(ngettext("+ {count} more", "+ {count} more", len(others) - 3))
    return " · ".join(part for part in parts if part)


def part_label(part: ResultPart) -> str:
    """Return the kind and the size of a part of a result."""
    name = sanitize_line(part.name or part.uri, LONGEST_NAME)
    size = byte_size(len(part.data) or len(part.text)) if part.data or part.text else ""
    kind = {
        ResultKind.TEXT: _("text"),
        ResultKind.PICTURE: _("picture"),
        ResultKind.SOUND: _("sound"),
        ResultKind.RESOURCE: _("resource"),
        ResultKind.LINK: _("link"),
        ResultKind.STRUCTURED: _("object"),
    }[part.kind]
    return " ".join(it for it in (kind, name, size) if it)
