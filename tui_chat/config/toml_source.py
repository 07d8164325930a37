"""Reads a TOML file: tolerates syntax errors and records the line of each key.

tomllib stops at the first error and reports no positions of keys. Here each broken line or table is
replaced by blank lines, so that everything else still applies and line numbers do not change.
"""

from __future__ import annotations

import re
import stat
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.permissions import distrust
from tui_chat.config.problems import ConfigProblem, dotted
from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_MAX_BYTES: Final = 1_000_000
_MAX_ERRORS: Final = 30
_MAX_DEPTH: Final = 8
"""Tables around a key; no known key is deeper."""
_KEY_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_DOTTED_KEY: Final = rf"{_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART})*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED_KEY})[ \t]*\]\]?[ \t]*(?:#.*)?\Z")
_OPEN_HEADER: Final = re.compile(rf"\[\[?[ \t]*{_DOTTED_KEY}[ \t]*(?:#.*)?\Z")
_ENTRY: Final = re.compile(rf"[ \t]*({_DOTTED_KEY})[ \t]*=(.*)\Z", re.DOTALL)
# Values that may continue on the next line.
_MULTILINE_VALUE: Final = re.compile(r"""[\[{]|\"{3}|'{3}""")
_PARTS: Final = re.compile(_KEY_PART)
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


@dataclass(frozen=True, slots=True)
class TomlText:
    """The parsed content of a file."""

    table: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    """The line of each key by its path, without keys of inline tables."""
    problems: tuple[ConfigProblem, ...] = ()
    mode: int = 0
    """The permissions of the file."""
    distrust: str = ""
    """Why the file cannot be trusted; empty if only the user and root can write it."""

    def line_of(self, path: Sequence[str]) -> int | None:
        """Return the line of a key, or of the innermost table around it."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(tuple(path[:length]))
            if line is not None:
                return line
        return None


def read_toml(file: Path) -> TomlText:
    """Return the usable content and the problems of a file; a missing file is empty."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unreadable(
                file, _("The configuration is not a file."), _("Replace it by a file.")
            )
        if status.st_size > _MAX_BYTES:
            return _unreadable(file, _("The configuration is too large."), _("The limit is 1 MB."))
        content = file.read_bytes()
    except FileNotFoundError:
        return TomlText({}, {})
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        text = _("The configuration is unreadable: {reason}.").format(reason=reason)
        return _unreadable(file, text, _("Change its permissions."))
    lines, problems = _decoded(file, content)
    table = _parsed(file, lines, problems)
    return TomlText(
        table,
        _key_lines(lines),
        tuple(problems),
        stat.S_IMODE(status.st_mode),
        distrust(file, status),
    )


def _unreadable(file: Path, summary: str, hint: str) -> TomlText:
    return TomlText({}, {}, (ConfigProblem(file, None, "", summary, hint),))


def _decoded(file: Path, content: bytes) -> tuple[list[str], list[ConfigProblem]]:
    """Decode the lines; invalid UTF-8 becomes a blank line and is reported once."""
    raw_lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    wrong: list[int] = []
    lines: list[str] = []
    for number, raw in enumerate(raw_lines, 1):
        try:
            lines.append(raw.decode())
        except UnicodeDecodeError:
            wrong.append(number)
            lines.append("")
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00")) or content[1:2] == b"\x00":
        # UTF-16, the default of some editors.
        wrong, lines = wrong or [1], []
    if not wrong:
        return lines, []
    text = (
        _("The file is not UTF-8. This line is ignored.")
        if lines
        else _("The file is not UTF-8 and is ignored.")
    )
    return lines, [ConfigProblem(file, wrong[0], "", text, _("Save it as UTF-8."))]


def _parsed(file: Path, lines: list[str], problems: list[ConfigProblem]) -> dict[str, Any]:
    """Parse the lines; blank each line or table with a syntax error and report it."""
    if not any(line.strip() for line in lines):
        return {}
    for _round in range(_MAX_ERRORS):
        table, error = _attempt(lines)
        if error is None:
            return table
        problem = _blank_broken_part(file, lines, error)
        if problem.line not in {known.line for known in problems}:
            problems.append(problem)
    text = _("The file has too many syntax errors and is ignored.")
    problems.append(ConfigProblem(file, None, "", text, _("Fix them.")))
    return {}


@dataclass(frozen=True, slots=True)
class _SyntaxError:
    line: int
    column: int | None
    message: str
    """The message of tomllib."""


# The frequent mistakes by the message of tomllib: reason and hint.
_EXPLANATIONS: Final = {
    "Invalid value": (N_("invalid value"), N_("Put text in quotes.")),
    r"Illegal character '\n'": (N_("a quote is not closed"), N_("Close the quote.")),
}


