"""Batch input: rows of a JSON Lines file and the template that turns them into questions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import read_text_file, shown_path
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import InvalidJson, describe_type, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LARGEST_BYTES: Final = 100_000_000
_FIELD: Final = re.compile(r"\{\{|\}\}|\{([^{}\n]{1,100})\}")


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file; empty lines are skipped.

    Raises:
        ConfigError: The file cannot be read, or a line is not an object.
    """
    name = shown_path(file)
    text = read_text_file(file, name, LARGEST_BYTES, lambda: _("Check the path."))
    rows: list[dict[str, Any]] = []
    # Not splitlines: a JSON string may contain U+2028.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = loads(line).value
        except InvalidJson as error:
            place = _("line {line}").format(line=number)
            if error.at is not None:
                place = _("line {line}, column {column}").format(line=number, column=error.at + 1)
            raise ConfigError(
                _("{file} is not JSON Lines: {place}: {reason}.").format(
                    file=name, place=place, reason=error.message
                )
            ) from None
        if not isinstance(row, dict):
            raise ConfigError(
                _("{file}: line {line} must be an object, got {type}.").format(
                    file=name, line=number, type=describe_type(row)
                ),
                _('Write one object per line, such as {"name": "Ada"}.'),
            )
        rows.append(row)
    if not rows:
        raise ConfigError(_("{file} has no rows.").format(file=name))
    return rows


def fill_templates(template: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the question of each row.

    Raises:
        ConfigError: A row lacks a field, or the template has no field.
    """
    if len(rows) > 1 and not any(found[1] for found in _FIELD.finditer(template)):
        fields = join_list(f"{{{sanitize_line(name, 40)}}}" for name in list(rows[0])[:10])
        raise ConfigError(
            _("The question has no {field}, so it would be the same for every row."),
            _("Available fields: {fields}.").format(fields=fields),
        )
    return [fill_template(template, row, number) for number, row in enumerate(rows, 1)]


def fill_template(template: str, row: Mapping[str, Any], number: int) -> str:
    """Replace each `{field}` of a template with that field of a row.

    Strings are inserted as they are, other values as JSON. `{a.b}` is field b of object a, `{a.0}`
    the first entry of list a. `{{` and `}}` produce braces.

    Args:
        template: The question.
        row: The fields.
        number: Number of the row, from 1.

    Raises:
        ConfigError: The row lacks a field.
    """

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        try:
            value = row[name] if name in row else _within(row, name)
        except (KeyError, IndexError, ValueError, TypeError):
            fields = join_list(sanitize_line(field, 40) for field in list(row)[:10])
            raise ConfigError(
                _("Row {row} has no field “{field}”; it has: {fields}.").format(
                    row=number, field=sanitize_line(name, 40), fields=fields
                ),
                _("Write {{ and }} for literal braces."),
            ) from None
        return value if isinstance(value, str) else dumps(value)

    return _FIELD.sub(replacement, template)


def _within(row: Any, name: str) -> Any:
    for part in name.split("."):
        row = row[int(part)] if isinstance(row, list) else row[part]
    return row
