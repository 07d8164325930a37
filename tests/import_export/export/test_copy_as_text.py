from __future__ import annotations

from dataclasses import replace

from tests.ui.bare import message
from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.import_export.export.copy_as_text import path_text


def test_a_path_is_markdown_with_a_heading_for_each_message() -> None:
    question = message(Role.USER, "Why?\n")
    answer = replace(message(content="Because\x1b[2J.", reasoning="hm"), model="m\n1", profile="p")
    cut = replace(answer, content="", status=MessageStatus.CANCELLED, model=None, profile=None)
    assert path_text([question, answer, cut]) == (
        "## You\n\nWhy?\n\n## m 1\n\nBecause\x1b[2J.\n\n## Assistant\n\n*stopped by you*\n"
    )
