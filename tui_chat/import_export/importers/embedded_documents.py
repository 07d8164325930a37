"""Documents that stand beside a conversation in its source (canvas, artifact, pasted file)."""

from __future__ import annotations

import re
from typing import Final

_LANGUAGE: Final = re.compile(r"[A-Za-z0-9+#._-]{1,30}")
_LONGEST_NAME: Final = 200


def document(name: str, content: str, language: str | None) -> str:
    """Return a document as a part of a message in Markdown.

    Args:
        name: Its title, or the name of its file.
        content: What is in it.
        language: Of its code; empty for text that is no Markdown; None for Markdown.
    """
    name = " ".join(name.split())[:_LONGEST_NAME]
    if language is None:
        return f"**{name}**\n\n{content}" if name else content
    fence = "```"
    while fence in content:
        fence += "`"
    language = language if _LANGUAGE.fullmatch(language) else ""
    block = f"{fence}{language}\n{content}\n{fence}"
    return f"{name}:\n\n{block}" if name else block
