"""Changes values in the text of a TOML file; each result is checked by parsing it again."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from tui_chat.config.toml_source import header_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Path = tuple[str, ...]
Change = dict[Path, Any]
"""Values by path; a dict becomes a table, None removes a value or a table."""

BOM: Final = b"\xef\xbb\xbf"


def changed(old: bytes, before: Mapping[str, Any], change: Change) -> bytes | None:
    """Return the content of a file with changed values; None if it cannot be changed safely.

    Args:
        old: The content of the file.
        before: The same content, parsed.
        change: The values to set or remove, in order.
    """
    text, wanted = decoded(old), deepcopy(dict(before))
    is_windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    if is_windows:
        text = text.replace("\r\n", "\n")
    for path, value in change.items():
        if not _apply(wanted, path, value):
            return None
        text_after = _changed_once(text, path, value, wanted)
        if text_after is None:
            return None
        text = text_after
    if is_windows:
        text = text.replace("\n", "\r\n")
    return (BOM if old.startswith(BOM) else b"") + text.encode()


def decoded(content: bytes) -> str:
    """Return the text of a file without its byte order mark.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
    """
    return content.removeprefix(BOM).decode()


def _changed_once(text: str, path: Path, value: Any, wanted: Mapping[str, Any]) -> str | None:
    """Return the text with one change, by the first method whose result is right."""
    methods: tuple[Callable[[], str | None], ...] = (
        (lambda: without_section(text, path), lambda: _removed(text, path))
        if value is None
        else (lambda: _with_section(text, path, value), lambda: _with_value(text, path, value))
    )
    for method in methods:
        try:
            result = method()
            if result is not None and _same(tomllib.loads(result), wanted):
                return result
        except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            # tomlkit does not support every combination of tables; the next method may.
            continue
    return text if _same(tomllib.loads(text), wanted) else None


def _apply(values: Any, path: Path, value: Any) -> bool:
    """Apply a change to parsed values; return False if a value is in the place of a table."""
    for key in path[:-1]:
        if value is None and key not in values:
            return True
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            return False
    if value is None:
        values.pop(path[-1], None)
    else:
        values[path[-1]] = deepcopy(value)
    return True


def _same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Return whether two files mean the same; empty tables mean nothing."""
    # As text, because NaN is not equal to itself.
    return _as_text(left) == _as_text(right)


def _as_text(values: Mapping[str, Any]) -> str:
    return json.dumps(_without_empty(values), sort_keys=True, default=str)


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    inner = (
        (key, _without_empty(it) if isinstance(it, dict) else it) for key, it in values.items()
    )
    return {key: value for key, value in inner if value != {}}


def _with_section(text: str, path: Path, value: Any) -> str | None:
    """Return the text with a new table at the end; None if its table exists."""
    table, values = (path, value) if isinstance(value, dict) else (path[:-1], {path[-1]: value})
    if not table or _lookup(tomllib.loads(text), table) is not None:
        return None
    document = tomlkit.document()
    outer: Any = document
    for name in table[:-1]:
        outer[name] = tomlkit.table(is_super_table=True)
        outer = outer[name]
    inner = tomlkit.table()
    inner.update(values)
    outer[table[-1]] = inner
    before = text if not text or text.endswith("\n") else f"{text}\n"
    gap = "\n" if before.strip() and not before.endswith("\n\n") else ""
    return before + gap + tomlkit.dumps(document).lstrip("\n")


def _with_value(text: str, path: Path, value: Any) -> str | None:
    document = tomlkit.parse(text if not text or text.endswith("\n") else f"{text}\n")
    table: Any = document
    for name in path[:-1]:
        if name not in table:
            table[name] = tomlkit.table()
        table = table[name]
    if path[-1] in table:
        old = table[path[-1]]
        item = tomlkit.item(value)
        if not isinstance(old, Table | InlineTable) and hasattr(old, "trivia"):
            # Keeps the comment behind the value.
            item.trivia.comment_ws, item.trivia.comment = old.trivia.comment_ws, old.trivia.comment
        table[path[-1]] = item
        return tomlkit.dumps(document)
    container = table.value if isinstance(table, Table) else table
    later = _trailing_notes(container) if isinstance(container, Container) else []
    is_top = container is document
    table[path[-1]] = value
    if later and not is_top:
        container.body.extend(later)
    return tomlkit.dumps(document)


def _trailing_notes(container: Container) -> list[Any]:
    """Remove and return the comments and blank lines behind the last key of a table.

    They describe the next table, so a new key must not follow them.
    """
    if any(isinstance(item, Table) for _key, item in container.body):
        return []
    end = len(container.body)
    while end and container.body[end - 1][0] is None:
        end -= 1
    later = list(container.body[end:])
    del container.body[end:]
    return later


def _removed(text: str, path: Path) -> str | None:
    document = tomlkit.parse(text)
    table = _lookup(document, path[:-1])
    if table is None or path[-1] not in table:
        return text
    del table[path[-1]]
    return tomlkit.dumps(document)


def without_section(text: str, path: Path) -> str | None:
    """Return the text without a table and the tables in it; None if it has no such header.

    Comments above the header, and those directly above the next header, stay.
    """
    lines = text.splitlines(keepends=True)
    kept: list[str] = []
    removed: list[str] | None = None
    found = False
    for line in lines:
        names = header_path(line.rstrip("\n"))
        if names is not None:
            if removed is not None:
                kept += _notes_of_next(removed)
            removed = [] if names[: len(path)] == path else None
            found = found or removed is not None
        if removed is None:
            kept.append(line)
        else:
            removed.append(line)
    return "".join(kept) if found else None


def _notes_of_next(removed: list[str]) -> list[str]:
    """Return the comment lines directly above the next header."""
    at = len(removed)
    while at > 1 and removed[at - 1].lstrip().startswith("#"):
        at -= 1
    return removed[at:]


def _lookup(values: Any, path: Path) -> Any:
    for name in path:
        if not hasattr(values, "get") or name not in values:
            return None
        values = values[name]
    return values
