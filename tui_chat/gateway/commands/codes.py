"""`tui-chat gateway codes`: creates, lists and revokes access codes, and shows their usage."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.caps import Caps
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.cell_width import cell_width, padded
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.store.records import open_records

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.records import Records
    from tui_chat.session.launch import Launch

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION: Final = re.compile(r"([1-9]\d{0,5})([smhdw])\Z")
_NAME_LIMIT: Final = 60
MILLION: Final = 1_000_000
_MAX_NAMES: Final = 100


def run_codes(options: argparse.Namespace, launch: Launch, database: str | None) -> int:
    """Run one of the commands and return its exit status.

    Raises:
        TuiChatError: The command failed.
    """
    command = getattr(options, "codes_command", None) or "usage"
    records = open_records(launch.paths.data_dir, database)
    try:
        if command == "add":
            _add(options, records)
        elif command == "list":
            _list(records, as_json=options.json)
        elif command == "revoke":
            _revoke(options.name, records)
        else:
            _usage(options.name, records, as_json=options.json)
    finally:
        records.close()
    return 0


def parsed_expiry(text: str, moment: datetime) -> datetime:
    """Return the time at which a code expires.

    Args:
        text: A duration such as 30d, or a date in ISO 8601; without a time zone it is in UTC.
        moment: The start of the duration; a date before it is rejected.

    Raises:
        ConfigError: The text is neither, or the date is in the past.
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
        hint = _(
            "Use a number and s, m, h, d or w, such as 30d for thirty days; or a date such as "
            "{date}."
        )
        raise ConfigError(
            _("“{text}” is not a valid time.").format(text=sanitize_line(text, 40)),
            hint.format(date=f"{moment + timedelta(days=365):%Y-%m-%d}"),
        ) from None
    if end <= moment:
        summary = _("{time} UTC is in the past.").format(time=f"{end:%Y-%m-%d %H:%M}")
        raise ConfigError(summary, _("Choose a later time."))
    return end


def _add(options: argparse.Namespace, records: Records) -> None:
    name = _checked_name(options.name)
    expires_at = None
    if options.expires is not None:
        expires_at = parsed_expiry(options.expires, datetime.now(UTC))
    limits = CodeLimits(
        expires_at=expires_at,
        models=_parsed_names("--models", options.models),
        requests_per_minute=options.requests_per_minute,
        tokens_per_day=options.tokens_per_day,
        tokens_per_month=options.tokens_per_month,
        cost_per_month=options.cost_per_month,
        concurrent_requests=options.concurrent_requests,
        profiles=_parsed_names("--profiles", options.profiles),
        caps=Caps(
            max_tokens=options.max_tokens,
            effort=options.max_effort,
            tools=not options.no_tools,
            images=not options.no_images,
            formats=_parsed_names("--formats", options.formats),
        ),
    )
    code = records.codes.add(name, limits)
    _print(code.reveal())
    record = _("This is the access code of {name}. It is shown only once; only its hash is stored.")
    sys.stderr.write(f"{record.format(name=name)}\n")
    sys.stderr.write(f"{_('Its owner runs: tui-chat join URL')}\n")


def _list(records: Records, *, as_json: bool) -> None:
    codes = records.codes.all()
    if as_json:
        moment = datetime.now(UTC)
        _print_json([_as_object(code, moment) for code in codes])
        return
    if not codes:
        _print(_("There are no access codes yet: tui-chat gateway codes add NAME"))
        return
    moment = datetime.now(UTC)
    rows = [
        (
            code.name,
            _state(code, moment),
            f"{code.created_at:%Y-%m-%d}",
            f"{limits.expires_at:%Y-%m-%d %H:%M}" if limits.expires_at else _("never"),
            _number(limits.requests_per_minute),
            _number(limits.tokens_per_day),
            _number(limits.tokens_per_month),
            _money(limits.cost_per_month),
            join_list(limits.models) if limits.models is not None else _("all"),
        )
        for code in codes
        for limits in (code.limits,)
    ]
    head = (
        _("name"),
        _("state"),
        _("created"),
        _("expires (UTC)"),
        _("requests/min"),
        _("tokens/day"),
        _("tokens/month"),
        _("cost/month"),
        _("models"),
    )
    _print_table(head, rows)