def _attempt(lines: Sequence[str]) -> tuple[dict[str, Any], _SyntaxError | None]:
    # Imported here because it takes 2 ms, and most users have no configuration file.
    import tomllib

    try:
        return tomllib.loads("\n".join(lines)), None
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        message = _POSITION.sub("", str(error))
        if found and found[1]:
            return {}, _SyntaxError(int(found[1]), int(found[2]), message)
        return {}, _SyntaxError(_last_line(lines), None, message)
    except (ValueError, RecursionError):
        # Thousands of digits or nested lists; the parser reports no position.
        message = N_("a value is too long or too deeply nested")
        return {}, _SyntaxError(_first_unbounded(lines), None, message)


def _first_unbounded(lines: Sequence[str]) -> int:
    """Return the first line with which the parser gives up."""
    import tomllib

    def gives_up(count: int) -> bool:
        try:
            tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return False
        except (ValueError, RecursionError):
            return True
        return False

    return bisect_left(range(1, len(lines) + 1), True, key=gives_up) + 1


def _last_line(lines: Sequence[str]) -> int:
    used = [number for number, line in enumerate(lines, 1) if line.strip()]
    return used[-1] if used else 1


def _blank_broken_part(file: Path, lines: list[str], error: _SyntaxError) -> ConfigProblem:
    """Blank the line with the error, or its whole table if keys could end up in another table."""
    culprit = _culprit(lines, error)
    if culprit != error.line:
        error = _SyntaxError(culprit, None, error.message)
    start, end = _section_around(lines, culprit)
    header = _HEADER.match(lines[start])
    path = _names(header[1]) if header else ()
    entry = _ENTRY.match(lines[culprit - 1])
    if entry:
        attempt = list(lines)
        attempt[culprit - 1] = ""
        if not _MULTILINE_VALUE.search(entry[2]) or _is_valid_up_to(end, attempt):
            lines[:] = attempt
            return _problem(file, error, (*path, *_names(entry[1])), _("This line is ignored."))
    begins_table = lines[start].lstrip().startswith("[")
    lines[start:end] = [""] * (end - start)
    if path:
        _blank_tables_below(lines, end, path)
        text = _("The table [{table}] is ignored.").format(table=dotted(path))
        return _problem(file, error, path, text)
    text = (
        _("The table that begins here is ignored.")
        if begins_table
        else _("Everything above the first table is ignored.")
    )
    return _problem(file, error, (), text)


def _culprit(lines: Sequence[str], error: _SyntaxError) -> int:
    """Return the line to blame: for a valid header inside an open list, the line before it."""
    if error.message.startswith("Cannot") or not _HEADER.match(lines[error.line - 1]):
        return error.line
    before = [number for number in range(1, error.line) if lines[number - 1].strip()]
    return before[-1] if before else error.line


def _problem(
    file: Path, error: _SyntaxError, path: Sequence[str], consequence: str
) -> ConfigProblem:
    text = (
        _("Invalid TOML at column {column}: {reason}. {consequence}")
        if error.column
        else _("Invalid TOML: {reason}. {consequence}")
    )
    reason, hint = _EXPLANATIONS.get(error.message, (error.message, N_("Fix the line.")))
    summary = text.format(column=error.column, reason=_(reason), consequence=consequence)
    return ConfigProblem(file, error.line, dotted(path), summary, _(hint))


def _section_around(lines: Sequence[str], number: int) -> tuple[int, int]:
    """Return the half-open range of line indexes of the table around a line.

    A header without closing bracket begins a table too.
    """
    start = number - 1
    while start > 0 and not _HEADER.match(lines[start]) and not _OPEN_HEADER.match(lines[start]):
        start -= 1
    if not any(line.strip() for line in lines[start:number]):
        start = 0
    end = number
    while end < len(lines) and not _HEADER.match(lines[end]):
        end += 1
    return start, end


def _is_valid_up_to(end: int, lines: Sequence[str]) -> bool:
    _table, error = _attempt(lines)
    return error is None or error.line > end


def _blank_tables_below(lines: list[str], start: int, path: Sequence[str]) -> None:
    blanking = False
    for index in range(start, len(lines)):
        header = _HEADER.match(lines[index])
        if header:
            names = _names(header[1])
            blanking = names[: len(path)] == tuple(path) and len(names) > len(path)
        if blanking:
            lines[index] = ""


def _key_lines(lines: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return the line of each key and table; a line scan that ignores unusual syntax."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    closing = ""
    for number, line in enumerate(lines, 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        header = _HEADER.match(line)
        entry = None if header else _ENTRY.match(line)
        path = table
        if header:
            path = table = _names(header[1])
        elif entry:
            path = (*table, *_names(entry[1]))
            closing = _open_quotes(entry[2])
        for length in range(1, min(len(path), _MAX_DEPTH) + 1):
            found.setdefault(path[:length], number)
    return found


def _open_quotes(value: str) -> str:
    """Return the closing quotes if a value begins a multi-line string."""
    for quotes in ('"""', "'''"):
        if value.lstrip().startswith(quotes) and value.count(quotes) == 1:
            return quotes
    return ""


def header_path(line: str) -> tuple[str, ...] | None:
    """Return the names in the header of a table; None for another line."""
    header = _HEADER.match(line)
    return _names(header[1]) if header else None


def _names(dotted_key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PARTS.findall(dotted_key))
