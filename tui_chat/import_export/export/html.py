"""Exports a conversation as one self-contained HTML file: no scripts or network access.

Messages are rendered from Markdown with raw HTML disabled. Only http, https and mailto links are
kept, and images at an address become links, so opening the file sends no request. Attached
pictures are within the file.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.core.attachments import Attachment, AttachmentKind
from tui_chat.core.conversation import Role
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.brackets import has_few_brackets
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.core.transcript import version_numbers
from tui_chat.import_export.export.attachment_links import embedded
from tui_chat.import_export.export.html_style import STYLE, highlight_code, highlighting_style
from tui_chat.import_export.export.markdown import PathUsage, author, body, status_note
from tui_chat.markup.inline_grammar import BOXES, create_parser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core.state_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.transcript import Transcript

_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_MAX_RENDERED: Final = 1_000_000
"""Longer texts, in characters, are shown as plain text: rendering them would take minutes."""

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="tui-chat">
"""


def as_html(transcript: Transcript) -> Iterator[str]:
    """Yield the HTML of a conversation, piece by piece."""
    yield _start(_title(transcript.conversation))
    yield from _section(transcript, "")
    yield "</body>\n</html>\n"


def all_as_html(
    conversations: Sequence[Conversation], transcripts: Iterable[Transcript]
) -> Iterator[str]:
    """Yield the HTML of several conversations as one page, piece by piece.

    Args:
        conversations: The conversations, for the table of contents.
        transcripts: The same with their messages, in the same order.
    """
    yield _start(_("Conversations"))
    yield f"<nav>\n<h1>{_('Conversations')}</h1>\n<ol>\n"
    for number, conversation in enumerate(conversations, start=1):
        yield f'<li><a href="#c{number}">{_title(conversation)}</a></li>\n'
    yield "</ol>\n</nav>\n"
    for number, transcript in enumerate(transcripts, start=1):
        yield from _section(transcript, f' id="c{number}"')
    yield "</body>\n</html>\n"


def _title(conversation: Conversation) -> str:
    return escape(sanitize_line(conversation.title)) or _("Conversation")


def _start(title: str) -> str:
    style = f"{STYLE}{highlighting_style()}"
    return f"{_HEAD}<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"


def _section(transcript: Transcript, anchor: str) -> Iterator[str]:
    yield f"<header{anchor}>\n<h1>{_title(transcript.conversation)}</h1>\n"
    yield f"<p>{_summary(transcript)}</p>\n</header>\n<main>\n"
    numbers = version_numbers(transcript)
    for message in transcript.path:
        yield from _article(message, numbers.get(message.id))
    yield "</main>\n"


def _summary(transcript: Transcript) -> str:
    usage = PathUsage.of(transcript.path)
    facts = [_time(transcript.conversation.created_at)]
    if transcript.model:
        facts.insert(0, escape(sanitize_line(transcript.model, 100)))
    if (count := usage.input_tokens) is not None:
        facts.append(ngettext("{count} input token", "{count} input tokens", count))
    if (count := usage.output_tokens) is not None:
        facts.append(ngettext("{count} output token", "{count} output tokens", count))
    return " · ".join(facts)


def _article(message: Message, version: tuple[int, int] | None) -> Iterator[str]:
    kind = "question" if message.role is Role.USER else "answer"
    label = f' <span class="note">{version[0]}/{version[1]}</span>' if version else ""
    yield f'<article class="{kind}">\n<h2>{escape(author(message))}{label} '
    yield f"{_time(message.created_at)}</h2>\n"
    if message.reasoning.strip():
        yield f"<details>\n<summary>{_('Reasoning')}</summary>\n"
        yield f"{_render(message.reasoning)}</details>\n"
    yield _render(body(message))
    for attachment in message.attachments:
        yield _attached(attachment)
    if message.extras:
        items = "".join(f"<li>{_reference(extra)}</li>\n" for extra in message.extras)
        yield f'<ol class="note">\n{items}</ol>\n'
    if note := status_note(message):
        yield f'<p class="note">{escape(note)}</p>\n'
    yield "</article>\n"


def _attached(attachment: Attachment) -> str:
    name = escape(sanitize_line(attachment.name))
    facts = f"{name} · {escape(attachment.details)}"
    url = embedded(attachment)
    if not url:
        return f'<p class="note">{facts}</p>\n'
    if attachment.kind is AttachmentKind.PICTURE:
        image = f'<img src="{escape(url)}" alt="{name}">'
        return f"<figure>{image}<figcaption>{facts}</figcaption></figure>\n"
    # Downloaded only: a browser must not open a foreign document as a part of this page.
    return f'<p class="note"><a href="{url}" download="{name}">{facts}</a></p>\n'


def _reference(extra: ReplyExtra) -> str:
    label = escape(sanitize_line(extra.title or extra.url))
    if not _is_safe(extra.url):
        return label
    return f'<a href="{escape(extra.url)}" rel="noreferrer">{label}</a>'


def _time(moment: datetime) -> str:
    try:
        local = moment.astimezone()
    except (OverflowError, OSError):
        local = moment  # near the years 1 and 9999
    return f'<time datetime="{moment.isoformat()}">{local:%Y-%m-%d %H:%M}</time>'


def _render(markdown: str) -> str:
    text = sanitize(markdown)
    if len(text) > _MAX_RENDERED:
        return f"<pre>{escape(text)}</pre>\n"
    return str(_parser(with_links=has_few_brackets(text)).render(text))


@cache
def _parser(*, with_links: bool) -> MarkdownIt:
    parser = create_parser(highlight=highlight_code).enable("table")
    parser.core.ruler.after("inline", "tasks", _draw_boxes)
    parser.add_render_rule("math_inline", _as_written)
    parser.add_render_rule("footnote", _as_written)
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


def _draw_boxes(state: StateCore) -> None:
    """Draw the box of a task, as on the screen."""
    for item, inline in zip(state.tokens, state.tokens[2:], strict=False):
        children = inline.children if item.type == "list_item_open" else None
        if not children or children[0].type != "text":
            continue
        for written, box in BOXES.items():
            if children[0].content.startswith(written):
                children[0].content = f"{box} {children[0].content[len(written) :]}"
                item.attrSet("class", "task")
                break


def _as_written(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escape(tokens[index].content)


def _image_as_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    url = escape(str(tokens[index].attrGet("src") or ""))
    label = escape(renderer.renderInlineAsText(tokens[index].children or [], options, env))
    return f'<a href="{url}" rel="noreferrer">{label or url}</a>'
