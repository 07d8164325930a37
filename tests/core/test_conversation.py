from __future__ import annotations

from datetime import UTC
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import TEXTS
from tui_chat.core.conversation import (
    TITLE_LIMIT,
    Message,
    Role,
    new_conversation,
    new_id,
    now,
    path_to,
    title_from,
)

_NAMES = st.sampled_from("abcdef")


def _message(name: str, parent: str | None) -> Message:
    return Message(name, "c", parent, Role.USER, name, now())


def _names(path: list[Message]) -> list[str]:
    return [message.id for message in path]


def test_a_path_leads_from_the_root_to_the_leaf_past_other_versions() -> None:
    tree = {"a": None, "b": "a", "b2": "a", "c": "b", "c2": "b2"}
    messages = [_message(name, parent) for name, parent in reversed(tree.items())]

    assert _names(path_to("c2", messages)) == ["a", "b2", "c2"]
    assert _names(path_to("b", messages)) == ["a", "b"]


def test_a_path_to_nothing_is_empty() -> None:
    assert path_to(None, [_message("a", None)]) == []
    assert path_to("unknown", [_message("a", None)]) == []
    assert path_to("a", []) == []


def test_a_path_starts_at_a_message_without_a_parent() -> None:
    assert _names(path_to("c", [_message("b", "lost"), _message("c", "b")])) == ["b", "c"]


def test_a_cycle_is_walked_once() -> None:
    ring = [_message("a", "c"), _message("b", "a"), _message("c", "b")]

    assert _names(path_to("c", ring)) == ["a", "b", "c"]
    assert _names(path_to("a", [_message("a", "a")])) == ["a"]


@given(st.dictionaries(_NAMES, st.none() | _NAMES), st.none() | _NAMES)
def test_any_store_gives_a_path(parents: dict[str, str | None], leaf: str | None) -> None:
    path = path_to(leaf, [_message(name, parent) for name, parent in parents.items()])

    assert len(set(_names(path))) == len(path)
    assert (not path and leaf not in parents) or path[-1].id == leaf
    for before, after in pairwise(path):
        assert after.parent_id == before.id


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(2000)]

    assert len(set(ids)) == len(ids)
    assert [name[:12] for name in ids] == sorted(name[:12] for name in ids)
    for name in ids[:50]:
        assert len(name) == 32
        assert name[12] == "7"
        assert name[16] in "89ab"


def test_a_new_conversation_begins_now_in_utc() -> None:
    conversation = new_conversation(profile="work", model="m", system_prompt="")

    assert conversation.created_at == conversation.updated_at
    assert conversation.created_at.tzinfo is UTC
    assert (conversation.profile, conversation.model) == ("work", "m")
    assert conversation.system_prompt == ""
    assert conversation.leaf_id is None


def test_a_title_is_the_first_line_with_text() -> None:
    assert title_from("\n\n## Why is the sky blue?\nTell me.") == "Why is the sky blue?"
    assert title_from("```\ncode") == "code"
    assert title_from("> quoted **bold**") == "quoted **bold"
    assert title_from("天空为什么是蓝色的") == "天空为什么是蓝色的"
    assert title_from("***") == "***"
    assert title_from(" \n ") == ""
    assert title_from("\x1b]0;evil\x07 title") == "␛]0;evil␇ title"


@given(TEXTS)
def test_a_title_is_short_and_safe(text: str) -> None:
    title = title_from(text)

    assert len(title) <= TITLE_LIMIT
    assert "\n" not in title
    assert "\x1b" not in title