def _revoke(name: str, records: Records) -> None:
    if not records.codes.revoke(name):
        from tui_chat.config.problems import nearest

        names = [code.name for code in records.codes.all() if code.revoked_at is None]
        hint = _("See: tui-chat gateway codes list")
        if suggestion := nearest(name, names):
            hint = _("Did you mean “{name}”?").format(name=suggestion)
        summary = _("There is no active code named “{name}”.")
        raise ConfigError(summary.format(name=sanitize_line(name, 60)), hint)
    _print(_("The access code of {name} is revoked.").format(name=sanitize_line(name)))


def _usage(name: str | None, records: Records, *, as_json: bool) -> None:
    if name is not None and all(code.name != name for code in records.codes.all()):
        summary = _("There is no code named “{name}”.").format(name=sanitize_line(name, 60))
        raise ConfigError(summary, _("See: tui-chat gateway codes list"))
    days = records.ledger.daily_usage(name)
    if as_json:
        _print_json([asdict(day) | {"cost": day.cost / MILLION} for day in days])
        return
    if not days:
        _print(_("There are no requests yet."))
        return
    rows = [
        (
            day.name,
            day.day,
            str(day.requests),
            str(day.refused),
            f"{'~' if day.has_estimates else ''}{day.input_tokens}",
            f"{'~' if day.has_estimates else ''}{day.output_tokens}",
            _money(day.cost),
        )
        for day in days
    ]
    head = (
        _("name"),
        _("day (UTC)"),
        _("requests"),
        _("refused"),
        _("tokens in"),
        _("tokens out"),
        _("cost"),
    )
    _print_table(head, rows)


def _checked_name(text: str) -> str:
    name = sanitize_line(text.strip(), _NAME_LIMIT + 1)
    if not name or len(name) > _NAME_LIMIT or not name.isprintable():
        raise ConfigError(
            _("The name of the code is empty or too long."),
            _("The limit is {limit} characters.").format(limit=_NAME_LIMIT),
        )
    return name


def _parsed_names(option: str, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not 0 < len(names) <= _MAX_NAMES:
        raise ConfigError(
            _("{option} needs 1 to {limit} names.").format(option=option, limit=_MAX_NAMES),
            _("Separate them by commas, such as: --models gpt-5,gpt-5-mini"),
        )
    return names


def _state(code: AccessCode, moment: datetime) -> str:
    if code.revoked_at is not None:
        return _("revoked")
    return _("active") if code.is_valid(moment) else _("expired")


def _as_object(code: AccessCode, moment: datetime) -> dict[str, Any]:
    """Return what is known of a code, for programs."""
    limits = asdict(code.limits)
    if code.limits.expires_at is not None:
        limits["expires_at"] = code.limits.expires_at.isoformat()
    if code.limits.cost_per_month is not None:
        limits["cost_per_month"] = code.limits.cost_per_month / MILLION
    state = "revoked" if code.revoked_at is not None else "expired"
    return {
        "name": code.name,
        "state": "active" if code.is_valid(moment) else state,
        "created_at": code.created_at.isoformat(),
        **limits,
    }


def _money(millionths: int | None) -> str:
    return f"{millionths / MILLION:.2f}" if millionths else "-"


def _print_json(value: object) -> None:
    _print(json.dumps(value, ensure_ascii=True, indent=2))


def _number(limit: int | None) -> str:
    return "-" if limit is None else str(limit)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    shown = [head, *([sanitize_line(cell) for cell in row] for row in rows)]
    widths = [max(cell_width(row[column]) for row in shown) for column in range(len(head))]
    for row in shown:
        cells = (padded(cell, width) for cell, width in zip(row, widths, strict=True))
        _print("  ".join(cells).rstrip())


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
