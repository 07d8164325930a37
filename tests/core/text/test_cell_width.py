"""Lines are wrapped by cells, and no line begins with a closing mark."""

from __future__ import annotations

import pytest

from tui_chat.core.text.cell_width import cell_width, wrapped

LONG = (
    "回复的 JSON Schema：文件、已保存 schema 的名称、module:Class（Pydantic），"
    "或“name, age int, tags list”这样的字段 “好”。"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a b c", ["a b", "c"]),
        ("toolong x", ["toolong", "x"]),
        ("一二三", ["一", "二", "三"]),
        ("一。二", ["一。", "二"]),
        ("a\n  b", ["a b"]),
        ("（一", ["（一"]),
    ],
)
def test_short_lines(text: str, expected: list[str]) -> None:
    assert wrapped(text, 3) == expected


@pytest.mark.parametrize("width", range(20, 90, 7))
def test_nothing_is_lost_and_no_line_is_too_wide(width: int) -> None:
    lines = wrapped(LONG, width)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert all(cell_width(line) <= width for line in lines)
    assert not any(line.startswith(tuple("，。：、）”")) for line in lines)
    assert not any(line.endswith(("（", "“")) for line in lines)
