"""One change of config.toml: what stays, what is refused, and two writers at once."""

from __future__ import annotations

import json
import multiprocessing
import stat
import tomllib
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_chat.config.editing.config_file import edit_config
from tui_chat.config.editing.toml_text import changed
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.editing.toml_text import Change

FULL = """\
# My settings. 中文 🎉
profile = "a"  # the usual one

[profiles.a]  # at work
base_url = "https://a.example/v1"   # spaces   stay
# key from pass
api_key_command = 'pass show a'

# The server in the kitchen.
[profiles.b]
base_url = "http://b.lan/v1"
timeouts = { idle = 90 }

[ui]
width = 100
"""
NEW = {"base_url": "https://n.example/v1", "query": {"api-version": "1"}}


def edited(tmp_path: Path, before: str | None, change: Change) -> str:
    file = tmp_path / "config.toml"
    if before is not None:
        file.write_bytes(before.encode())
    edit_config(file, lambda _before: change)
    return file.read_bytes().decode()


# Each row: a change, the lines that go, the lines that come.
CHANGES: list[tuple[Change, list[str], list[str]]] = [
    ({("ui", "theme"): "nord"}, [], ['theme = "nord"']),
    ({("ui", "width"): 80}, ["width = 100"], ["width = 80"]),
    (
        {("profile",): "b"},
        ['profile = "a"  # the usual one'],
        ['profile = "b"  # the usual one'],
    ),
    ({("answer_language",): "中文"}, [], ['answer_language = "中文"']),
    ({("keys", "chat.new"): "f5"}, [], ["[keys]", '"chat.new" = "f5"']),
    ({("profiles", "a", "model"): "m"}, [], ['model = "m"']),
    (
        {("profiles", "a", "api_key_command"): None, ("profiles", "a", "api_key_env"): "K"},
        ["api_key_command = 'pass show a'"],
        ['api_key_env = "K"'],
    ),
    (
        {("profiles", "new [x]"): NEW},
        [],
        ['[profiles."new [x]"]', 'base_url = "https://n.example/v1"',
         '[profiles."new [x]".query]', 'api-version = "1"'],
    ),
    (
        {("profiles", "a"): None},
        ["[profiles.a]  # at work", 'base_url = "https://a.example/v1"   # spaces   stay',
         "# key from pass", "api_key_command = 'pass show a'"],
        [],
    ),
    ({("profiles", "none"): None}, [], []),
    ({("keys", "chat.new"): None}, [], []),
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(("change", "gone", "come"), CHANGES)
def test_only_the_lines_of_the_change_differ(
    tmp_path: Path, change: Change, gone: list[str], come: list[str], bom: str, end: str
) -> None:
    before = bom + FULL.replace("\n", end)
    after = edited(tmp_path, before, change)
    assert after.count("\r\n") == (after.count("\n") if end == "\r\n" else 0)
    rest = [line for line in before.split(end) if line]
    for line in gone:
        rest.remove(line)
    left = [line for line in after.split(end) if line]
    for line in come:
        left.remove(line)
    assert left == rest
    tomllib.loads(after.removeprefix("\ufeff"))


def test_a_new_key_is_above_the_comment_of_the_next_table(tmp_path: Path) -> None:
    after = edited(tmp_path, FULL, {("profiles", "a", "model"): "m"})
    assert "api_key_command = 'pass show a'\nmodel = \"m\"\n\n# The server in the kitchen.\n[" in (
        after
    )


@pytest.mark.parametrize("before", [
    "", "# only a comment", "profile = 'a'", "[ui]\nwidth = 3", "ui.width = 3\n",
    'ui = { width = 3 }\n', 'profiles = {a = {base_url = "u"}}\n', 'profiles.a.base_url = "u"\n',
    '[profiles]\na = {base_url = "u"}\nb.base_url = "x"\n',
    '[profiles.a]\nx = 1\n[ui]\nwidth = 3\n[profiles.b]\ny = 2\n[profiles.b.timeouts]\nidle = 1\n',
    '[ui]\nwidth = 3\n[engine]\ntemperature = nan\n', '[[things]]\na = 1\n[[things]]\nb = 2\n',
    'x = """\n[profiles.a]\n"""\n[profiles.a]\nbase_url = "u"\n',
])  # fmt: skip
@pytest.mark.parametrize("change", [row[0] for row in CHANGES])
def test_every_form_of_table_is_changed(tmp_path: Path, before: str, change: Change) -> None:
    wanted: dict[str, Any] = tomllib.loads(before)
    for path, value in change.items():
        inner: Any = wanted
        for name in path[:-1]:
            inner = inner.setdefault(name, {}) if value is not None else inner.get(name, {})
        if value is None:
            inner.pop(path[-1], None)
        else:
            inner[path[-1]] = value
    found = tomllib.loads(edited(tmp_path, before, change))
    assert as_text(found) == as_text(wanted)


def as_text(values: Any) -> str:
    return json.dumps(values, sort_keys=True).replace('"profiles": {}', "").strip("{}, ")


NAMES = st.text(min_size=1, max_size=8)
VALUES = st.one_of(st.text(max_size=20), st.booleans(), st.integers(-(2**60), 2**60))


@settings(max_examples=60, deadline=None)
@given(path=st.lists(NAMES, min_size=1, max_size=3), value=VALUES)
def test_any_name_and_value_survives(path: list[str], value: Any) -> None:
    new = changed(FULL.encode(), tomllib.loads(FULL), {tuple(path): value})
    if new is not None:
        found: Any = tomllib.loads(new.decode())
        for name in path:
            found = found[name]
        assert found == value


def test_the_previous_file_is_beside_it_and_the_mode_stays(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(FULL, encoding="utf-8")
    file.chmod(0o640)
    edit_config(file, lambda _before: {("ui", "width"): 80})
    backup = tmp_path / "config.toml.bak"
    assert backup.read_text(encoding="utf-8") == FULL
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(backup.stat().st_mode)) == (
        0o640, 0o600
    )  # fmt: skip
    # The same again changes nothing, the backup included.
    edit_config(file, lambda _before: {("ui", "width"): 80})
    assert backup.read_text(encoding="utf-8") == FULL
    assert sorted(it.name for it in tmp_path.iterdir() if it.suffix) == [
        "config.toml", "config.toml.bak"
    ]  # fmt: skip


def test_a_new_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    edit_config(file, lambda _before: {("profile",): "a"})
    assert file.read_text(encoding="utf-8") == 'profile = "a"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [it.name for it in file.parent.iterdir()] == ["config.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "chat.toml"
    kept.parent.mkdir()
    kept.write_text(FULL, encoding="utf-8")
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir()
    file.symlink_to("../dotfiles/chat.toml")
    edit_config(file, lambda _before: {("ui", "width"): 80})
    assert file.is_symlink()
    assert "width = 80" in kept.read_text(encoding="utf-8")
    assert sorted(it.name for it in kept.parent.iterdir()) == ["chat.toml"]
    assert (file.parent / "config.toml.bak").read_text(encoding="utf-8") == FULL


def test_a_broken_link_is_written_at_its_target(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.symlink_to(tmp_path / "later.toml")
    edit_config(file, lambda _before: {("profile",): "a"})
    assert file.is_symlink()
    assert (tmp_path / "later.toml").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[ui]\nwidth = = 3\n", "line 2"),
        ('profile = "a\n', "line 1"),
        ("[ui]\nwidth = 1\n[ui]\n", "line 3"),
    ],
)
def test_a_broken_file_is_not_overwritten_and_the_line_is_named(
    tmp_path: Path, content: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        edited(tmp_path, content, {("ui", "theme"): "nord"})
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == content
    assert not (tmp_path / "config.toml.bak").exists()


def test_bytes_that_are_not_text_are_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        edit_config(file, lambda _before: {("profile",): "a"})
    assert file.read_bytes() == b"# caf\xe9\n"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_read_only_is_said(tmp_path: Path, what: str) -> None:
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir(mode=0o700)
    file.write_text(FULL, encoding="utf-8")
    kept = tmp_path / "kept"
    if what == "file":
        file.chmod(0o400)
    else:
        # A folder of the user's own is opened again; the target of a link is not.
        file.rename(kept / "x") if kept.exists() else None
        kept.mkdir()
        file.rename(kept / "config.toml")
        file.symlink_to(kept / "config.toml")
        kept.chmod(0o500)
    with pytest.raises(ConfigError, match="read-only") as error:
        edit_config(file, lambda _before: {("ui", "width"): 80})
    kept.chmod(0o700) if kept.exists() else None
    assert "Nothing was changed" in error.value.message
    assert file.read_text(encoding="utf-8") == FULL
    assert not file.with_name("config.toml.bak").exists()


def _write_many(file: Path, window: int) -> None:
    for number in range(8):
        change: Change = {("keys", f"w{window}.k{number}"): "f5"}
        edit_config(file, partial(_constant, change))


def _constant(change: Change, _before: Mapping[str, Any]) -> Change:
    return change


def test_windows_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(FULL, encoding="utf-8")
    context = multiprocessing.get_context("fork")
    windows = [context.Process(target=_write_many, args=(file, number)) for number in range(3)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert len(tomllib.loads(file.read_text(encoding="utf-8"))["keys"]) == 24
