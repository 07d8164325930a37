from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.choices.side_panel_choice import load_side_panel, save_side_panel

if TYPE_CHECKING:
    from pathlib import Path


def test_the_latest_choice_wins_until_the_configuration_changes(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert load_side_panel(folder, configured=True)
    save_side_panel(folder, is_shown=False, configured=True)
    assert not load_side_panel(folder, configured=True)
    assert not load_side_panel(folder, configured=False)
    save_side_panel(folder, is_shown=True, configured=False)
    assert load_side_panel(folder, configured=False)
    assert load_side_panel(folder, configured=True)
    assert (folder / "side_panel.json").stat().st_mode & 0o077 == 0


def test_a_file_of_another_program_and_a_read_only_folder_are_survived(tmp_path: Path) -> None:
    for text in ("", "[", "[]", '{"configured": 1}', "\x00" * 9):
        (tmp_path / "side_panel.json").write_text(text, encoding="utf-8")
        assert load_side_panel(tmp_path, configured=True)
    (tmp_path / "file").write_text("", encoding="utf-8")
    save_side_panel(tmp_path / "file" / "state", is_shown=True, configured=True)
