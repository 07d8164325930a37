"""The text of a TOML file: read whatever it holds, keep what can be parsed, know its lines."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.permissions import distrust
from tui_chat.config.problems import ConfigProblem, dotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LARGEST: Final = 1_000_000
_MOST_ERRORS: Final = 30
_DEEPEST: Final = 8
"""No key of ours stands in more tables."""
_KEY_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_DOTTED_KEY: Final = rf"{_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART})*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED_KEY})[ \t]*\]\]?[ \t]*(?:#.*)?\Z")
_OPEN_HEADER: Final = re.compile(rf"\[\[?[ \t]*{_DOTTED_KEY}[ \t]*(?:#.*)?\Z")
_ENTRY: Final = re.compile(rf"[ \t]*({_DOTTED_KEY})[ \t]*=(.*)\Z", re.DOTALL)
# What goes on in the next line; a value without any of these ends where its line ends.
_LONG_VALUE: Final = re.compile(r"""[\[{]|\"{3}|'{3}""")
_PARTS: Final = re.compile(_KEY_PART)
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


@dataclass(frozen=True, slots=True)
class TomlText:
    """What a file gave."""

    table: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    """The line of each key, by its path; keys inside inline tables are not in it."""
    problems: tuple[ConfigProblem, ...] = ()
    mode: int = 0
    """The file's permissions."""
    distrust: str = ""
    """Why what it says may come from others; empty if only the user and root write it."""

    def line_of(self, path: Sequence[str]) -> int | None:
        """Return the line of a key, or of the table that it stands in."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(tuple(path[:length]))
            if line is not None:
                return line
        return None


def read_toml(file: Path) -> TomlText:
    """Return what can be used of a file. A file that is missing is empty; none ever raises."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unreadable(file, "is not a file", "Put a file in its place.")
        if status.st_size > _LARGEST:
            return _unreadable(file, "is too large", "A configuration has at most 1 MB.")
        content = file.read_bytes()
    except FileNotFoundError:
        return TomlText({}, {})
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return _unreadable(file, f"cannot be read: {reason}", "Change its permissions.")
    lines, problems = _decoded(file, content)
    table = _parsed(file, lines, problems)
    return TomlText(
        table,
        _key_lines(lines),
        tuple(problems),
        stat.S_IMODE(status.st_mode),
        distrust(file, status),
    )


def _unreadable(file: Path, what: str, todo: str) -> TomlText:
    problem = ConfigProblem(file, None, "", f"The configuration {what}.", todo)
    return TomlText({}, {}, (problem,))


def _decoded(file: Path, content: bytes) -> tuple[list[str], list[ConfigProblem]]:
    """Return the lines; those that are not UTF-8 are blank and told once."""
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
        # UTF-16, as some editors write it.
        wrong, lines = wrong or [1], []
    if not wrong:
        return lines, []
    ignored = "This line is left out." if lines else "Nothing in it is used."
    what = f"The file is not UTF-8 text. {ignored}"
    return lines, [ConfigProblem(file, wrong[0], "", what, "Save it again as UTF-8.")]


def _parsed(file: Path, lines: list[str], problems: list[ConfigProblem]) -> dict[str, Any]:
    """Parse the lines; each part that cannot be parsed is blanked, so line numbers stay."""
    if not any(line.strip() for line in lines):
        return {}
    for _ in range(_MOST_ERRORS):
        table, error = _attempt(lines)
        if error is None:
            return table
        problem = _without_broken_part(file, lines, error)
        if problem.line not in {known.line for known in problems}:
            problems.append(problem)
    what = "There are too many errors in it. Nothing in it is used."
    problems.append(ConfigProblem(file, None, "", what, "Repair it."))
    return {}


@dataclass(frozen=True, slots=True)
class _SyntaxError:
    line: int
    column: int | None
    words: str


def _attempt(lines: Sequence[str]) -> tuple[dict[str, Any], _SyntaxError | None]:
    # Two milliseconds that only a person with a file pays.
    import tomllib

    try:
        return tomllib.loads("\n".join(lines)), None
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        words = _POSITION.sub("", str(error))
        if found and found[1]:
            return {}, _SyntaxError(int(found[1]), int(found[2]), words)
        return {}, _SyntaxError(_last_line(lines), None, words)
    except (ValueError, RecursionError):
        # A number of thousands of digits, lists in lists in lists: the parser does not say where.
        return {}, _SyntaxError(_last_line(lines), None, "A value is too long or too deep")


def _last_line(lines: Sequence[str]) -> int:
    used = [number for number, line in enumerate(lines, 1) if line.strip()]
    return used[-1] if used else 1


def _without_broken_part(file: Path, lines: list[str], error: _SyntaxError) -> ConfigProblem:
    """Blank the line with the error, or else its table; never let keys slip into another table."""
    culprit = _culprit(lines, error)
    if culprit != error.line:
        error = _SyntaxError(culprit, None, error.words)
    start, end = _section_around(lines, culprit)
    header = _HEADER.match(lines[start])
    path = _names(header[1]) if header else ()
    entry = _ENTRY.match(lines[culprit - 1])
    if entry:
        attempt = list(lines)
        attempt[culprit - 1] = ""
        if not _LONG_VALUE.search(entry[2]) or _is_right_up_to(end, attempt):
            lines[:] = attempt
            return _problem(file, error, (*path, *_names(entry[1])), "This line is left out")
    begins_table = lines[start].lstrip().startswith("[")
    lines[start:end] = [""] * (end - start)
    if path:
        _blank_tables_below(lines, end, path)
        return _problem(file, error, path, f"The table [{dotted(path)}] is left out")
    left_out = "The table that begins here" if begins_table else "What stands above the first table"
    return _problem(file, error, (), f"{left_out} is left out")


def _culprit(lines: Sequence[str], error: _SyntaxError) -> int:
    """Return the line to blame: for a good header inside an open list, the line before it."""
    if error.words.startswith("Cannot") or not _HEADER.match(lines[error.line - 1]):
        return error.line
    before = [number for number in range(1, error.line) if lines[number - 1].strip()]
    return before[-1] if before else error.line


def _problem(
    file: Path, error: _SyntaxError, path: Sequence[str], consequence: str
) -> ConfigProblem:
    at = f" in column {error.column}" if error.column else ""
    what = f"This is not TOML{at}: {error.words}. {consequence}."
    # By far the most frequent mistake.
    todo = "A text stands in quotes." if error.words == "Invalid value" else "Repair the line."
    return ConfigProblem(file, error.line, dotted(path), what, todo)


def _section_around(lines: Sequence[str], number: int) -> tuple[int, int]:
    """Return the half-open range of indexes of the table a line stands in.

    A header that is not closed begins a table too.
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


def _is_right_up_to(end: int, lines: Sequence[str]) -> bool:
    _, error = _attempt(lines)
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
    """Return the line of each key and table; a light scan, right for every ordinary file."""
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
        for length in range(1, min(len(path), _DEEPEST) + 1):
            found.setdefault(path[:length], number)
    return found


def _open_quotes(value: str) -> str:
    """Return the quotes that close a text of several lines, if one begins here."""
    for quotes in ('"""', "'''"):
        if value.lstrip().startswith(quotes) and value.count(quotes) == 1:
            return quotes
    return ""


def _names(dotted_key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PARTS.findall(dotted_key))
