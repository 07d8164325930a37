"""Many questions of one kind: the rows they are made from, and the template that makes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import shown_path
from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import InvalidJson, describe_type, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LARGEST_BYTES: Final = 100_000_000
_FIELD: Final = re.compile(r"\{\{|\}\}|\{([^{}\n]{1,100})\}")


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a file in JSON Lines; empty lines are passed over.

    Raises:
        ConfigError: It cannot be read, or a line is no object: which one and why.
    """
    what = f"The rows of {shown_path(file)}"
    try:
        with file.open("rb") as opened:
            # Of a device there is no end.
            content = opened.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise ConfigError(f"{what} are more than {LARGEST_BYTES // 1_000_000} MB.")
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{what} are not UTF-8, at byte {error.start + 1:,}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{what} cannot be read: {reason}.", "Check the path.") from None
    rows: list[dict[str, Any]] = []
    # Not splitlines: U+2028 may stand within a text of JSON.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = loads(line).value
        except InvalidJson as error:
            where = f"line {number}" + (f", column {error.at + 1}" if error.at is not None else "")
            raise ConfigError(f"{what} are not JSON Lines, {where}: {error.message}.") from None
        if not isinstance(row, dict):
            raise ConfigError(
                f"{what}: line {number} is {describe_type(row)}, and an object is wanted.",
                'Such as {"name": "Ada"}, one in each line.',
            )
        rows.append(row)
    if not rows:
        raise ConfigError(f"{what}: there is none.")
    return rows


def fill_templates(template: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the question of each row.

    Raises:
        ConfigError: A row lacks a field, or the template names none.
    """
    if len(rows) > 1 and not any(found[1] for found in _FIELD.finditer(template)):
        fields = ", ".join(f"{{{sanitize_line(name, 40)}}}" for name in list(rows[0])[:10])
        raise ConfigError(
            "The question has no {field}, so every row would be asked the same.",
            f"Name fields of the rows: {fields}.",
        )
    return [fill_template(template, row, number) for number, row in enumerate(rows, 1)]


def fill_template(template: str, row: Mapping[str, Any], number: int) -> str:
    """Return a template with each `{field}` replaced by that field of a row.

    Texts come as they are, everything else as JSON. `{a.b}` is the field b within a, `{a.0}` the
    first entry of a list. `{{` and `}}` stand for braces.

    Args:
        template: The question.
        row: The fields.
        number: Of the row, from 1.

    Raises:
        ConfigError: The row has no such field.
    """

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        try:
            value = row[name] if name in row else _within(row, name)
        except (KeyError, IndexError, ValueError, TypeError):
            fields = ", ".join(sanitize_line(field, 40) for field in list(row)[:10])
            raise ConfigError(
                f"The question asks for “{{{sanitize_line(name, 40)}}}”, and row {number} has no "
                f"such field: {fields}.",
                "Write {{ and }} for braces that are meant as such.",
            ) from None
        return value if isinstance(value, str) else dumps(value)

    return _FIELD.sub(replacement, template)


def _within(row: Any, name: str) -> Any:
    for part in name.split("."):
        row = row[int(part)] if isinstance(row, list) else row[part]
    return row
