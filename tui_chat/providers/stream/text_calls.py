"""Takes tool calls out of the text of a reply, and holds back what may be one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.tools.events import RequestedCall
from tui_chat.providers.stream.call_formats import (
    LEFTOVERS,
    MARKS,
    offered_name,
    read_bare_call,
    read_calls,
)
from tui_chat.providers.stream.reasoning_marks import overlap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.core.tools.tool import Tool

_MARK: Final = re.compile("|".join(map(re.escape, MARKS)))
_BLANKS: Final = re.compile(r"\s+")
_FENCE_HEAD: Final = re.compile(r"\A```(?:json|tool_call|python|tool_code)?")
_BARE: Final = (
    *('{"name":"', '[{"name":"', '{"type":"function"', '[{"type":"function"'),
    *('{"function":', '[{"function":', '{"tool":"', '{"tool_name":"', '{"tool_calls":'),
)
"""Beginnings of calls without any mark, without blanks: Llama and small models."""
_BARE_NAME: Final = re.compile(r'\[?\{"(?:name|tool|tool_name)":"([^"]*)"')
_LONGEST_HEAD: Final = 200
_FENCE: Final = "```"
_LONGEST_FENCE: Final = 20


class TextCalls:
    """Looks for calls in the text of a reply, if tools were offered."""

    def __init__(self, tools: Mapping[str, Tool] | None) -> None:
        self._tools = tools or {}
        self._bare = (*_BARE, *(f"[{name}(" for name in self._tools))
        self._held = ""
        self._is_start = self._is_passing = True
        self._fences = 0
        self.calls: tuple[RequestedCall, ...] = ()

    def feed(self, text: str) -> str:
        """Return the text that is certainly no part of a call; the rest is held back."""
        if not self._tools or not text:
            return text
        text, self._held = self._held + text, ""
        if not self._is_passing:
            self._held = text
            return ""
        if self._is_start:
            if self._may_be_bare(text):
                self._held = text
                return ""
            self._is_start = not text.strip()
        found = _MARK.search(text)
        while found is not None:
            # A mark inside a code block is an example.
            if (self._fences + text.count(_FENCE, 0, found.start())) % 2 == 0:
                self._is_passing = False
                return self._passed(text, found.start())
            found = _MARK.search(text, found.end())
        kept = max(overlap(text, mark) for mark in (*MARKS, _FENCE))
        return self._passed(text, len(text) - kept)

    def finish(self, called: Sequence[tuple[str, str]] = ()) -> str:
        """Return the held text without the calls in it.

        Args:
            called: Calls in the harmony format, which are taken out of the text elsewhere.
        """
        held, self._held = self._held, ""
        if called:
            self.calls = tuple(
                RequestedCall(offered_name(name, self._tools) or name, arguments, from_text=True)
                for name, arguments in called
            )
        if not held or not self._tools:
            return held
        calls: Sequence[RequestedCall] = ()
        if self._is_start and (calls := read_bare_call(held, self._tools)):
            held = ""
        elif _MARK.search(held):
            rest, calls = read_calls(held, self._tools)
            held = LEFTOVERS.sub("", rest).strip() if calls else held
        self.calls += tuple(calls)
        return held

    def _passed(self, text: str, end: int) -> str:
        passed, self._held = text[:end], text[end:]
        self._fences += passed.count(_FENCE)
        return passed

    def _may_be_bare(self, text: str) -> bool:
        """Return whether a reply that begins with this text may be a call without a mark."""
        head = _FENCE_HEAD.sub("", _BLANKS.sub("", text[: _LONGEST_HEAD * 2]))
        stripped = text.lstrip()
        if not stripped:
            return False
        if not head or (stripped.startswith("`") and "\n" not in stripped):
            # A fence whose first line is still incomplete.
            is_fence = stripped.startswith(_FENCE) or _FENCE.startswith(stripped)
            return is_fence and len(stripped) < _LONGEST_FENCE
        if named := _BARE_NAME.match(head):
            return bool(offered_name(named[1], self._tools))
        return any(head.startswith(it) or it.startswith(head) for it in self._bare)
