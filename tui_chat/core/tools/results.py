"""Results of tool calls as the model reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.tools.call import CallState, ResultKind

if TYPE_CHECKING:
    from tui_chat.core.tools.call import ResultPart, ToolCall

RESULT_LIMIT: Final = 50_000
"""The longest result that is sent to the model, in characters."""
_NO_RESULT: Final = "[the tool returned nothing]"
_REFUSED: Final = "The user refused this call. It was not run."
_CANCELLED: Final = "The user stopped this call. It has no result."
_INTERRUPTED: Final = "The program ended while this call ran. Its result is unknown."
_FAILED: Final = "The call failed. {reason}"
_ERROR: Final = "The tool reports an error:\n{text}"
_CUT: Final = "\n[cut here: the first {sent} of {length} characters of the result]"


def text_for_model(call: ToolCall, limit: int = RESULT_LIMIT) -> str:
    """Return the content of the message that answers a call.

    Args:
        call: The call; one that is not final counts as stopped.
        limit: The longest result, in characters.
    """
    match call.state:
        case CallState.DONE | CallState.FAILED if call.result or call.state is CallState.DONE:
            text = _cut("\n".join(filter(None, map(_part_text, call.result))) or _NO_RESULT, limit)
            return _ERROR.format(text=text) if call.is_error else text
        case CallState.FAILED:
            return _FAILED.format(reason=call.note).strip()
        case CallState.REFUSED:
            return f"{_REFUSED} {call.note}".strip()
        case CallState.INTERRUPTED:
            return _INTERRUPTED
        case _:
            return _CANCELLED


def _part_text(part: ResultPart) -> str:
    if part.kind is ResultKind.LINK:
        return f"[resource: {part.uri} {part.name}]".replace(" ]", "]")
    if part.data and not part.text:
        size = f"{len(part.data)} bytes"
        return f"[{part.kind.value}: {part.mime or 'unknown type'}, {size}, shown to the user only]"
    return part.text


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit] + _CUT.format(sent=limit, length=len(text))
