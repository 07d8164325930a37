from __future__ import annotations

import pytest

from tui_chat.ui.key_names import key_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+j", "^J"),
        ("ctrl+up", "Ctrl+↑"),
        ("shift+enter", "Shift+Enter"),
        ("escape", "Esc"),
        ("f1", "F1"),
        ("f", "f"),
        ("G", "G"),
        ("pageup", "PgUp"),
        ("left_square_bracket", "["),
    ],
)
def test_keys_are_written_as_people_write_them(key: str, name: str) -> None:
    assert key_name(key) == name
