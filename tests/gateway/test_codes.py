"""`tui-chat gateway codes` and its database."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.catalogs import bracketed_texts, untranslated
from tui_chat.cli.main import main
from tui_chat.config.paths import find_paths
from tui_chat.core.caps import Caps
from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.commands.codes import parsed_expiry
from tui_chat.gateway.store.records import FILE_NAME, Records, open_records
from tui_chat.gateway.store.reservations import Admission, Outcome
from tui_chat.gateway.store.schema import migrations

if TYPE_CHECKING:
    from pathlib import Path


def gateway_file() -> Path:
    import os

    return find_paths(dict(os.environ)).data_dir / FILE_NAME


def the_records() -> Records:
    return open_records(gateway_file().parent)


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
    with closing(open_records(tmp_path)) as records:
        database = records.codes
        first = database.add("ada", CodeLimits())
        with pytest.raises(ConfigError, match="already"):
            database.add("ada", CodeLimits())
        assert database.revoke("ada")
        assert not database.revoke("ada")
        second = database.add("ada", CodeLimits())
        one, two = database.all()
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
    with closing(the_records()) as records:
        assert not records.codes.all()


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


def record(records: Records, code_id: int, at: datetime, outcome: Outcome) -> None:
    code = next(code for code in records.codes.all() if code.id == code_id)
    records.reservations.settle(Admission(uuid4().hex, code, at, model="m"), outcome)


def test_the_usage_is_a_table_by_code_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes("usage") == 0
    assert "no requests yet" in capsys.readouterr().out
    codes("add", "李明")
    codes("add", "bob")
    capsys.readouterr()
    with closing(the_records()) as records:
        for day, tokens, is_estimated, ended in (
            (1, 10, False, "complete"),
            (1, 5, False, "refused"),
            (2, 7, True, "left"),
        ):
            at = datetime(2026, 3, day, 23, 59, tzinfo=UTC)
            record(records, 1, at, Outcome(tokens, 2 * tokens, is_estimated, 200, ended, 5))
        # A time with another zone counts on its day in UTC.
        at = datetime.fromisoformat("2026-03-03T01:00:00+09:00")
        record(records, 2, at, Outcome(1, 1, False, 200, "complete", 5))
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
        "cost",
    ]
    assert rows[1:] == [
        ["bob", "2026-03-02", "1", "0", "1", "1", "-"],
        ["李明", "2026-03-01", "2", "1", "15", "30", "-"],
        ["李明", "2026-03-02", "1", "0", "~7", "~14", "-"],
    ]
    assert codes("usage", "bob") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_ledger_has_no_column_for_content() -> None:
    with closing(the_records()):
        pass
    with closing(sqlite3.connect(gateway_file())) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(ledger)")]
    assert columns == [
        "id", "code_id", "at", "model", "input_tokens", "output_tokens", "is_estimated", "status",
        "ended", "duration_ms", "request_id", "cost", "profile",
    ]  # fmt: skip


def test_a_file_of_another_program_is_reported() -> None:
    path = gateway_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match=r"gateway\.db"):
        open_records(path.parent)
    assert codes("list") == 2


def test_limits_are_read_back(tmp_path: Path) -> None:
    limits = CodeLimits(
        expires_at=datetime(2030, 1, 2, 3, tzinfo=UTC),
        models=("a", "b"),
        requests_per_minute=3,
        tokens_per_day=4,
        tokens_per_month=5,
        cost_per_month=6,
        concurrent_requests=7,
        profiles=("p",),
        caps=Caps(max_tokens=8, effort="low", tools=False, images=False, formats=("text",)),
    )
    with closing(open_records(tmp_path)) as records:
        records.codes.add("ada", limits)
        assert records.codes.all()[0].limits == limits


def test_every_limit_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--expires 30d --models a,b --requests-per-minute 3 --tokens-per-day 4"
        " --tokens-per-month 5 --cost-per-month 7.50 --concurrent-requests 7 --profiles p,q"
        " --max-tokens 8 --max-effort low --no-tools --no-images --formats text,json_object"
    )
    assert codes("add", "Ada", *options.split()) == 0
    capsys.readouterr()
    assert codes("list", "--json") == 0
    (ada,) = json.loads(capsys.readouterr().out)
    assert ada.pop("expires_at") > ada.pop("created_at")
    assert ada == {
        "name": "Ada",
        "state": "active",
        "models": ["a", "b"],
        "requests_per_minute": 3,
        "tokens_per_day": 4,
        "tokens_per_month": 5,
        "cost_per_month": 7.5,
        "concurrent_requests": 7,
        "profiles": ["p", "q"],
        "caps": {
            "max_tokens": 8,
            "effort": "low",
            "tools": False,
            "images": False,
            "formats": ["text", "json_object"],
            "models": None,
            "urls": True,
        },
    }
    assert main(["gateway", "usage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_file_of_the_first_version_keeps_its_codes_and_usage(tmp_path: Path) -> None:
    first = migrations(id="INTEGER PRIMARY KEY", bytes="BLOB")[0]
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        for statement in first:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO codes (name, salt, digest, created_at, tokens_per_day)"
            " VALUES ('ada', x'00', x'00', ?, 100)",
            (now,),
        )
        connection.execute(
            "INSERT INTO ledger (code_id, at, model, input_tokens, output_tokens, is_estimated,"
            " status, ended, duration_ms) VALUES (1, ?, 'm', 40, 30, 0, 200, 'complete', 1)",
            (now,),
        )
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with closing(open_records(tmp_path)) as records:
        (code,) = records.codes.all()
        admission = records.reservations.admit("r", code, 1)
        # The 70 tokens of today are counted although the counters are new.
        assert records.reservations.reserve(admission, 10, 256).output_tokens == 20


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
