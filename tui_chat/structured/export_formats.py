"""Objects written out: JSON, JSON Lines, and CSV for spreadsheets."""

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
_PLAIN_NUMBER: Final = re.compile(r"[-+]?\d[\d.,]*\Z")
_VALUE: Final = "value"
"""The column of what is no object."""


def to_rows(value: Any) -> list[Any]:
    """Return the rows that an answer holds: the entries of a list, else the one object."""
    return list(value) if isinstance(value, list) else [value]


def format_rows(rows: Sequence[Any], kind: str) -> str:
    """Return rows as the text of a file.

    Args:
        rows: Values of `exact.loads`.
        kind: One of KINDS. A single row is written as itself in JSON, several as a list.
    """
    if kind == "csv":
        return _csv(rows)
    if kind == "jsonl":
        return "".join(f"{dumps(row)}\n" for row in rows)
    return dumps(rows[0] if len(rows) == 1 else list(rows), indent=2) + "\n"


def _csv(rows: Sequence[Any]) -> str:
    """Return rows with one column for each key, in the order in which the keys first came.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which
    spreadsheets take as "this is text": what a model wrote must not act on the machine of whoever
    opens the file. Negative numbers stay as they are.
    """
    if not rows:
        return ""
    columns = list(dict.fromkeys(key for row in rows for key in _keys(row)))
    out = io.StringIO()
    # CRLF, as RFC 4180 has it.
    writer = csv.writer(out)
    writer.writerow([_safe(column) for column in columns])
    for row in rows:
        cells = row if isinstance(row, dict) else {_VALUE: row}
        writer.writerow([_cell(cells[column]) if column in cells else "" for column in columns])
    return out.getvalue()


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
    # NUL ends a cell in many readers; half a character cannot be written.
    text = text.replace("\0", "␀").encode("utf-8", "replace").decode()
    if _FORMULA.match(text.lstrip(" ")) and not _PLAIN_NUMBER.match(text):
        return f"'{text}"
    return text
