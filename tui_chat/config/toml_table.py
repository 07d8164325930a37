"""Typed access to a table of the configuration; invalid values are reported and ignored."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.config.problems import ConfigProblem, dotted, key_label, nearest
from tui_chat.core.labels import N_, _, join_list, ngettext
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tui_chat.config.toml_source import TomlText

_T = TypeVar("_T")

_MAX_TEXT: Final = 100_000
_MAX_NAME: Final = 200
_MAX_LISTED: Final = 20
_TYPE_ERRORS: Final[dict[type, str]] = {
    bool: N_("{key} must be true or false."),
    int: N_("{key} must be an integer."),
    float: N_("{key} must be a number."),
    str: N_("{key} must be a string."),
    dict: N_("{key} must be a table."),
}
_FOUND_TYPES: Final[dict[type, str]] = {
    bool: N_("It is true or false."),
    int: N_("It is an integer."),
    float: N_("It is a number."),
    str: N_("It is a string."),
    list: N_("It is a list."),
    dict: N_("It is a table."),
}


@dataclass(frozen=True, slots=True)
class ProblemList:
    """Collects the mistakes of one file."""

    file: Path
    text: TomlText
    found: list[ConfigProblem] = field(default_factory=list)

    def add(self, path: tuple[str, ...], summary: str, hint: str, **names: object) -> None:
        """Add one problem.

        Args:
            path: The key with its tables.
            summary: A sentence with the placeholder `{key}`.
            hint: How to fix it, as a sentence.
            **names: Values of further placeholders of the summary.
        """
        key = dotted(path)
        # A syntax error is reported already; the key that is missing because of it is not.
        if all(problem.key != key for problem in self.text.problems):
            line = self.text.line_of(path)
            summary = summary.format(key=key_label(path), **names)
            self.found.append(ConfigProblem(self.file, line, key, summary, hint))

    def warn_if_others_can_read(self, path: tuple[str, ...]) -> None:
        """Report a key that may hold a secret if other users can read the file."""
        if self.text.mode & 0o077 and os.name == "posix":
            hint = _("Run: {command}").format(command=f"chmod 600 {self.file}")
            self.add(path, _("{key} may hold a secret, and other users can read this file."), hint)


class Table:
    """One table; each getter returns None for a missing or invalid key."""

    def __init__(
        self, values: Mapping[str, Any], problems: ProblemList, path: tuple[str, ...] = ()
    ) -> None:
        self.problems = problems
        self.path = path
        self._values = values
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def is_flag(self, key: str) -> bool:
        """Return whether the value of a key is true or false."""
        return isinstance(self._values.get(key), bool)

    def label(self, key: str) -> str:
        """Return a key of this table as it appears in the file."""
        return key_label((*self.path, key))

    def reject(self, key: str, summary: str, hint: str, **names: object) -> None:
        """Report a key as invalid; the arguments are those of `ProblemList.add`."""
        self._know(key)
        self.problems.add((*self.path, key), summary, hint, **names)

    def text(self, key: str, *, limit: int = _MAX_TEXT) -> str | None:
        """Return a string."""
        value = self._of_type(key, str)
        if value is not None and len(value) > limit:
            hint = ngettext(
                "Use at most {count} character.", "Use at most {count} characters.", limit
            )
            self.reject(key, _("{key} is too long."), hint)
            return None
        return value

    def name(self, key: str) -> str | None:
        """Return a non-empty string in one line without control characters."""
        value = self.text(key)
        if value is None:
            return None
        name = cleaned(value)
        if not name or len(value) > _MAX_NAME:
            self.reject(key, _("{key} is empty or too long."), _("Change or remove it."))
            return None
        return name

    def path_text(self, key: str) -> str | None:
        """Return a file path as it is written."""
        value = self._of_type(key, str)
        if value is None:
            return None
        if not value.strip() or not value.isprintable():
            self.reject(key, _("{key} is not a file path."), _("Correct it."))
            return None
        return value

    def flag(self, key: str) -> bool | None:
        """Return a boolean."""
        return self._of_type(key, bool)

    def number(self, key: str, low: float, high: float, *, above_low: bool = False) -> float | None:
        """Return a number between two bounds."""
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._reject_type(key, float)
            return None
        if not low <= value <= high or (above_low and value == low):
            hint = (
                _("Use a number above {low} and at most {high}.")
                if above_low
                else _("Use a number from {low} to {high}.")
            )
            hint = hint.format(low=f"{low:g}", high=f"{high:g}")
            self.reject(key, _("{key} is out of range."), hint)
            return None
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return an integer between two bounds."""
        value = self._of_type(key, int)
        if value is not None and not low <= value <= high:
            hint = _("Use an integer from {low} to {high}.").format(low=low, high=high)
            self.reject(key, _("{key} is out of range."), hint)
            return None
        return value

    def texts(self, key: str, most: int) -> tuple[str, ...] | None:
        """Return a list of strings; a single string is a list of one."""
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            summary = _("{key} must be a string or a list of strings.")
            self.reject(key, summary, _("Put it in quotes."))
            return None
        if not texts or len(texts) > most or not all(texts):
            hint = _("Use 1 to {most} strings that are not empty.").format(most=most)
            self.reject(key, _("{key} is empty or too long."), hint)
            return None
        return tuple(texts)

    def table(self, key: str) -> Table | None:
        """Return a table inside this one."""
        values = self._of_type(key, dict)
        return None if values is None else Table(values, self.problems, (*self.path, key))

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield all items of a table with user-defined keys."""
        yield from self._values.items()

    def names(self) -> Iterator[str]:
        """Yield all keys of a table with user-defined keys, and mark them as known."""
        self._known.extend(self._values)
        yield from self._values

    def finish(self, other_tables: Mapping[str, str] | None = None) -> None:
        """Report every unknown key, with the closest known one.

        Args:
            other_tables: Hints for keys that belong into another table, marked with `N_()`.
        """
        unknown = [key for key in self._values if key not in self._known]
        for key in unknown[:_MAX_LISTED]:
            hint = self._unknown_hint(key, other_tables or {})
            self.problems.add((*self.path, key), _("{key} is unknown."), hint)
        if (more := len(unknown) - _MAX_LISTED) > 0:
            text = ngettext(
                "{{key}} is unknown, and {count} more.",
                "{{key}} is unknown, and {count} more.",
                more - 1,
            )
            text = text if more > 1 else _("{key} is unknown.")
            self.problems.add((*self.path, unknown[-1]), text, "")

    def _unknown_hint(self, key: str, other_tables: Mapping[str, str]) -> str:
        if key in other_tables:
            return _(other_tables[key])
        guess = _OTHER_NAMES.get(key.casefold().replace("-", "_"), "")
        if guess not in self._known:
            guess = nearest(key, self._known) or ""
        if guess:
            return _("Did you mean `{key}`?").format(key=guess)
        return _("Valid keys: {keys}.").format(keys=join_list(sorted(self._known)))

    def _know(self, key: str) -> None:
        if key not in self._known:
            self._known.append(key)

    def _of_type(self, key: str, expected: type[_T]) -> _T | None:
        self._know(key)
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            self._reject_type(key, expected)
            return None
        return value

    def _reject_type(self, key: str, expected: type) -> None:
        found = _FOUND_TYPES.get(type(self._values[key]), N_("It is a date or a time."))
        self.reject(key, _(_TYPE_ERRORS[expected]), _(found))


# Names of the same settings in other programs.
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
    "keyring": "api_key_keyring",
    "key_keyring": "api_key_keyring",
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
    """Return a name in one line without invisible characters, truncated to 200."""
    line = "".join(c if c.isprintable() or c.isspace() else "" for c in name)
    return sanitize_line(line, _MAX_NAME)
