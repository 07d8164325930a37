"""Edits of config.toml keep everything else in it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.editing.changes import allow_insecure
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = '[profiles.work]  # mine\nbase_url = "http://h/v1"\n'


def loaded(file: Path) -> dict[str, object]:
    return tomllib.loads(file.read_text(encoding="utf-8-sig"))


def other_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and "insecure" not in line]


@pytest.mark.parametrize(
    "before",
    [
        TABLE,
        TABLE.replace("\n", "\r\n"),
        "\ufeff" + TABLE,
        TABLE.replace("work", '"work"'),
        TABLE.rstrip("\n"),
        f"{TABLE}insecure = false\n[ui]\nwidth = 90\n",
        f'nickname = "Ada"\n{TABLE}[profiles.other]\nbase_url = "http://o/v1"\n',
        f"{TABLE}[profiles.work.headers]\nX-Team = 'blue'\n",
    ],
)
def test_a_profile_gets_insecure_true(tmp_path: Path, before: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(before.encode())
    allow_insecure(file, "work", "h")
    settings = load_settings(file, {})
    assert not settings.problems
    assert settings.profiles["work"].is_insecure
    assert [p.is_insecure for n, p in settings.profiles.items() if n != "work"] in ([], [False])
    assert other_lines(file.read_bytes().decode()) == other_lines(before)
    assert file.with_name("config.toml.bak").read_bytes() == before.encode()


@pytest.mark.parametrize("before", [None, "", TABLE, 'nickname = "Ada"\n\n[ui]\nwidth = 90\n'])
def test_an_endpoint_without_a_profile_gets_its_host_listed(
    tmp_path: Path, before: str | None
) -> None:
    file = tmp_path / "config" / "config.toml"
    if before is not None:
        file.parent.mkdir()
        file.write_text(before, encoding="utf-8")
    allow_insecure(file, None, "home.lan:8080")
    allow_insecure(file, None, "home.lan:8080")
    allow_insecure(file, None, "other")
    assert loaded(file)["insecure_hosts"] == ["home.lan:8080", "other"]
    assert load_settings(file, {}).insecure_hosts == {"home.lan:8080", "other"}
    assert not load_settings(file, {}).problems
    assert other_lines(file.read_text(encoding="utf-8")) == other_lines(before or "")


def test_a_file_with_a_syntax_error_is_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[profiles.work\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1: Invalid TOML"):
        allow_insecure(file, None, "h")
    assert file.read_text(encoding="utf-8") == "[profiles.work\n"
