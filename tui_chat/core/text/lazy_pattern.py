"""Regular expressions that are compiled on first use.

Some two hundred patterns describe what rarely happens, such as the errors of endpoints. Compiling
them at import delayed the first question by 30 ms (measured).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any


class LazyPattern:
    """A regular expression with the methods of `re.Pattern` that the program uses."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match anywhere in a text."""
        return self._compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Return the match at the beginning of a text."""
        return self._compiled.match(text)

    def findall(self, text: str) -> list[Any]:
        """Return every match, or its groups, as `re.Pattern.findall` does."""
        return self._compiled.findall(text)

    def sub(self, replacement: str, text: str) -> str:
        """Return a text with every match replaced."""
        return self._compiled.sub(replacement, text)
