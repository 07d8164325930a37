from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.projects.memory import MemoryFile
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = Profile("work", "http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("name", "memory", "file"),
    [
        ("work", None, "work.md"),
        ("work", "", "work.md"),
        ("work", "shared", "shared.md"),
        ("../../etc/passwd", None, "etc-passwd.md"),
        ("work", "../x/y", "x-y.md"),
        ("工作", None, "工作.md"),
        ("...", None, "memory.md"),
    ],
)
def test_a_profile_has_its_own_memory_or_shares_one(
    tmp_path: Path, name: str, memory: str | None, file: str
) -> None:
    profile = Profile(name, "http://127.0.0.1:9/v1", memory=memory)
    assert MemoryFile(tmp_path / "config.toml", profile).path == tmp_path / "memory" / file


def test_lines_are_added_at_the_end_and_the_file_is_private(tmp_path: Path) -> None:
    memory = MemoryFile(tmp_path / "config.toml", PROFILE)
    assert memory.read() == ""
    memory.add("Answer in metric units.")
    memory.add("我住在深圳。")
    assert memory.read() == "- Answer in metric units.\n- 我住在深圳。\n"
    assert memory.path.stat().st_mode & 0o777 == 0o600
    assert memory.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_file_that_others_can_write_is_not_sent(tmp_path: Path) -> None:
    memory = MemoryFile(tmp_path / "config.toml", PROFILE)
    memory.add("x")
    memory.path.chmod(0o666)
    with pytest.raises(ConfigError, match=r"work\.md is not used"):
        memory.read()


@pytest.mark.parametrize(
    ("line", "memory"),
    [("memory = true", ""), ("memory = false", None), ('memory = "shared"', "shared"), ("", None)],
)
def test_the_profile_switches_it_on(tmp_path: Path, line: str, memory: str | None) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[profiles.a]\nbase_url = "http://127.0.0.1:9/v1"\n{line}\n', "utf-8")
    settings = load_settings(file, {})
    assert settings.problems == ()
    assert settings.profiles["a"].memory == memory
