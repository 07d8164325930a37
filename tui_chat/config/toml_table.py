"""A table of the person's file, read key by key: what is right is given, what is wrong is noted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.config.problems import ConfigProblem, dotted, nearest, place, type_words
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tui_chat.config.toml_source import TomlText

_T = TypeVar("_T")

_LONGEST_TEXT: Final = 100_000
_LONGEST_NAME: Final = 200
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class ProblemList:
    """Collects what is wrong in one file."""

    file: Path
    text: TomlText
    found: list[ConfigProblem] = field(default_factory=list)

    def add(self, path: tuple[str, ...], what: str, todo: str) -> None:
        """Note one problem.

        Args:
            path: The key with its tables.
            what: What is wrong with it, to be read after its name.
            todo: What to do about it, as a sentence.
        """
        key = dotted(path)
        # A line that is not TOML is told already; that its key is missing now is no news.
        if all(problem.key != key for problem in self.text.problems):
            line = self.text.line_of(path)
            self.found.append(ConfigProblem(self.file, line, key, f"{place(path)} {what}", todo))

    def warn_if_others_can_read(self, path: tuple[str, ...]) -> None:
        """Note a key that may hold a secret, if others than the owner can read the file."""
        if self.text.mode & 0o077 and os.name == "posix":
            what = "may hold a secret, and others can read this file."
            self.add(path, what, f"Run: chmod 600 {self.file}")


class Table:
    """One table; each getter returns None for a key that is missing or wrong."""

    def __init__(
        self, values: Mapping[str, Any], problems: ProblemList, path: tuple[str, ...] = ()
    ) -> None:
        self.problems = problems
        self.path = path
        self._values = values
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def reject(self, key: str, what: str, todo: str) -> None:
        """Note that a key is wrong, for a reason that its reader found."""
        self._know(key)
        self.problems.add((*self.path, key), what, todo)

    def text(self, key: str, *, limit: int = _LONGEST_TEXT) -> str | None:
        """Return a text as it is."""
        value = self._of_type(key, str)
        if value is not None and len(value) > limit:
            self.reject(key, "is too long.", f"It may have {limit} characters.")
            return None
        return value

    def name(self, key: str) -> str | None:
        """Return a text of one line without control characters; an empty one is wrong."""
        value = self.text(key)
        if value is None:
            return None
        name = cleaned(value)
        if not name or len(value) > _LONGEST_NAME:
            self.reject(key, "is empty or too long.", "Give it another value or remove it.")
            return None
        return name

    def path_text(self, key: str) -> str | None:
        """Return the path of a file as it was written."""
        value = self._of_type(key, str)
        if value is None:
            return None
        if not value.strip() or not value.isprintable():
            self.reject(key, "is not the path of a file.", "Write it again.")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false."""
        return self._of_type(key, bool)

    def number(self, key: str, low: float, high: float, *, above_low: bool = False) -> float | None:
        """Return a number between two bounds."""
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse_type(key, float)
            return None
        if not low <= value <= high or (above_low and value == low):
            begin = f"above {low:g}" if above_low else f"from {low:g}"
            joint = " and at most" if above_low else " to"
            self.reject(key, "is out of range.", f"It is a number {begin}{joint} {high:g}.")
            return None
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number between two bounds."""
        value = self._of_type(key, int)
        if value is not None and not low <= value <= high:
            self.reject(key, "is out of range.", f"It is a whole number from {low} to {high}.")
            return None
        return value

    def texts(self, key: str, most: int) -> tuple[str, ...] | None:
        """Return a list of texts; one text alone stands for a list of one."""
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            self.reject(key, "must be a text or a list of texts.", "Put it in quotes.")
            return None
        if not texts or len(texts) > most or not all(texts):
            self.reject(key, "is empty or too long.", f"Give 1 to {most} texts.")
            return None
        return tuple(texts)

    def table(self, key: str) -> Table | None:
        """Return a table inside this one."""
        values = self._of_type(key, dict)
        if values is None:
            return None
        return Table(values, self.problems, (*self.path, key))

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield all keys with their values, for a table whose keys the person invents."""
        yield from self._values.items()

    def names(self) -> Iterator[str]:
        """Yield all keys, for a table whose keys the person invents; then all of them are known."""
        self._known.extend(self._values)
        yield from self._values

    def finish(self, elsewhere: Mapping[str, str] | None = None) -> None:
        """Note every key that nobody asked for, with the one that was probably meant.

        Args:
            elsewhere: Keys of other tables, with where they belong.
        """
        unknown = [key for key in self._values if key not in self._known]
        for key in unknown[:_MOST_SHOWN]:
            self.problems.add((*self.path, key), "is not known.", self._advice(key, elsewhere))
        if len(unknown) > _MOST_SHOWN:
            rest = len(unknown) - _MOST_SHOWN
            self.problems.add((*self.path, unknown[-1]), f"and {rest} more are not known.", "")

    def _advice(self, key: str, elsewhere: Mapping[str, str] | None) -> str:
        if elsewhere and key in elsewhere:
            return f"It belongs {elsewhere[key]}."
        meant = _OTHER_NAMES.get(key.casefold().replace("-", "_"), "")
        if meant not in self._known:
            meant = nearest(key, self._known) or ""
        if meant:
            return f"Did you mean `{meant}`?"
        return f"Known here: {', '.join(sorted(self._known))}."

    def _know(self, key: str) -> None:
        if key not in self._known:
            self._known.append(key)

    def _of_type(self, key: str, wanted: type[_T]) -> _T | None:
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            self._refuse_type(key, wanted)
            return None
        return value

    def _refuse_type(self, key: str, wanted: type) -> None:
        self.reject(key, f"must be {type_words[wanted]}.", _fix_of(self._values[key]))


# What other programs call the same thing.
_OTHER_NAMES: Final = {
    "url": "base_url",
    "api_base": "base_url",
    "api_base_url": "base_url",
    "api_url": "base_url",
    "endpoint": "base_url",
    "openai_base_url": "base_url",
    "key_env": "api_key_env",
    "key_file": "api_key_file",
    "key_command": "api_key_command",
    "key_cmd": "api_key_command",
    "system": "system_prompt",
    "prompt": "system_prompt",
    "streaming": "stream",
    "max_completion_tokens": "max_tokens",
    "extra_headers": "headers",
    "timeout": "timeouts",
    "retries": "max_retries",
    "verify_ssl": "verify",
    "ssl_verify": "verify",
    "ca_bundle": "ca_file",
    "context": "context_tokens",
    "context_length": "context_tokens",
    "context_size": "n_ctx",
    "model": "model_path",
    "default_profile": "profile",
}


def cleaned(name: str) -> str:
    """Return a name as one line without characters that cannot be seen, at most 200 long."""
    line = "".join(c if c.isprintable() or c.isspace() else "" for c in name)
    return sanitize_line(line, _LONGEST_NAME)


def _fix_of(value: object) -> str:
    given = type_words.get(type(value), "a date or a time")
    return f"Here it is {given}."
