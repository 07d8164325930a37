"""Code of an HTML transcript in colours, for light and dark."""

from __future__ import annotations

from functools import cache
from typing import Final

from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

_LONGEST: Final = 20_000
"""In characters. Some lexers are slow on text that was written to make them slow."""
_LIGHT: Final = "default"
_DARK: Final = "github-dark"


def highlighted(code: str, language: str, attributes: str) -> str:
    """Return code as HTML in which every token has its class; empty for code without a language.

    Args:
        code: As it was written.
        language: What stands behind the fence.
        attributes: What else stands there.
    """
    if not language or len(code) > _LONGEST:
        return ""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


@cache
def code_style() -> str:
    """Return the colours of the classes."""
    light = HtmlFormatter(style=_LIGHT).get_style_defs("code")
    dark = HtmlFormatter(style=_DARK).get_style_defs("code")
    query = "@media screen and (prefers-color-scheme: dark)"
    return f"{_tokens(light)}\n{query} {{\n{_tokens(dark)}\n}}\n"


def _tokens(style: str) -> str:
    """Return only the rules of tokens: the ground is that of the page."""
    return "\n".join(line for line in style.splitlines() if line.startswith("code ."))
