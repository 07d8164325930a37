"""Assembles tool calls from the pieces of a stream, whatever way the endpoint cuts them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.events import RequestedCall

CALLS_LIMIT: Final = 64
"""The most calls of one reply; later ones are dropped."""
ARGUMENTS_LIMIT: Final = 1_000_000
"""The longest arguments in characters; what follows is dropped, so that they are not JSON."""
_NAME_LIMIT: Final = 400
_ID_LIMIT: Final = 400
_ARGUMENTS: Final = ("arguments", "parameters", "input", "args")
_IDS: Final = ("id", "call_id", "tool_call_id")
_NOTHING: Final = ("{}", "null", '""')
_END_TOKENS: Final = ("<|im_end|>", "<|eom_id|>", "<|eot_id|>", "<|call|>", "</s>", "</tool_call>")


@dataclass(slots=True)
class _Piece:
    """One entry of `tool_calls` in a chunk."""

    index: int | None
    call_id: str
    name: str
    arguments: str


@dataclass(slots=True)
class _Open:
    """A call of which pieces have arrived."""

    index: int | None
    call_id: str
    name: str
    fragments: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, piece: _Piece) -> None:
        self.call_id = self.call_id or piece.call_id
        if piece.name and piece.name != self.name and len(self.name) < _NAME_LIMIT:
            # A name in pieces, or repeated as far as it is known.
            is_longer = piece.name.startswith(self.name)
            self.name = piece.name if is_longer else self.name + piece.name
        if piece.arguments and self.length < ARGUMENTS_LIMIT:
            self.fragments.append(piece.arguments)
            self.length += len(piece.arguments)

    @property
    def arguments(self) -> str:
        return _joined(self.fragments)


class ToolCallAssembler:
    """Collects the calls of one reply.

    Endpoints leave out the index or the id, repeat them for several calls, send the name late or
    with every piece, and the arguments whole, in pieces, as an object or once more at the end.
    """

    def __init__(self) -> None:
        self._calls: list[_Open] = []
        self._has_deltas = False

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def current(self) -> tuple[str, int]:
        """The name of the newest call, and the length of its arguments so far."""
        newest = self._calls[-1]
        return newest.name, newest.length

    def feed(self, entries: list[Any], *, is_message: bool = False) -> None:
        """Take the entries of one chunk.

        Args:
            entries: The value of `tool_calls`.
            is_message: True if they are those of a whole message, which some endpoints send after
                its deltas.
        """
        if is_message and self._has_deltas:
            return
        self._has_deltas = self._has_deltas or not is_message
        taken: list[_Open] = []
        for entry in entries:
            piece = _piece(entry)
            if piece is None:
                continue
            known = self._target(piece)
            if known is None or (any(it is known for it in taken) and piece.name):
                # Two entries with names in one chunk are two calls, whatever their ids say.
                if len(self._calls) >= CALLS_LIMIT:
                    continue
                known = _Open(piece.index, piece.call_id, "")
                self._calls.append(known)
            known.add(piece)
            taken.append(known)

    def calls(self) -> tuple[RequestedCall, ...]:
        """Return the calls, in the order in which they began."""
        return tuple(
            RequestedCall(
                replace_surrogates(call.name.strip()),
                replace_surrogates(call.arguments),
                replace_surrogates(call.call_id[:_ID_LIMIT]),
            )
            for call in self._calls
            if call.name or call.fragments
        )

    def _target(self, piece: _Piece) -> _Open | None:
        """Return the call that a piece belongs to; None for a new one."""
        known = self._last(piece)
        if known is None or not piece.name or not known.name:
            return known
        return None if _is_other(known, piece) else known

    def _last(self, piece: _Piece) -> _Open | None:
        for call in reversed(self._calls):
            if piece.index is not None:
                if call.index == piece.index:
                    return call
            elif not piece.call_id or call.call_id == piece.call_id:
                return call
        if piece.call_id and piece.index is None and not piece.name and self._calls:
            # An id that changes with every piece.
            return self._calls[-1]
        return None


def _is_other(known: _Open, piece: _Piece) -> bool:
    """Return whether a piece with a name begins another call than one with the same position."""
    has_other_id = bool(piece.call_id and known.call_id and piece.call_id != known.call_id)
    if known.name != piece.name:
        is_rest = not known.fragments and not has_other_id and piece.index is not None
        return not is_rest
    if not known.fragments:
        return has_other_id
    whole = _object(known.arguments)
    if whole is None:
        return False
    # A repeated name with complete arguments: the same call once more, or the next one.
    return bool(piece.arguments) and (has_other_id or _object(piece.arguments) != whole)


def call_name(entry: Any) -> str:
    """Return the name of the tool in an entry of `tool_calls`; empty if it has none."""
    piece = _piece(entry)
    return piece.name if piece is not None else ""


def _piece(entry: Any) -> _Piece | None:
    if not isinstance(entry, dict):
        return None
    function = entry.get("function")
    if isinstance(function, str):
        holder = {**entry, "name": function}
    else:
        holder = function if isinstance(function, dict) else entry
    found = next((holder[it] for it in _ARGUMENTS if holder.get(it) is not None), None)
    if found is None:
        found = next((entry[it] for it in _ARGUMENTS if entry.get(it) is not None), None)
    name = holder.get("name")
    call_id = next((entry[it] for it in _IDS if entry.get(it)), "")
    return _Piece(
        _index(entry.get("index")),
        str(call_id) if isinstance(call_id, str | int) else "",
        name[:_NAME_LIMIT] if isinstance(name, str) else "",
        _as_text(found),
    )


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None


def _as_text(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    if arguments is None:
        return ""
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _joined(fragments: list[str]) -> str:
    """Return the arguments, also if the endpoint sent them again, or an empty object first."""
    text = "".join(fragments).strip()
    for token in _END_TOKENS:
        text = text.removesuffix(token).rstrip()
    if not text or len(text) > ARGUMENTS_LIMIT:
        return text[:ARGUMENTS_LIMIT] or "{}"
    found = _object(text)
    if found is not None:
        # A text that contains the object was encoded twice.
        return text if text[0] == "{" else json.dumps(found, ensure_ascii=False)
    return _repeated(fragments) or text


def _repeated(fragments: list[str]) -> str:
    """Return the arguments if other fragments are a part of them; else an empty text."""
    if len(fragments) < 2:
        return ""
    rest, last = "".join(fragments[1:]).strip(), fragments[-1].strip()
    if fragments[0].strip() in _NOTHING and _object(rest) is not None:
        return rest
    before = "".join(fragments[:-1]).strip()
    is_longer = last.startswith((before, fragments[-2].strip()))
    whole = _object(last)
    return last if whole is not None and (is_longer or _object(before) == whole) else ""


def _object(text: str) -> dict[str, Any] | None:
    """Return the object in a text; None if it is not JSON of one."""
    try:
        value = json.loads(text, strict=False)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
