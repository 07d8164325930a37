"""Counts the tokens of one request against its reservation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.token_estimate import estimate_tokens
from tui_chat.gateway.codes.accounting import limit_error
from tui_chat.gateway.store.reservations import SLICE_TOKENS, Grant, LimitReached

if TYPE_CHECKING:
    from tui_chat.core.stream_events import Usage
    from tui_chat.gateway.codes.accounting import Accounting
    from tui_chat.gateway.store.reservations import Admission

_OTHER_OUTPUT: Final = (b'"tool_calls"', b'"function_call"', b'"audio"')
"""Output that is not text for the user, and that the reply parser does not return."""
WHOLE_REPLY_TOKENS: Final = 4096
"""Reserved for a reply in one piece if the client does not limit it."""
_LINE_LIMIT: Final = 64_000_000


class Meter:
    """Counts input and output; reserves more output as a reply streams.

    Attributes:
        input_tokens: Estimate of the input, then the endpoint's own number.
        output_tokens: Output so far, hidden reasoning included once the endpoint reports it.
        is_estimated: Whether the endpoint has not reported its usage.
    """

    def __init__(self, accounting: Accounting) -> None:
        self._accounting = accounting
        self._admission: Admission | None = None
        self._grant = Grant(0, 0)
        self._line = bytearray()
        self.input_tokens = 0
        self.output_tokens = 0
        self.is_estimated = True

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    async def reserve(
        self, admission: Admission, input_tokens: int, wanted: int | None, *, is_streamed: bool
    ) -> int:
        """Reserve the input and the first output of a request.

        Args:
            admission: The request.
            input_tokens: Estimate of everything that is sent.
            wanted: The most output that the request asks for; None if it does not limit it.
            is_streamed: Whether more can be reserved as the reply arrives. A reply in one piece
                reserves all its output.

        Returns:
            The most output that the endpoint may be asked for.

        Raises:
            ErrorReply: A limit is reached, or the database cannot be written.
        """
        self._admission = admission
        first = SLICE_TOKENS if is_streamed else WHOLE_REPLY_TOKENS
        first = first if wanted is None else min(wanted, first if is_streamed else wanted)
        self._grant = await self._accounting.reserve(admission, input_tokens, first)
        self.input_tokens = input_tokens
        return self._grant.most_output if is_streamed else self._grant.output_tokens

    def clear(self) -> None:
        """Count nothing: the request was refused."""
        self.input_tokens = self.output_tokens = 0
        self.is_estimated = False

    async def count(self, text: str, data: bytes = b"") -> None:
        """Count output; reserve more if the reservation is used up.

        Args:
            text: Text and reasoning of a reply.
            data: The bytes it was parsed from; tool calls in them are counted too.

        Raises:
            ErrorReply: A limit is reached, or the database cannot be written.
        """
        self.add(text, data)
        await self._extend()

    def add(self, text: str, data: bytes = b"") -> None:
        """Count a part of a stream without reserving more."""
        self.output_tokens += estimate_tokens(text) + self._other_tokens(data)

    def add_whole(self, text: str, reply: dict[str, Any]) -> None:
        """Count a reply in one piece, whose length the reservation has limited.

        Args:
            text: Its text and reasoning.
            reply: The reply, for its tool calls.
        """
        self.output_tokens += estimate_tokens(text) + sum(map(tool_tokens, _deltas_of(reply)))

    def cut(self, data: bytes, excess: int) -> bytes:
        """Return the events at the beginning of some data that the limit still allows.

        The last of them may exceed it: a delta is never divided.

        Args:
            data: Whole events, whose tokens have been counted.
            excess: The tokens by which their number exceeds the limit.
        """
        lines = data.splitlines(keepends=True)
        kept = len(lines)
        for line in reversed(lines):
            tokens = _event_tokens(line)
            if tokens and excess - tokens < 0:
                break
            kept -= 1
            excess -= tokens
            self.output_tokens -= tokens
        return b"".join(lines[:kept])

    @property
    def excess(self) -> int:
        """Tokens beyond the reservation."""
        return max(0, self.output_tokens - self._grant.output_tokens)

    async def _extend(self) -> None:
        while self._admission is not None and self.output_tokens > self._grant.output_tokens:
            before = self._grant.output_tokens
            more = max(SLICE_TOKENS, self.output_tokens - before)
            self._grant = await self._accounting.extend(
                self._admission, before, self.output_tokens, more
            )
            if self._grant.output_tokens <= before:
                raise self._limit_error()

    def settle(self, usage: Usage | None) -> None:
        """Replace the estimates by the usage that the endpoint reported."""
        if usage is None:
            return
        if usage.input_tokens is not None:
            self.input_tokens = usage.input_tokens
        if usage.output_tokens is not None:
            self.output_tokens = usage.output_tokens
        self.is_estimated = usage.input_tokens is None or usage.output_tokens is None

    def _limit_error(self) -> Exception:
        assert self._admission is not None  # noqa: S101 - only a reserved request is counted
        code = self._admission.code
        limits = code.limits
        name = "cost_per_month"
        if limits.tokens_per_month is not None:
            name = "tokens_per_month"
        if limits.tokens_per_day is not None:
            name = "tokens_per_day"
        return limit_error(LimitReached(name, 0.0), code)

    def _other_tokens(self, data: bytes) -> int:
        """Return the tokens of tool calls in the lines that end in some data."""
        if not data and not self._line:
            return 0
        if not any(name in data for name in _OTHER_OUTPUT) and not self._line:
            # The common case: text. A tool call that is cut by a read is in the kept line.
            self._line = bytearray(data[data.rfind(b"\n") + 1 :])
            return 0
        *lines, rest = (bytes(self._line) + data).split(b"\n")
        self._line = bytearray(rest[:_LINE_LIMIT])
        return sum(
            _tokens_of_tools(line) for line in lines if any(name in line for name in _OTHER_OUTPUT)
        )


def tool_tokens(message: Any) -> int:
    """Return the estimated tokens of the tool calls in a message or delta."""
    if not isinstance(message, dict):
        return 0
    other = {name: message[name] for name in ("tool_calls", "function_call") if message.get(name)}
    return estimate_tokens(_texts(other)) if other else 0


def _tokens_of_tools(line: bytes) -> int:
    return sum(map(tool_tokens, _deltas_of(_event_of(line))))


def _event_tokens(line: bytes) -> int:
    """Return the tokens of everything in the deltas of an event."""
    return sum(
        estimate_tokens(_texts({name: delta[name] for name in delta if name != "role"}))
        for delta in _deltas_of(_event_of(line))
    )


def _event_of(line: bytes) -> Any:
    try:
        return json.loads(line.removeprefix(b"data:"))
    except (ValueError, RecursionError):
        return None


def _deltas_of(event: Any) -> list[dict[str, Any]]:
    choices = event.get("choices") if isinstance(event, dict) else None
    found = (
        choice.get("delta") or choice.get("message")
        for choice in (choices if isinstance(choices, list) else ())
        if isinstance(choice, dict)
    )
    return [delta for delta in found if isinstance(delta, dict)]


def _texts(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [inner for name, inner in value.items() if name not in ("id", "type", "index")]
    return "".join(map(_texts, value)) if isinstance(value, list) else ""
