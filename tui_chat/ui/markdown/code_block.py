"""The text of a code block, and its syntax highlighting, computed when a line is painted.

Highlighting does not change heights, so layout never waits for Pygments, and code outside the
visible rows is not highlighted at all. An open fence is highlighted in chunks, each with the
previous one as context. A closed one is highlighted as a whole, which is exact: a string may span
many lines.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Spans, shown

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]

CHUNK_LINES: Final = 24
EXACT_LINES: Final = 500
"""Maximum number of lines of a closed block highlighted as a whole: about 25 ms."""
_STEP_LINES: Final = 6
"""Number of new lines after which an open chunk is highlighted again."""
_CONTEXT_LINES: Final = 4
"""Number of earlier lines highlighted together with the new ones."""
_WHOLE: Final = -1
_LAST: Final = -2
_WIDEST_LINE: Final = 2000
"""Characters of a line. Longer, minified lines are not highlighted: a lexer may take seconds."""


class CodeText:
    """Lines of code and their cached highlighting."""

    def __init__(self, info: str | None) -> None:
        self.language = language_of(info or "")
        self.is_fence = info is not None
        self.lines: list[str] = []
        """Source lines, for copying; a very long one is split."""
        self._joints: list[str] = []
        """Separator before each line in the source."""
        self.shown: list[str] = []
        """Sanitized lines, for display."""
        self.is_closed = False
        self.most_lines = 0
        """Maximum number of lines so far; a rollback may have removed the last one."""
        self._painted: dict[int, tuple[str, list[Spans]]] = {}

    @property
    def text(self) -> str:
        """The code, lines joined by newlines."""
        pieces = zip(self._joints, self.lines, strict=True)
        return "".join(part for piece in pieces for part in piece).removeprefix("\n")

    @property
    def is_exact(self) -> bool:
        """Return True if the block is highlighted as a whole."""
        return self.is_closed and len(self.lines) <= EXACT_LINES

    def add(self, line: str, *, continues: bool = False) -> None:
        """Add a line, or a continuation of the last one."""
        self.lines.append(line)
        self._joints.append("" if continues else "\n")
        self.shown.append(shown(line))

    def glue(self, piece: str) -> str:
        """Append to the last line and return the displayed form of the addition."""
        added = shown(piece)
        self.lines[-1] += piece
        self.shown[-1] += added
        return added

    def snapshot(self) -> tuple[int, str, str, bool]:
        """Return the current state, for `restore`."""
        last = (self.lines[-1], self.shown[-1]) if self.lines else ("", "")
        return len(self.lines), *last, self.is_closed

    def restore(self, snapshot: tuple[int, str, str, bool]) -> None:
        """Roll back to an earlier state."""
        count, line, shown_line, self.is_closed = snapshot
        del self.lines[count:], self.shown[count:], self._joints[count:]
        if count:
            self.lines[-1], self.shown[-1] = line, shown_line

    def spans(self, index: int) -> Spans:
        """Return the style spans of one line."""
        chunk, context, start, end = self._chunk(index)
        lines = self.shown[context:end]
        source = "\n".join(lines)
        known = self._painted.get(chunk)
        if known is None or known[0] != source:
            known = source, highlighted(lines, self.language)[start - context :]
            self._painted[chunk] = known
        return known[1][index - start]

    def _chunk(self, index: int) -> tuple[int, int, int, int]:
        """Return the chunk of a line: its key, and the start of its context, its start and end."""
        count = len(self.shown)
        if self.is_exact:
            return _WHOLE, 0, 0, count
        settled = count if self.is_closed else (count - 1) // _STEP_LINES * _STEP_LINES
        if index >= settled:
            # The last line changes with every delta, so it must not re-highlight a whole chunk.
            return _LAST, max(0, settled - _CONTEXT_LINES), settled, count
        chunk = index // CHUNK_LINES
        start = chunk * CHUNK_LINES
        end = min(start + CHUNK_LINES, settled)
        return chunk, max(0, start - CHUNK_LINES), start, end


def language_of(info: str) -> str:
    """Return the language of an info string: ``python``, ``{.python}``, ``python:app.py``."""
    word = info.split(maxsplit=1)[0] if info.strip() else ""
    return word.strip("{}.").partition(":")[0].partition("{")[0].partition(",")[0][:40].lower()


def highlighted(lines: list[str], language: str) -> list[Spans]:
    """Return the style spans of each line; none for an unknown language."""
    lexer = _lexer(language)
    if lexer is None or any(len(line) > _WIDEST_LINE for line in lines):
        return [_plain(line) for line in lines]
    try:
        return _by_line(lexer, lines)
    except Exception:  # noqa: BLE001 - hundreds of lexers by hundreds of people
        return [_plain(line) for line in lines]


def _by_line(lexer: Lexer, lines: list[str]) -> list[Spans]:
    from tui_chat.ui.markdown.token_styles import token_role

    result: list[Spans] = []
    current: list[tuple[int, int, int]] = []
    column = 0
    for _, kind, text in lexer.get_tokens_unprocessed("\n".join(lines) + "\n"):
        role = token_role(kind)
        for index, part in enumerate(text.split("\n")):
            if index:
                result.append(tuple(current))
                current, column = [], 0
            if part:
                current.append((column, column + len(part), role))
                column += len(part)
    # Every line needs an entry, even if a lexer drops text.
    result += [tuple(current)] if current else []
    result += [_plain(line) for line in lines[len(result) :]]
    return result


def _plain(line: str) -> Spans:
    return ((0, len(line), Role.CODE_BLOCK),) if line else ()


@lru_cache(64)
def _lexer(language: str) -> Lexer | None:
    """Return the lexer of a language; its first import takes some milliseconds."""
    if not language or language in {"text", "txt", "plain", "plaintext", "output"}:
        return None
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer: Lexer = get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None
    return lexer
