"""What is wrong in the person's file, in words that name the place and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
# How the keys of the known hosts begin. People paste one where the name of a variable or of a file
# is asked for; such a text is never repeated on a screen.
_KEY_BEGIN: Final = re.compile(
    r"(?:Bearer |[sprt]k[-_]|gsk_|hf_|xai-|nvapi-|AIza|r8_|fw_|csk-|pplx-|github_pat_|gh[opsu]_"
    r"|eyJ)"
)
_RANDOM_TEXT: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^0-9]*[0-9])[^/\s.]{24,}\Z")
_QUOTE_LIMIT: Final = 80
_WORDS_LIMIT: Final = 1000

type_words: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}
"""How the types of TOML are called; the rest are dates and times."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing in the configuration that is wrong and was left out."""

    file: Path
    line: int | None
    key: str
    """The key with its tables, dotted; empty when it is the whole file."""
    summary: str
    """One sentence that names the key and says what is wrong; never a value of the file."""
    hint: str
    """One sentence that says what to do."""

    @property
    def message(self) -> str:
        """Everything a person reads, in one line."""
        at = f"{self.file}, line {self.line}" if self.line else str(self.file)
        return sanitize_line(f"{at}: {self.summary} {self.hint}".strip(), _WORDS_LIMIT)


def dotted(path: Sequence[str]) -> str:
    """Return a key with its tables as TOML writes it in one line."""
    return ".".join(part if _BARE_KEY.match(part) else f'"{quoted(part)}"' for part in path)


def place(path: Sequence[str]) -> str:
    """Return a key as a person finds it in the file: `[profiles.work] model`."""
    *table, key = path
    name = dotted([key])
    return f"[{dotted(table)}] `{name}`" if table else f"`{name}`"


def quoted(text: str) -> str:
    """Return a name from the file for a sentence; what begins like a key is not repeated."""
    return "…" if _KEY_BEGIN.match(text.strip()) else sanitize_line(text, _QUOTE_LIMIT)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the right name that a wrong one was probably meant to be."""
    # Only a file with a mistake needs it.
    import difflib

    by_folded = {right.casefold(): right for right in known}
    matches = difflib.get_close_matches(name[:_QUOTE_LIMIT].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def looks_like_key(text: str) -> bool:
    """Say whether a text looks like a key itself, where something else was asked for."""
    stripped = text.strip()
    return bool(_KEY_BEGIN.match(stripped) or _RANDOM_TEXT.match(stripped))


def lower_first(sentence: str) -> str:
    """Return a sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def upper_first(words: str) -> str:
    """Return words as they begin a sentence."""
    return words[:1].upper() + words[1:]
