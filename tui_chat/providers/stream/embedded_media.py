"""Takes pictures and sounds that are embedded in Markdown, as `data:` URLs, out of the text.

A picture of a megabyte would be shown, stored and sent again as a million letters. Its place in the
text keeps a file name; the content becomes a part of the reply.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.reply_extras import ExtraKind, ReplyExtra

if TYPE_CHECKING:
    from collections.abc import Callable

_OPENING: Final = "](data:"
_HEAD: Final = re.compile(
    r"\]\(data:(image|audio|video)/([a-zA-Z0-9.+-]{1,40})((?:;[\w.=+-]{1,60}){0,4});base64,"
)
_LONGEST_HEAD: Final = 400
_END: Final = re.compile(r"[^A-Za-z0-9+/=_-]")
_MIN_CONTENT: Final = 40
"""Characters; a shorter one is an example in prose."""
_KINDS: Final = {
    "image": ExtraKind.PICTURE, "audio": ExtraKind.SOUND, "video": ExtraKind.VIDEO,
}  # fmt: skip
_SUFFIXES: Final = {"jpeg": "jpg", "svg+xml": "svg", "mpeg": "mp3", "x-wav": "wav"}


class EmbeddedMedia:
    """Filters the text of one reply. Never raises, and loses nothing."""

    def __init__(self, add: Callable[[ReplyExtra], object]) -> None:
        """Create the filter.

        Args:
            add: Receives the content of each embedded file.
        """
        self._add = add
        self._held = ""
        """The text since an opening that may be the beginning of a `data:` URL."""
        self._head: re.Match[str] | None = None
        self._content: list[str] = []
        self._count = 0

    def feed(self, text: str) -> str:
        """Return the text without embedded files; a possible beginning of one is held back."""
        if self._head is None and not self._held and "](" not in text and not text.endswith("]"):
            return text
        shown: list[str] = []
        rest = self._held + text if self._head is None else text
        self._held = ""
        while rest:
            rest = self._in_content(rest, shown) if self._head else self._in_text(rest, shown)
        return "".join(shown)

    def finish(self) -> str:
        """Return the text that was held back; a file without its end stays text."""
        held, self._held = self._held, ""
        return self._as_text() if self._head is not None else held

    def _in_text(self, text: str, shown: list[str]) -> str:
        """Handle text up to the content of a file; return the rest."""
        at = text.find("](")
        if at < 0:
            at = len(text) - text.endswith("]")
        shown.append(text[:at])
        rest = text[at:]
        if not rest.startswith(_OPENING):
            if _OPENING.startswith(rest):
                self._held = rest
                return ""
            shown.append(rest[:2])
            return rest[2:]
        self._head = _HEAD.match(rest)
        if self._head is not None:
            return rest[self._head.end() :]
        if len(rest) < _LONGEST_HEAD and "," not in rest and ")" not in rest:
            self._held = rest
            return ""
        shown.append(rest[:2])
        return rest[2:]

    def _in_content(self, text: str, shown: list[str]) -> str:
        """Collect the content of a file; return the text behind it."""
        end = _END.search(text)
        self._content.append(text[: end.start()] if end is not None else text)
        if end is None:
            return ""
        shown.append(self._name() if end[0] in ") " else self._as_text())
        return text[end.start() :]

    def _name(self) -> str:
        """Take the file, and return what takes the place of its content."""
        head, content = self._head, "".join(self._content)
        if head is None or len(content) < _MIN_CONTENT:
            return self._as_text()
        self._head, self._content = None, []
        self._count += 1
        name = f"embedded-{self._count}.{_SUFFIXES.get(head[2].lower(), head[2].lower())}"
        url = f"{head[0].removeprefix('](')}{content}"
        self._add(ReplyExtra(_KINDS[head[1]], url, name))
        return f"]({name}"

    def _as_text(self) -> str:
        head = self._head
        text = (head[0] if head is not None else "") + "".join(self._content)
        self._head, self._content = None, []
        return text
