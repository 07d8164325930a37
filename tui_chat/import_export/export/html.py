"""A conversation as one HTML file that needs nothing else: no scripts, no pictures, no network.

What a model wrote is rendered from Markdown with raw HTML off; a link is one only if it is http,
https or mailto, and a picture becomes a link, so that opening the file asks nobody for anything.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from tui_chat.core.conversation import Role
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.core.transcript import version_numbers
from tui_chat.import_export.export.html_code import code_style, highlighted
from tui_chat.import_export.export.html_style import STYLE
from tui_chat.import_export.export.markdown import ending, source, speaker
from tui_chat.import_export.export.usage_totals import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from tui_chat.core.conversation import Message
    from tui_chat.core.transcript import Transcript

_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_MANY_BRACKETS: Final = 60
"""Brackets open at once beyond which links are not looked for: markdown-it is quadratic in them."""
_LONGEST: Final = 1_000_000
"""Longer texts, in characters, are shown as they are; rendering them would take minutes."""

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="tui-chat">
"""


def as_html(transcript: Transcript) -> Iterator[str]:
    """Yield the HTML of a conversation in pieces."""
    title = escape(sanitize_line(transcript.conversation.title)) or "Conversation"
    yield f"{_HEAD}<title>{title}</title>\n<style>\n{STYLE}{code_style()}</style>\n</head>\n"
    yield f"<body>\n<header>\n<h1>{title}</h1>\n<p>{_facts(transcript)}</p>\n</header>\n<main>\n"
    places = version_numbers(transcript)
    for message in transcript.path:
        yield from _article(message, places.get(message.id))
    yield "</main>\n</body>\n</html>\n"


def _facts(transcript: Transcript) -> str:
    usage = Usage.of(transcript.path)
    tokens = [
        f"{count:,} {name} tokens"
        for count, name in ((usage.input_tokens, "input"), (usage.output_tokens, "output"))
        if count is not None
    ]
    model = [escape(sanitize_line(transcript.model, 100))] if transcript.model else []
    return " · ".join([*model, _time(transcript.conversation.created_at), *tokens])


def _article(message: Message, place: tuple[int, int] | None) -> Iterator[str]:
    kind = "question" if message.role is Role.USER else "answer"
    version = f' <span class="note">{place[0]}/{place[1]}</span>' if place else ""
    yield f'<article class="{kind}">\n<h2>{escape(speaker(message))}{version} '
    yield f"{_time(message.created_at)}</h2>\n"
    if message.reasoning.strip():
        yield "<details>\n<summary>Reasoning</summary>\n"
        yield f"{_rendered(message.reasoning)}</details>\n"
    yield _rendered(source(message))
    if note := ending(message):
        yield f'<p class="note">{escape(note)}</p>\n'
    yield "</article>\n"


def _time(moment: datetime) -> str:
    try:
        local = moment.astimezone()
    except (OverflowError, OSError):
        local = moment  # at the very ends of the calendar
    return f'<time datetime="{moment.isoformat()}">{local:%Y-%m-%d %H:%M}</time>'


def _rendered(source: str) -> str:
    text = sanitize(source)
    if len(text) > _LONGEST:
        return f"<pre>{escape(text)}</pre>\n"
    return str(_parser(with_links=_deepest_bracket(text) <= _MANY_BRACKETS).render(text))


@cache
def _parser(*, with_links: bool) -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "maxNesting": 40, "highlight": highlighted}
    ).enable(["table", "strikethrough"])
    if not with_links:
        parser.disable(["link", "image"])
    parser.validateLink = _is_safe  # type: ignore[method-assign]
    parser.add_render_rule("image", _image_as_link)
    parser.add_render_rule("link_open", _link)
    return parser


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<a href="{escape(str(tokens[index].attrGet("href") or ""))}" rel="noreferrer">'


def _image_as_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    url = escape(str(tokens[index].attrGet("src") or ""))
    label = escape(renderer.renderInlineAsText(tokens[index].children or [], options, env))
    return f'<a href="{url}" rel="noreferrer">{label or url}</a>'


def _deepest_bracket(text: str) -> int:
    if text.count("[") <= _MANY_BRACKETS:
        return 0
    depth = deepest = 0
    for character in text:
        if character == "[":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "]" and depth:
            depth -= 1
    return deepest
