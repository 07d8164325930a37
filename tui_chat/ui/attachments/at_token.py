"""The name after `@` that is typed before the cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BEFORE: Final = r"(?<![\w.+\-@/\\])@"
"""Not behind a letter of an e-mail address; Chinese text has no blank before it."""
_PAGE: Final = re.compile(_BEFORE + r"(https?://[^\s/?#]\S*)\Z", re.ASCII | re.IGNORECASE)
"""The address of a web page, which may contain further `@`."""
_TOKEN: Final = re.compile(_BEFORE + r"((?:\\.|[^\s\\@])*)\Z", re.ASCII)
"""A backslash protects a blank."""
_BLANK: Final = re.compile(r"([\s\\@])")
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class AtToken:
    """`@` and the name that follows it."""

    start: int
    """The column of `@`."""
    name: str
    """The name without backslashes."""
    is_page: bool = False
    """True if it is the address of a web page."""

    @property
    def folder(self) -> str:
        """The part of the name up to its last slash: `src/` of `src/ma`, `~/` of `~`."""
        if self.name in ("~", ".."):
            return f"{self.name}/"
        return self.name[: self.name.rfind("/") + 1]

    @property
    def rest(self) -> str:
        """The part of the name behind the folder."""
        return "" if self.name in ("~", "..") else self.name[len(self.folder) :]

    @property
    def is_rooted(self) -> bool:
        """True if the name begins at the root, at home or above the current folder."""
        return self.folder.startswith(("/", "~/", "../"))

    @property
    def wants_hidden(self) -> bool:
        """True if a part of the name begins with a dot."""
        return any(part.startswith(".") and part != ".." for part in self.name.split("/"))


def token_before(line: str, column: int) -> AtToken | None:
    """Return the token that ends at the cursor, if there is one.

    Args:
        line: The line of the cursor.
        column: The position of the cursor.
    """
    first = max(0, column - _LONGEST)
    if match := _PAGE.search(line[first:column]):
        return AtToken(first + match.start(), match[1], is_page=True)
    match = _TOKEN.search(line[first:column])
    if match is None:
        return None
    return AtToken(first + match.start(), re.sub(r"\\(.)", r"\1", match[1]))


def typed(name: str) -> str:
    """Return `@` and a name as it is typed, with protected blanks."""
    return "@" + _BLANK.sub(r"\\\1", name)
