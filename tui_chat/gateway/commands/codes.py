"""`tui-chat gateway codes`: makes, shows and ends access codes, and shows what they used."""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.codes.database import FILE_NAME, GatewayDatabase

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.session.launch import Launch

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION: Final = re.compile(r"([1-9]\d{0,5})([smhdw])\Z")
_NAME_LIMIT: Final = 60
_MOST_MODELS: Final = 100


def run_codes(options: argparse.Namespace, launch: Launch) -> int:
    """Carry out one of the commands and return its exit status.

    Raises:
        TuiChatError: It cannot be carried out.
    """
    records = GatewayDatabase.open(launch.paths.data_dir / FILE_NAME)
    try:
        if options.codes_command == "add":
            _add(options, records)
        elif options.codes_command == "list":
            _list(records)
        elif options.codes_command == "revoke":
            _revoke(options.name, records)
        else:
            _usage(options.name, records)
    finally:
        records.close()
    return 0


def parsed_expiry(text: str, moment: datetime) -> datetime:
    """Return when a code ends: some time after a moment, or on a date.

    Args:
        text: A time such as 30d, or a date in ISO 8601; without a zone it is in UTC.
        moment: From when on the time counts; an end before it is none.

    Raises:
        ConfigError: It is neither, or it has passed.
    """
    text = text.strip()
    found = _DURATION.match(text.lower())
    if found is not None:
        seconds = int(found[1]) * _UNITS[found[2]]
        return moment + timedelta(seconds=min(seconds, 100 * 366 * 86_400))
    try:
        end = datetime.fromisoformat(text)
        end = end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"“{sanitize_line(text, 40)}” is no time.",
            "Write a number and s, m, h, d or w, such as 30d for thirty days; or a date, such as "
            f"{moment + timedelta(days=365):%Y-%m-%d}.",
        ) from None
    if end <= moment:
        raise ConfigError(f"{end:%Y-%m-%d %H:%M} UTC has passed.", "Choose a later time.")
    return end


def _add(options: argparse.Namespace, records: GatewayDatabase) -> None:
    name = _checked_name(options.name)
    expires_at = None
    if options.expires is not None:
        expires_at = parsed_expiry(options.expires, datetime.now(UTC))
    allowance = CodeLimits(
        expires_at=expires_at,
        models=_parsed_models(options.models),
        requests_per_minute=options.requests_per_minute,
        tokens_per_day=options.tokens_per_day,
    )
    code = records.add(name, allowance)
    _print(code.reveal())
    sys.stderr.write(
        f"This is the access code of {name}. It is shown this once: only a hash of it is kept.\n"
        "Who gets it runs: tui-chat join URL CODE\n"
    )


def _list(records: GatewayDatabase) -> None:
    codes = records.codes()
    if not codes:
        _print("There are no access codes yet: tui-chat gateway codes add NAME")
        return
    moment = datetime.now(UTC)
    rows = [
        (
            code.name,
            _state(code, moment),
            f"{code.created_at:%Y-%m-%d}",
            f"{code.allowance.expires_at:%Y-%m-%d %H:%M}" if code.allowance.expires_at else "never",
            _shown(code.allowance.requests_per_minute),
            _shown(code.allowance.tokens_per_day),
            ", ".join(code.allowance.models) if code.allowance.models is not None else "all",
        )
        for code in codes
    ]
    head = ("name", "state", "made", "expires (UTC)", "requests/min", "tokens/day", "models")
    _print_table(head, rows)


def _revoke(name: str, records: GatewayDatabase) -> None:
    if not records.revoke(name):
        from tui_chat.config.problems import nearest

        names = [code.name for code in records.codes() if code.revoked_at is None]
        meant = nearest(name, names)
        todo = f"Did you mean “{meant}”?" if meant else "See: tui-chat gateway codes list"
        raise ConfigError(f"There is no code “{sanitize_line(name, 60)}” in use.", todo)
    _print(f"The code of {sanitize_line(name)} opens nothing any more.")


def _usage(name: str | None, records: GatewayDatabase) -> None:
    if name is not None and all(code.name != name for code in records.codes()):
        raise ConfigError(
            f"There is no code “{sanitize_line(name, 60)}”.", "See: tui-chat gateway codes list"
        )
    days = records.use(name)
    if not days:
        _print("Nothing was used yet.")
        return
    rows = [
        (
            day.name,
            day.day,
            str(day.requests),
            str(day.refused),
            f"{'~' if day.has_estimates else ''}{day.input_tokens}",
            f"{'~' if day.has_estimates else ''}{day.output_tokens}",
        )
        for day in days
    ]
    _print_table(("name", "day (UTC)", "requests", "refused", "tokens in", "tokens out"), rows)


def _checked_name(text: str) -> str:
    name = sanitize_line(text.strip(), _NAME_LIMIT + 1)
    if not name or len(name) > _NAME_LIMIT or not name.isprintable():
        raise ConfigError(
            "The name of a code is empty or too long.", f"It may have {_NAME_LIMIT} characters."
        )
    return name


def _parsed_models(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    models = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not 0 < len(models) <= _MOST_MODELS:
        raise ConfigError("--models names no model.", "Such as --models gpt-5,gpt-5-mini")
    return models


def _state(code: AccessCode, moment: datetime) -> str:
    if code.revoked_at is not None:
        return "revoked"
    return "in use" if code.is_valid(moment) else "expired"


def _shown(limit: int | None) -> str:
    return "-" if limit is None else str(limit)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    shown = [head, *([sanitize_line(cell) for cell in row] for row in rows)]
    widths = [max(_width(row[column]) for row in shown) for column in range(len(head))]
    for row in shown:
        cells = (
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        _print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Return how many cells a text takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
