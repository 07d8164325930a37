"""Changes of config.toml by others are noticed, those of the program are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.config_watch import ConfigWatch

if TYPE_CHECKING:
    from pathlib import Path


def test_only_changes_of_others_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    watch = ConfigWatch(file)
    assert not watch.has_changed()
    with watch.own_change():
        file.write_text("a = 1\n", encoding="utf-8")
        # The clock of the chat may ask while the program writes.
        assert not watch.has_changed()
    assert not watch.has_changed()
    file.write_text("a = 10\n", encoding="utf-8")
    assert watch.has_changed()
    assert not watch.has_changed()
