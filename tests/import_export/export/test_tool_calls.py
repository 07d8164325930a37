from __future__ import annotations

from dataclasses import replace

import pytest

from tests.import_export.build import talk
from tui_chat.core.tools.call import CallState, ResultKind, ResultPart, ToolCall
from tui_chat.import_export.export.html import as_html
from tui_chat.import_export.export.markdown import as_markdown
from tui_chat.import_export.export.tool_calls import with_calls

_CALL = ToolCall(
    "a",
    "time__now",
    '{"zone": "UTC"}',
    "time",
    "now",
    CallState.DONE,
    text_end=7,
    result=(ResultPart(ResultKind.TEXT, "noon ```` <b>"),),
)


def test_a_call_is_a_block_at_its_place() -> None:
    message = replace(talk("When?", "I look.\n\nNoon.").messages[1], tool_calls=(_CALL,))
    assert with_calls(message) == (
        "I look.\n\n**Tool: time / now** (done)\n\n"
        '```json\n{"zone": "UTC"}\n```\n\n'
        "`````text\nnoon ```` <b>\n`````\n\nNoon."
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            replace(_CALL, state=CallState.REFUSED, note="*no*\nway", result=()),
            "**Tool: time / now** (refused): \\*no\\* way\n\n",
        ),
        (
            replace(_CALL, server="[x](y)", name="<img>", result=()),
            "**Tool: \\[x\\](y) / \\<img\\>** (done)",
        ),
        (
            replace(_CALL, result=(ResultPart(ResultKind.PICTURE, data=b"12", mime="image/png"),)),
            "picture · image/png · 2 bytes",
        ),
    ],
)
def test_outside_text_is_never_markup(call: ToolCall, text: str) -> None:
    message = replace(talk("When?", "I look.").messages[1], tool_calls=(call,))
    assert text in with_calls(message)


def test_exports_have_the_calls() -> None:
    transcript = talk("When?", "I look.\n\nNoon.")
    answer = replace(transcript.messages[1], tool_calls=(_CALL,))
    transcript = replace(transcript, messages=[transcript.messages[0], answer])
    assert "**Tool: time / now** (done)" in "".join(as_markdown(transcript))
    page = "".join(as_html(transcript))
    assert "<strong>Tool: time / now</strong> (done)" in page
    assert "&lt;b&gt;" in page
    assert "noon ```` <b>" not in page
