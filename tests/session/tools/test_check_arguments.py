from __future__ import annotations

import pytest

from tui_chat.core.tools.tool import Tool
from tui_chat.session.tools.check_arguments import check_arguments
from tui_chat.session.turns.structured_output import StructuredOutput

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"city": "Paris"}', ""),
        ('{"city": "Paris",}', "This is not JSON."),
        ("[1]", "Arguments are a JSON object."),
        ("{}", "city"),
        ('{"city": "Paris", "days": "two"}', "days"),
    ],
)
async def test_edited_arguments_match_the_schema(text: str, wrong: str) -> None:
    structured = StructuredOutput()
    try:
        found = await check_arguments(structured, Tool("weather", "get", "", SCHEMA), text)
    finally:
        await structured.aclose()
    assert bool(found) is bool(wrong)
    assert wrong in " ".join(found)
