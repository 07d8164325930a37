"""Export of objects as JSON, JSON Lines, or CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.structured.lossless_json import dumps, scalar_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KINDS: Final = ("json", "jsonl", "csv")

_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠\t\r]")
_HARMLESS: Final = re.compile(r"""[-+]\d[\d .,()/-]*(?:[ °%][^=(|!@+*/^&<>"':;\[\]{}-]*)?\Z""")
"""A number, a phone number, or a number with its unit and more words: no formula begins so."""
_BYTE_ORDER_MARK: Final = "\ufeff"
_VALUE: Final = "value"
"""Column for values that are not objects."""


def to_rows(value: Any) -> list[Any]:
    """Return the entries of a list, or the one object."""
    return list(value) if isinstance(value, list) else [value]


def format_rows(rows: Sequence[Any], kind: str) -> str:
    """Return rows as the content of a file.

    Args:
        rows: Values of `lossless_json.loads`.
        kind: One of KINDS. JSON writes a single row as itself, several as a list.
    """
    if kind == "csv":
        return _csv(rows)
    if kind == "jsonl":
        return "".join(f"{dumps(row)}\n" for row in rows)
    return dumps(rows[0] if len(rows) == 1 else list(rows), indent=2) + "\n"


def _csv(rows: Sequence[Any]) -> str:
    """Return rows with one column per key, in the order of first occurrence.

    An apostrophe is put before a string that a spreadsheet would run as a formula (CSV injection).
    Numbers and phone numbers stay unchanged. Text beyond ASCII gets a byte order mark, without
    which spreadsheets read it in another encoding.
    """
    if not rows:
        return ""
    columns = list(dict.fromkeys(key for row in rows for key in _keys(row)))
    out = io.StringIO()
    # The default line ending is CRLF, as RFC 4180 demands.
    writer = csv.writer(out)
    writer.writerow([_safe(column) for column in columns])
    for row in rows:
        cells = row if isinstance(row, dict) else {_VALUE: row}
        writer.writerow([_cell(cells[column]) if column in cells else "" for column in columns])
    text = out.getvalue()
    return text if text.isascii() else _BYTE_ORDER_MARK + text


def _keys(row: Any) -> Iterable[str]:
    return row.keys() if isinstance(row, dict) else (_VALUE,)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, dict | list):
        return dumps(value)
    return scalar_text(value)


def _safe(text: str) -> str:
    # NUL ends a cell in many readers; a lone surrogate cannot be encoded.
    text = text.replace("\0", "␀").encode("utf-8", "replace").decode()
    if _FORMULA.match(text.lstrip(" ")) and not _HARMLESS.match(text):
        return f"'{text}"
    return text
