"""Tool calls for tests of the screen."""

from __future__ import annotations

from typing import Any

from tui_chat.core.tools.call import CallState, ResultKind, ResultPart, ToolCall
from tui_chat.core.tools.questions import CallQuestion
from tui_chat.core.tools.tool import Tool, ToolClaims

ARGUMENTS = '{"city": "Paris", "days": 2}'
HOSTILE = "\x1b]52;c;aGk=\x07\x9b2J\u202e [bold]b[/bold] $text [@click=app.quit]x[/]"
CONTROLS = set("\x1b\x07\x9b\u202e")


def call(call_id: str = "1", state: CallState = CallState.PROPOSED, **fields: Any) -> ToolCall:
    values: dict[str, Any] = {
        "server": "weather",
        "name": "get_weather",
        "sent_name": "weather__get_weather",
        "arguments": ARGUMENTS,
        "text_end": len("Let me look."),
    }
    return ToolCall(call_id=call_id, state=state, **(values | fields))


def question(asked: ToolCall, message_id: str = "m", **fields: Any) -> CallQuestion:
    tool = Tool(
        asked.server,
        asked.name,
        "Return the weather of a city.",
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        claims=ToolClaims(is_read_only=True),
    )
    return CallQuestion("c", message_id, asked, **({"tool": tool} | fields))


def text_result(text: str) -> tuple[ResultPart, ...]:
    return (ResultPart(ResultKind.TEXT, text),)
