"""`tui-chat gateway codes` and its database."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tui_chat.gateway.codes.database import FILE_NAME, GatewayDatabase, LedgerEntry

from tests.catalogs import bracketed_texts, untranslated
from tui_chat.cli.main import main
from tui_chat.config.paths import find_paths
from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.commands.codes import parsed_expiry

if TYPE_CHECKING:
    from pathlib import Path


def gateway_file() -> Path:
    import os

    return find_paths(dict(os.environ)).data_dir / FILE_NAME


def codes(*arguments: str) -> int:
    return main(["gateway", "codes", *arguments])


def test_a_code_is_shown_once_and_stored_as_a_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes("add", "Ada", "--expires", "30d", "--models", "a,b", "--tokens-per-day", "9") == 0
    out, err = capsys.readouterr()
    code = out.strip()
    assert len(code) > 30
    assert code.isascii()
    assert code not in err
    path = gateway_file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert code.encode() not in file.read_bytes()

    assert codes("list") == 0
    out, _ = capsys.readouterr()
    head, row = out.splitlines()
    assert head.split()[:3] == ["name", "state", "created"]
    assert row.split()[:2] == ["Ada", "active"]
    assert row.endswith("a, b")
    assert code not in out


def test_two_codes_of_one_name_have_different_hashes(tmp_path: Path) -> None:
    with closing(GatewayDatabase.open(tmp_path / "g.db")) as database:
        first = database.add("ada", CodeLimits())
        with pytest.raises(ConfigError, match="already"):
            database.add("ada", CodeLimits())
        assert database.revoke("ada")
        assert not database.revoke("ada")
        second = database.add("ada", CodeLimits())
        one, two = database.codes()
    assert first != second
    assert one.salt != two.salt
    assert (one.revoked_at is None, two.revoked_at is None) == (False, True)


def test_an_unknown_name_is_reported_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    codes("add", "Ada")
    capsys.readouterr()
    assert codes("revoke", "Adda") == 2
    assert "“Ada”" in capsys.readouterr().err
    assert codes("revoke", "Ada") == 0
    assert codes("list") == 0
    assert "revoked" in capsys.readouterr().out
    assert codes("usage", "nobody") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", ""],
        ["add", "x" * 61],
        ["add", "a", "--expires", "soon"],
        ["add", "a", "--expires", "0d"],
        ["add", "a", "--expires=-1d"],
        ["add", "a", "--models", ","],
    ],
)
def test_wrong_arguments_are_reported(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert codes(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tui-chat: ")
    with closing(GatewayDatabase.open(gateway_file())) as database:
        assert not database.codes()


@pytest.mark.parametrize("flag", ["--requests-per-minute", "--tokens-per-day"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "²"])
def test_wrong_numbers_are_rejected(flag: str, value: str) -> None:
    with pytest.raises(SystemExit) as end:
        codes("add", "a", f"{flag}={value}")
    assert end.value.code == 2


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("30d", NOW + timedelta(days=30)),
        (" 12H ", NOW + timedelta(hours=12)),
        ("90m", NOW + timedelta(minutes=90)),
        ("8w", NOW + timedelta(weeks=8)),
        ("1s", NOW + timedelta(seconds=1)),
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2026-03-01T12:01", datetime(2026, 3, 1, 12, 1, tzinfo=UTC)),
        ("2026-03-01 14:00:00+02:00", None),
        ("2030-01-31T10:00:00Z", datetime(2030, 1, 31, 10, tzinfo=UTC)),
        ("2026-03-01", None),
        ("2030-02-30", None),
        ("0001-01-01T00:00+23:00", None),
        ("soon", None),
    ],
)
def test_expiry_times_are_parsed(text: str, end: datetime | None) -> None:
    if end is None:
        with pytest.raises(ConfigError):
            parsed_expiry(text, NOW)
    else:
        assert parsed_expiry(text, NOW) == end


def test_a_duration_beyond_the_calendar_is_limited() -> None:
    assert parsed_expiry("999999w", NOW).year > 2100


def test_the_usage_is_a_table_by_code_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes("usage") == 0
    assert "no requests yet" in capsys.readouterr().out
    codes("add", "李明")
    codes("add", "bob")
    capsys.readouterr()
    with closing(GatewayDatabase.open(gateway_file())) as database:
        for day, tokens, is_estimated, ended in (
            (1, 10, False, "complete"),
            (1, 5, False, "refused"),
            (2, 7, True, "left"),
        ):
            at = datetime(2026, 3, day, 23, 59, tzinfo=UTC)
            database.record(
                LedgerEntry(1, at, "m", tokens, 2 * tokens, is_estimated, 200, ended, 5)
            )
        # A time with another zone counts on its day in UTC.
        at = datetime.fromisoformat("2026-03-03T01:00:00+09:00")
        database.record(LedgerEntry(2, at, "m", 1, 1, False, 200, "complete", 5))
    assert codes("usage") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == [
        "name",
        "day",
        "(UTC)",
        "requests",
        "refused",
        "tokens",
        "in",
        "tokens",
        "out",
    ]
    assert rows[1:] == [
        ["bob", "2026-03-02", "1", "0", "1", "1"],
        ["李明", "2026-03-01", "2", "1", "15", "30"],
        ["李明", "2026-03-02", "1", "0", "~7", "~14"],
    ]
    assert codes("usage", "bob") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_ledger_has_no_column_for_content() -> None:
    with closing(GatewayDatabase.open(gateway_file())):
        pass
    with closing(sqlite3.connect(gateway_file())) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(ledger)")]
    assert columns == [
        "id", "code_id", "at", "model", "input_tokens", "output_tokens", "is_estimated", "status",
        "ended", "duration_ms",
    ]  # fmt: skip


def test_a_file_of_another_program_is_reported() -> None:
    path = gateway_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match=r"gateway\.db"):
        GatewayDatabase.open(path)
    assert codes("list") == 2


def test_limits_are_read_back(tmp_path: Path) -> None:
    limits = CodeLimits(datetime(2030, 1, 2, 3, tzinfo=UTC), ("a", "b"), 3, 4)
    with closing(GatewayDatabase.open(tmp_path / "g.db")) as database:
        database.add("ada", limits)
        assert database.codes()[0].limits == limits
        assert json.dumps(database.codes()[0].name) == '"ada"'


def test_texts_are_translated(capsys: pytest.CaptureFixture[str]) -> None:
    with bracketed_texts():
        for arguments in (
            ["list"],
            ["usage"],
            ["add", "Ada"],
            ["list"],
            ["revoke", "Adda"],
            ["revoke", "Bob"],
            ["usage", "Bob"],
            ["add", "Ada"],
            ["add", "Bob", "--expires", "soon"],
            ["add", "Bob", "--expires", "2020-01-01"],
            ["add", "Bob", "--models", ","],
            ["revoke", "Ada"],
            ["list"],
        ):
            codes(*arguments)
    out, err = capsys.readouterr()
    for line in (out + err).replace("tui-chat: ", "").splitlines():
        # The code, its name and dates are data.
        words = re.sub(r"tcg-\S+|\bAda\b|[\d\W]", " ", untranslated(line)).split()
        assert not words, line
