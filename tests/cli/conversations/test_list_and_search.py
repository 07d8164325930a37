from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tui_chat.cli.conversations.resolve_id import short_ids
from tui_chat.core.text.cell_width import cell_width, padded, truncated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command

pytestmark = pytest.mark.usefixtures("saved")

SKY = "Why is the sky blue?"
TIAN = "天空为什么是蓝色的"


def test_list_prints_one_line_per_conversation(run: Command, saved: dict[str, str]) -> None:
    ran = run("list")

    assert ran.status == 0
    lines = ran.out.splitlines()
    assert [line[-9:] for line in lines[1:]] == [TIAN, SKY[-9:]]
    assert "Evil" in lines[0]
    for line, title in zip(lines[1:], (TIAN, SKY), strict=True):
        assert saved[title].startswith(line.split()[0])
        assert line.split()[3] == "2"
    assert "Deleted" not in ran.out


def test_list_supports_trash_and_limit(run: Command) -> None:
    assert "Deleted sky" in run("list", "--trash").out
    assert len(run("list", "--trash").out.splitlines()) == 1
    assert len(run("list", "--limit", "2").out.splitlines()) == 2
    assert run("list", "--limit", "0").status == 2


def test_list_json_is_complete(run: Command, saved: dict[str, str]) -> None:
    found = json.loads(run("list", "--json").out)

    assert [entry["id"] for entry in found][1:] == [saved[TIAN], saved[SKY]]
    assert found[2]["title"] == SKY
    assert found[2]["message_count"] == 2
    assert found[2]["model"] == "smollm2"
    assert found[2]["deleted_at"] is None


@pytest.mark.parametrize(
    ("words", "title", "excerpt"),
    [
        (("scatters", "LIGHT"), SKY, "smollm2: Air scatters blue light."),
        (("散射蓝光",), TIAN, "smollm2: 因为空气散射蓝光。"),
        (("散射",), TIAN, "smollm2: 因为空气散射蓝光。"),
    ],
)
def test_search_shows_an_excerpt(
    run: Command, saved: dict[str, str], words: tuple[str, ...], title: str, excerpt: str
) -> None:
    ran = run("search", *words)
    first, second = ran.out.splitlines()
    assert saved[title].startswith(first.split()[0])
    assert first.endswith(title)
    assert second.strip() == excerpt

    (found,) = json.loads(run("search", "--json", *words).out)
    assert found["id"] == saved[title]
    assert found["message"]["role"] == "assistant"
    assert excerpt.endswith(found["message"]["excerpt"])


def test_search_without_a_match_is_reported(run: Command) -> None:
    ran = run("search", "xyzzy")
    assert (ran.status, ran.out) == (0, "")
    assert "No match for “xyzzy”" in ran.err
    assert json.loads(run("search", "--json", "xyzzy").out) == []
    assert run("search").status == 2


def test_a_read_only_database_can_be_listed(run: Command, database: Path) -> None:
    database.chmod(0o400)
    before = database.read_bytes()

    assert SKY in run("list").out
    assert "scatters" in run("show", "sky").out

    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("天空", 4),
        ("a天b", 4),
        ("e\u0301", 1),
        ("👨\u200d👩\u200d👧", 2),
        ("❤️", 2),
        ("", 0),
    ],
)
def test_cell_width_of_text(text: str, width: int) -> None:
    assert cell_width(text) == width
    assert cell_width(padded(text, 10)) == 10


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("天空为什么", 6, "天空…"),
        ("天空为", 6, "天空为"),
    ],
)
def test_lines_are_truncated(text: str, width: int, shown: str) -> None:
    assert truncated(text, width) == shown


def test_short_ids_are_unique() -> None:
    ids = sorted(["0123456789ab", "0123456789cd", "ffff00000000", "ab"])

    assert short_ids(ids) == {
        "0123456789ab": "0123456789a",
        "0123456789cd": "0123456789c",
        "ab": "ab",
        "ffff00000000": "ffff0000",
    }


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("command", [["list"], ["search", "sky"], ["show"], ["export", "--all"]])
def test_unreadable_rows_are_reported(run: Command, database: Path, command: list[str]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE messages SET created_at = 'soon'")
        connection.execute("UPDATE conversations SET updated_at = x'00' WHERE seq = 1")
        connection.commit()

    ran = run(*command, *(["--format", "json"] if command[0] == "export" else []))

    assert ran.status == 0
    assert "cannot be read" in ran.err
    assert "in the database" in ran.err
