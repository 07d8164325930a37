from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.conversation import Message, Role, new_id
from tui_chat.core.find_in_conversation import MAX_HITS, Finder, Hit, Marks, compile_pattern
from tui_chat.core.message_tree import MessageTree

NOW = datetime(2026, 5, 20, tzinfo=UTC)


def message(content: str, reasoning: str = "", parent: str | None = None) -> Message:
    return Message(new_id(), "c", parent, Role.USER, content, NOW, reasoning)


def found(messages: list[Message], words: str) -> list[tuple[int, bool, int]]:
    finder = Finder(messages)
    finder.search(words)
    while not finder.work(0):
        pass
    ids = [it.id for it in messages]
    return [(ids.index(hit.message_id), hit.in_reasoning, hit.ordinal) for hit in finder.hits]


def test_matches_ignore_case_and_reasoning_comes_first() -> None:
    messages = [message("fox FOX", "a Fox"), message("none"), message("天空 foxes")]
    assert found(messages, "fox") == [(0, True, 0), (0, False, 0), (0, False, 1), (2, False, 0)]
    assert found(messages, "天空") == [(2, False, 0)]
    assert found(messages, "") == []
    assert found(messages, "  ") == []
    assert found(messages, "[fox]") == []


def test_a_space_matches_line_breaks() -> None:
    assert found([message("two\n  words")], "two words ") == [(0, False, 0)]


def test_time_slices_find_the_same_and_yield() -> None:
    messages = [message(f"fox {n}") for n in range(50)]
    finder = Finder(messages)
    finder.search("fox")
    steps = 1
    while not finder.work(0):
        steps += 1
    assert steps == 50
    assert len(finder.hits) == 50


def test_the_number_of_matches_is_limited() -> None:
    finder = Finder([message("a" * MAX_HITS), message("a")])
    finder.search("a")
    finder.work(60)
    assert finder.is_done
    assert len(finder.hits) == MAX_HITS


@given(
    texts=st.lists(st.text("ab \n天"), max_size=6),
    typed=st.lists(st.text("ab 天", max_size=4), max_size=6),
)
def test_a_narrowed_search_finds_the_same_as_a_new_one(texts: list[str], typed: list[str]) -> None:
    messages = [message(text) for text in texts]
    finder = Finder(messages)
    for words in typed:
        for end in range(len(words) + 1):
            finder.search(words[:end])
            finder.work(60)
            fresh = Finder(messages)
            fresh.search(words[:end])
            fresh.work(60)
            assert finder.hits == fresh.hits


def test_the_current_match_is_marked() -> None:
    pattern = compile_pattern("x")
    assert pattern is not None
    marks = Marks(pattern, Hit("m", in_reasoning=True, ordinal=2))
    assert marks.ordinal("m", in_reasoning=True) == 2
    assert marks.ordinal("m", in_reasoning=False) is None
    assert marks.ordinal("n", in_reasoning=True) is None
    assert Marks(pattern).ordinal("m", in_reasoning=True) is None


def test_in_order_visits_one_branch_after_another() -> None:
    first = message("1")
    answers = [message(f"1.{n}", parent=first.id) for n in range(2)]
    after = [message(f"{it.content}.0", parent=it.id) for it in answers]
    edited = message("2")
    tree = MessageTree([first, *answers, *after, edited])
    shown = [it.content for it in tree.in_order()]
    assert shown == ["1", "1.0", "1.0.0", "1.1", "1.1.0", "2"]
