"""Style sheet of HTML transcripts, and syntax highlighting of their code blocks."""

from __future__ import annotations

from functools import cache
from typing import Final

from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

_MAX_HIGHLIGHTED: Final = 20_000
"""Characters of code; some lexers are quadratic on hostile input."""
_LIGHT: Final = "default"
_DARK: Final = "github-dark"

STYLE: Final = """\
:root {
  --ink: #1f2328; --quiet: #656d76; --ground: #ffffff; --code: #f3f4f6; --line: #d0d7de;
  --you: #0969da; --model: #8250df;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --quiet: #8b949e; --ground: #0d1117; --code: #1b212a; --line: #30363d;
    --you: #58a6ff; --model: #bc8cff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 46rem;
  color: var(--ink); background: var(--ground);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: break-word;
}
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0; }
header p, .note, h2 time, summary { color: var(--quiet); font-size: 0.85rem; font-weight: normal; }
article { margin: 2rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; }
article.question { border-color: var(--you); }
article.answer { border-color: var(--model); }
h2 { font-size: 0.95rem; margin: 0 0 0.5rem; }
h2 time { float: right; }
article > :not(h2) :is(h1, h2, h3, h4), article > :is(h1, h3, h4) { font-size: 1.1rem; }
p, ul, ol, pre, table, blockquote { margin: 0.75rem 0; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); padding: 0.1em 0.3em; border-radius: 4px; font-size: 0.9em; }
pre {
  background: var(--code); padding: 0.75rem 1rem; border-radius: 6px;
  overflow-x: auto; white-space: pre-wrap; line-height: 1.45;
}
pre code { padding: 0; background: none; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: 3px solid var(--line); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
/* A word or a number in a cell is never broken; a wide table scrolls. */
th, td {
  border: 1px solid var(--line); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top;
  min-width: 3.5rem; overflow-wrap: normal; word-break: normal;
}
li.task { list-style: none; margin-left: -1.2em; }
nav { margin: 0 0 2rem; }
header { margin-top: 2rem; }
details { margin: 0.5rem 0; color: var(--quiet); }
a { color: var(--you); }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  pre, tr, blockquote { break-inside: avoid; }
  table { display: table; font-size: 0.9em; }
  header + main ~ header { break-before: page; }
  h2 { break-after: avoid; }
  a { color: inherit; }
}
"""


def highlight_code(code: str, language: str, attributes: str) -> str:
    """Return code as HTML with a class for each token; empty for code without a known language.

    Args:
        code: The content of the block.
        language: The first word of the fence's info string.
        attributes: The rest of it; unused, part of markdown-it's signature.
    """
    if not language or len(code) > _MAX_HIGHLIGHTED:
        return ""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


@cache
def highlighting_style() -> str:
    """Return the CSS rules of the token classes, for light and dark."""
    light = HtmlFormatter(style=_LIGHT).get_style_defs("code")
    dark = HtmlFormatter(style=_DARK).get_style_defs("code")
    query = "@media screen and (prefers-color-scheme: dark)"
    return f"{_token_rules(light)}\n{query} {{\n{_token_rules(dark)}\n}}\n"


def _token_rules(style: str) -> str:
    # Without the background: the page has its own.
    return "\n".join(line for line in style.splitlines() if line.startswith("code ."))
