from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.conversation import Message, Role
from tui_chat.core.message_tree import MessageTree, copy_path

_START = datetime(2026, 1, 1, tzinfo=UTC)
_NAMES = st.sampled_from("abcdef")


def message(name: str, parent: str | None, role: Role = Role.USER, at: int = 0) -> Message:
    return Message(name, "c", parent, role, name, _START + timedelta(seconds=at or ord(name[-1])))


def tree_of(parents: dict[str, str | None]) -> MessageTree:
    """Return a tree of names; those with a question mark are questions."""
    return MessageTree(
        message(name, parent, Role.USER if "?" in name else Role.ASSISTANT, at=number)
        for number, (name, parent) in enumerate(parents.items(), 1)
    )


def names(messages: object) -> list[str]:
    return [it.id for it in messages]  # type: ignore[attr-defined]


SKY = {
    "q1?": None,
    "a1": "q1?",
    "q2?": "a1",
    "a2": "q2?",
    "q1b?": None,
    "a1b": "q1b?",
    "a1c": "q1?",
}


def test_versions_have_one_parent_and_one_role() -> None:
    tree = tree_of(SKY)
    first, answer = tree.get("q1?"), tree.get("a1")
    assert first is not None
    assert answer is not None
    assert names(tree.versions(first)) == ["q1?", "q1b?"]
    assert names(tree.versions(answer)) == ["a1", "a1c"]


def deleted(tree: MessageTree, *names: str, at: int = 99) -> MessageTree:
    for name in names:
        known = tree.get(name)
        assert known is not None
        tree.put(replace(known, deleted_at=_START + timedelta(seconds=at)))
    return tree


def of(tree: MessageTree, name: str) -> Message:
    found = tree.get(name)
    assert found is not None
    return found


def test_what_follows_a_message_deleted_alone_stays_on_the_path() -> None:
    tree = deleted(tree_of(SKY), "a1")
    assert names(tree.path("a2")) == ["q1?", "q2?", "a2"]
    assert names(tree.versions(of(tree, "q2?"))) == ["q2?"]
    assert names(tree.versions(of(tree, "a1c"))) == ["a1c"]
    assert tree.parent_of(of(tree, "q2?")) == of(tree, "q1?")
    assert tree.leaf_below("q1?") == "a2"
    assert names(tree.in_order()) == ["q1?", "q2?", "a2", "a1c", "q1b?", "a1b"]
    assert sorted(names(tree.subtree("q1?"))) == ["a1c", "a2", "q1?", "q2?"]
    copied = copy_path(tree.path("a2"), "d")
    assert [it.content for it in copied] == ["q1?", "q2?", "a2"]
    assert [it.parent_id for it in copied] == [None, *[it.id for it in copied[:2]]]


def test_the_answer_of_a_deleted_question_has_no_question() -> None:
    tree = deleted(tree_of(SKY), "q1?", "q2?")
    assert names(tree.path("a2")) == ["a1", "a2"]
    assert tree.question_of(of(tree, "a2")) is None
    assert tree.parent_of(of(tree, "a2")) == of(tree, "a1")
    assert tree.parent_of(of(tree, "a1")) is None
    assert tree.leaf_below(None) == "a2"


def test_a_message_moves_up_when_its_parent_was_purged() -> None:
    tree = tree_of(SKY)
    tree.put(replace(of(tree, "q2?"), parent_id="q1?"))
    assert names(tree.path("a2")) == ["q1?", "q2?", "a2"]
    assert names(tree.in_order()) == ["q1?", "a1", "q2?", "a2", "a1c", "q1b?", "a1b"]


def test_switching_versions_restores_the_leaf_shown_last() -> None:
    tree = tree_of(SKY)
    assert names(tree.path("a2")) == ["q1?", "a1", "q2?", "a2"]
    assert names(tree.path("a1b")) == ["q1b?", "a1b"]

    assert tree.leaf_below("q1?") == "a2"
    assert tree.leaf_below("q1b?") == "a1b"
    assert tree.leaf_below("a1c") == "a1c"
    assert tree.leaf_below(None) == "a1b"


def test_an_unseen_branch_is_shown_to_its_newest_leaf() -> None:
    assert tree_of(SKY).leaf_below("q1?") == "a1c"


def test_a_deleted_message_ends_the_path_and_is_no_version() -> None:
    tree = tree_of(SKY)
    gone = tree.subtree("q2?")
    assert names(gone) == ["q2?", "a2"]
    moment = _START + timedelta(days=1)
    for it in gone:
        tree.put(replace(it, deleted_at=moment))

    assert names(tree.path("a2")) == ["q1?", "a1"]
    assert tree.leaf_below("a1") == "a1"
    assert tree.subtree("q1?") == [tree.get("q1?"), tree.get("a1c"), tree.get("a1")]
    assert sorted(names(tree.last_deleted())) == ["a2", "q2?"]


def test_messages_deleted_last_are_restored_first() -> None:
    tree = tree_of(SKY)
    for name, day in (("a1c", 1), ("a2", 2)):
        it = tree.get(name)
        assert it is not None
        tree.put(replace(it, deleted_at=_START + timedelta(days=day)))
    assert names(tree.last_deleted()) == ["a2"]
    assert MessageTree().last_deleted() == []


def test_a_growing_reply_keeps_the_path() -> None:
    tree = tree_of(SKY)
    path = tree.path("a2")
    grown = replace(path[-1], content="more")
    tree.put(grown)
    assert tree.path("a2")[-1] is grown
    assert tree.path("a2") is path


def test_a_copied_path_has_new_ids_and_the_same_shape() -> None:
    path = list(tree_of(SKY).path("a2"))
    path[1] = replace(path[1], edited_from="q1?")
    copy = copy_path(path, "other")

    assert {it.conversation_id for it in copy} == {"other"}
    assert not set(names(copy)) & set(names(path))
    assert [it.content for it in copy] == [it.content for it in path]
    assert copy[0].parent_id is None
    assert all(after.parent_id == before.id for before, after in pairwise(copy))
    assert copy[1].edited_from == copy[0].id


@given(st.dictionaries(_NAMES, st.none() | _NAMES), st.none() | _NAMES, st.sets(_NAMES))
def test_any_store_can_be_walked(
    parents: dict[str, str | None], leaf: str | None, deleted: set[str]
) -> None:
    tree = MessageTree(
        replace(message(name, parent), deleted_at=_START if name in deleted else None)
        for name, parent in parents.items()
    )
    path = tree.path(leaf)
    assert len(set(names(path))) == len(path)
    assert not deleted & set(names(path))
    for name in parents:
        end = tree.leaf_below(name)
        assert end is not None
        assert set(names(tree.subtree(name))) <= set(parents) - deleted
        it = tree.get(name)
        assert it is not None
        assert (name in deleted) == (it not in tree.versions(it))
