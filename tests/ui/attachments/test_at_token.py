"""The name after `@`."""

from __future__ import annotations

import pytest

from tui_chat.ui.attachments.at_token import AtToken, token_before, typed


@pytest.mark.parametrize(
    ("line", "start", "name"),
    [
        ("@", 0, ""),
        ("see @src/ma", 4, "src/ma"),
        ("(@a", 1, "a"),
        ("看看@报告", 2, "报告"),
        ("“@x", 1, "x"),
        (r"@a\ b", 0, "a b"),
        (r"@a\\b", 0, "a\\b"),
        ("@~", 0, "~"),
        ("@../x y @z", 8, "z"),
    ],
)
def test_the_name_before_the_cursor_is_read(line: str, start: int, name: str) -> None:
    assert token_before(line, len(line)) == AtToken(start, name)


@pytest.mark.parametrize(
    "line", ["", "a", "me@example.org", "@a ", "@a b", "a@", "x.@y", "git@", "@@", "https://x/@y"]
)
def test_addresses_and_finished_names_are_text(line: str) -> None:
    assert token_before(line, len(line)) is None


@pytest.mark.parametrize("address", ["https://a.org/@me?x=@y", "HTTP://127.0.0.1:8/a\\b"])
def test_the_address_of_a_page_is_read_whole(address: str) -> None:
    line = f"总结@{address}"
    assert token_before(line, len(line)) == AtToken(2, address, is_page=True)
    assert not getattr(token_before("@https://", 9), "is_page", False)


def test_only_the_text_before_the_cursor_counts() -> None:
    assert token_before("@abc def", 3) == AtToken(0, "ab")


@pytest.mark.parametrize(
    ("name", "folder", "rest", "is_rooted"),
    [
        ("", "", "", False),
        ("src/ma", "src/", "ma", False),
        ("~", "~/", "", True),
        ("~/a/b", "~/a/", "b", True),
        ("/", "/", "", True),
        ("..", "../", "", True),
        ("~user", "", "~user", False),
    ],
)
def test_a_name_is_split_at_its_folder(name: str, folder: str, rest: str, is_rooted: bool) -> None:
    token = AtToken(0, name)
    assert (token.folder, token.rest, token.is_rooted) == (folder, rest, is_rooted)


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [("a", False), ("..", False), ("../a", False), (".", True), ("a/.b", True), (".a/b", True)],
)
def test_a_dot_asks_for_hidden_files(name: str, is_hidden: bool) -> None:
    assert AtToken(0, name).wants_hidden is is_hidden


@pytest.mark.parametrize("name", ["a b", "a\\b", "x@y", "照片 1.jpg", "plain"])
def test_a_typed_name_is_read_again(name: str) -> None:
    text = typed(name)
    assert token_before(text, len(text)) == AtToken(0, name)
