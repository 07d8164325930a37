"""Names of files on one line."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tui_chat.ui.common.file_names import short_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "a.txt"),
        ("a" * 40 + ".pdf", "a" * 15 + "….pdf"),
        ("很长的名字" * 10 + ".txt", "很长的名字很长….txt"),
        ("b" * 60, "b" * 19 + "…"),
        ("x." + "y" * 60, "x." + "y" * 17 + "…"),
        ("a\x1b[31m.txt", "a␛[31m.txt"),
    ],
)
def test_long_names_keep_their_extension(name: str, expected: str) -> None:
    assert short_name(name, 20) == expected
    assert cell_len(short_name(name, 20)) <= 20
