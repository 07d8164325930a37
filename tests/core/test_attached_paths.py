"""The paths of a draft's files, saved with its text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.attached_paths import join_paths, split_paths

PATHS = st.lists(
    st.text("ab 文\\'", min_size=1).map(lambda name: f"/{name}")
    | st.text("a/@?文", min_size=1).map(lambda rest: f"https://a{rest}"),
    max_size=3,
)
TEXTS = st.text("a\n [文") | st.just("[attached files]\n/a") | st.just("x\n\n[attached files]\n")


@given(TEXTS, PATHS.filter(bool))
def test_a_joined_draft_is_split_again(text: str, paths: list[str]) -> None:
    assert split_paths(join_paths(text, paths)) == (text, paths)


@given(st.text("a\n /[]"))
def test_a_draft_without_files_is_all_text(text: str) -> None:
    assert join_paths(text, []) == text
    assert split_paths(text) == (text, [])


def test_paths_that_cannot_be_a_line_are_left_out() -> None:
    assert join_paths("a", ["/b\nc", "relative", "/d"]) == "a\n\n[attached files]\n/d"
