"""Problems of the configuration file, with key, line and a hint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _, join_sentences, labelled
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
# Prefixes of API keys. Users paste keys where the name of a variable or file is expected; such a
# text is never shown.
_KEY_PREFIX: Final = re.compile(
    r"(?:Bearer |[sprt]k[-_]|gsk_|hf_|xai-|nvapi-|AIza|r8_|fw_|csk-|pplx-|github_pat_|gh[opsu]_"
    r"|eyJ)"
)
_RANDOM_TEXT: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^0-9]*[0-9])[^/\s.]{24,}\Z")
_QUOTE_LIMIT: Final = 80
_MESSAGE_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One mistake in the configuration; the setting is ignored."""

    file: Path
    line: int | None
    key: str
    """The dotted key with its tables; empty for the whole file."""
    summary: str
    """A sentence that names the key, never a value of the file."""
    hint: str
    """The way to fix it, as a sentence."""

    @property
    def location(self) -> str:
        """The file and the line, if known."""
        if not self.line:
            return str(self.file)
        return _("{file}, line {line}").format(file=self.file, line=self.line)

    @property
    def message(self) -> str:
        """Location, summary and hint in one line."""
        return sanitize_line(
            labelled(self.location, join_sentences(self.summary, self.hint)), _MESSAGE_LIMIT
        )


def dotted(path: Sequence[str]) -> str:
    """Return a key with its tables in dotted TOML notation."""
    return ".".join(part if _BARE_KEY.match(part) else f'"{quoted(part)}"' for part in path)


def key_label(path: Sequence[str]) -> str:
    """Return a key as it appears in the file: `[profiles.work] model`."""
    *table, key = path
    name = dotted([key])
    return f"[{dotted(table)}] `{name}`" if table else f"`{name}`"


def quoted(text: str) -> str:
    """Return a name from the file for a message; a text with a key prefix is hidden."""
    return "…" if _KEY_PREFIX.match(text.strip()) else sanitize_line(text, _QUOTE_LIMIT)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to a mistyped one, if any is close."""
    # Imported only for a mistake.
    import difflib

    by_folded = {one.casefold(): one for one in known}
    matches = difflib.get_close_matches(name[:_QUOTE_LIMIT].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def looks_like_key(text: str) -> bool:
    """Return whether a text looks like an API key."""
    stripped = text.strip()
    return bool(_KEY_PREFIX.match(stripped) or _RANDOM_TEXT.match(stripped))
