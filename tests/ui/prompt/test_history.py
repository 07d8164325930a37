from __future__ import annotations

from tui_chat.ui.prompt.history import PromptHistory


def test_the_draft_comes_back_at_the_end_of_the_walk() -> None:
    history = PromptHistory(["newest", "oldest"])

    assert history.older("draft") == "newest"
    assert history.older("newest") == "oldest"
    assert history.older("oldest") is None
    assert history.newer() == "newest"
    assert history.newer() == "draft"
    assert history.newer() is None


def test_a_question_asked_again_stands_once_and_first() -> None:
    history = PromptHistory(["b", "a"])

    history.add("a")

    assert history.older("") == "a"
    assert history.older("") == "b"
    assert history.older("") is None
