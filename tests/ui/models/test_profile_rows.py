from __future__ import annotations

from tui_chat.core.stream_events import ModelInfo
from tui_chat.ui.models.profile_rows import model_row


def test_a_model_that_cannot_chat_is_greyed_and_says_so() -> None:
    row = model_row(ModelInfo("bge-m3", 8192, can_chat=False), is_current=False, width=40)
    assert "bge-m3" in row.plain
    assert row.plain.endswith("does not chat")
    assert any("60%" in str(span.style) for span in row.spans)


def test_a_chat_model_shows_its_context() -> None:
    row = model_row(ModelInfo("llama", 8192), is_current=False, width=40)
    assert row.plain.endswith("context 8.2k")
