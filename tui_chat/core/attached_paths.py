"""Joins the text of a draft with the paths and addresses of its files, and splits them again.

A draft is saved as one plain text. The files themselves are copied only when a question is sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD: Final = "[attached files]\n"
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]\S*\Z", re.IGNORECASE)


def is_page_address(text: str) -> bool:
    """Return whether a text is the address of a web page and nothing else."""
    return _ADDRESS.match(text) is not None


def join_paths(text: str, paths: Sequence[str]) -> str:
    """Return a draft as it is saved. Paths with a line break are left out.

    Args:
        text: The text of the draft.
        paths: Absolute paths, and addresses of web pages.
    """
    kept = [path for path in paths if _is_source(path) and "\n" not in path and "\r" not in path]
    if not kept:
        return text
    gap = "\n\n" if text else ""
    return text + gap + _HEAD + "\n".join(kept)


def split_paths(draft: str) -> tuple[str, list[str]]:
    """Split a saved draft into its text and the paths and addresses of its files."""
    text, head, rest = draft.rpartition(_HEAD)
    paths = rest.split("\n")
    if not head or not all(map(_is_source, paths)):
        return draft, []
    if text and not text.endswith("\n\n"):
        return draft, []
    return text.removesuffix("\n\n"), paths


def _is_source(text: str) -> bool:
    return text.startswith("/") or is_page_address(text)
