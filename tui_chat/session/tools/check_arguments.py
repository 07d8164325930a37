"""Checks edited arguments against the schema of their tool."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui_chat.core.labels import _, labelled
from tui_chat.core.request import ResponseFormat

if TYPE_CHECKING:
    from tui_chat.core.tools.tool import Tool
    from tui_chat.session.turns.structured_output import StructuredOutput


async def check_arguments(structured: StructuredOutput, tool: Tool, text: str) -> list[str]:
    """Return what is wrong with arguments; an empty list if they are valid.

    Args:
        structured: Validates in a process with a time limit: the schema is a server's.
        tool: The tool.
        text: The arguments as the user typed them.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_("This is not JSON.")]
    if not isinstance(value, dict):
        return [_("Arguments are a JSON object.")]
    wanted = ResponseFormat("json_schema", dict(tool.input_schema))
    evaluation = await structured.check(text, wanted)
    return [
        labelled(error.path_text, error.message) if error.path_text else error.message
        for error in evaluation.errors
    ]
