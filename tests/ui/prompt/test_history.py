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


def test_a_question_asked_again_is_listed_once_and_first() -> None:
    history = PromptHistory(["b", "a"])

    history.add("a")

    assert history.older("") == "a"
    assert history.older("") == "b"
    assert history.older("") is None


def test_what_is_changed_in_an_earlier_question_is_there_again() -> None:
    history = PromptHistory(["newest", "middle", "oldest"])

    assert history.older("draft") == "newest"
    assert history.older("newest, changed") == "middle"
    assert history.older("") == "oldest"
    assert history.newer("oldest, changed") == ""
    assert history.newer("middle again") == "newest, changed"
    assert history.newer("newest, changed") == "draft"
    assert history.newer("draft") is None
    assert history.older("another draft") == "newest, changed"
    assert history.older("newest, changed") == "middle again"
    assert history.newer() == "newest, changed"
    assert history.newer() == "another draft"


def test_a_changed_question_that_is_sent_leaves_the_original_and_the_draft_behind() -> None:
    history = PromptHistory(["newest", "oldest"])
    history.older("draft")
    history.older("newest, changed")

    history.add("oldest, changed")

    assert history.older("") == "oldest, changed"
    assert history.older("oldest, changed") == "draft"
    assert history.older("draft") == "newest, changed"
    assert history.older("newest, changed") == "oldest"
