"""Replaces ChatGPT's marks for citations, links and names, which only its own site resolves.

A mark is the kind and its arguments in private characters (U+E200 to U+E202); older replies use
`【8†source】`. The text of a mark is kept and a link becomes a Markdown link. A citation without
its source is counted.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, mapping, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.import_export.importers.skipped import Tally

_START: Final = "\ue200"
_SEPARATOR: Final = "\ue202"
_MARK: Final = re.compile("\ue200([^\ue200\ue201]{0,4000})\ue201")
_CUT_MARK: Final = re.compile("\ue200[^\ue200\ue201\n]{0,4000}\\Z")
_LEFT_OVER: Final = re.compile("[\ue200-\ue206]")
"""Among others the marks around a cited passage, whose text is kept."""
_OLD: Final = re.compile("【[\\d:]{1,12}†([^【】†\n]{1,300})(?:†[^【】\n]{0,300})?】")
_OLD_NAMELESS: Final = re.compile(r"source|L\d+(?:-L?\d+)?", re.IGNORECASE)
_POINTER: Final = re.compile(
    r"(?:turn\d+[a-z_]+\d+|[a-z_]+_turn\d+\w*|file-?[\w-]{8,}|-?\d+)\Z", re.IGNORECASE
)
"""The position of a source, without meaning outside of ChatGPT."""
_CITATIONS: Final = frozenset(
    {"cite", "filecite", "memcite", "navlist", "i", "image_group", "video", "products", "citation"}
)
_LINK_TARGET: Final = re.compile(r"(?:https?|mailto):[^\s<>()]{1,2000}", re.IGNORECASE)
_MAX_SOURCES: Final = 20


def replace_marks(content: str, about: Mapping[str, Any], tally: Tally) -> str:
    """Return a reply with its marks replaced.

    Args:
        content: The text of the reply.
        about: The metadata of the message, which holds the sources of citations.
        tally: Counts citations without a source.
    """
    if not _LEFT_OVER.search(content) and "†" not in content:
        return content
    known = dict(_references(about))

    def replace(found: re.Match[str]) -> str:
        return _replacement(found[0], _words(found[1]), known, tally)

    def replace_old(found: re.Match[str]) -> str:
        name = found[1].strip()
        shown = "" if _OLD_NAMELESS.fullmatch(name) else f" ({name})"
        return _with_source(found[0], shown, known, tally)

    content = _MARK.sub(replace, content)
    content = _OLD.sub(replace_old, content)
    return _LEFT_OVER.sub("", _CUT_MARK.sub("", content))


def _references(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each mark with its replacement."""
    for reference in map(mapping, items(about.get("content_references"))):
        mark = text(reference.get("matched_text"))
        if mark.startswith((_START, "【")) and (shown := _shown(reference)):
            yield mark, shown
    for citation in map(mapping, items(about.get("citations"))):
        source = mapping(citation.get("metadata"))
        extra = mapping(source.get("extra"))
        number, start = extra.get("cited_message_idx"), extra.get("evidence_text")
        if isinstance(number, int) and (shown := _link(source.get("title"), source.get("url"))):
            yield f"【{number}†{text(start)}】", f" ({shown})"


def _shown(reference: Mapping[str, Any]) -> str:
    alt = text(reference.get("alt"))
    if alt.strip():
        return alt
    if reference.get("type") == "entity":
        return text(reference.get("name"))
    sources = [reference, *items(reference.get("items"))[:_MAX_SOURCES]]
    sources += items(reference.get("sources"))[:_MAX_SOURCES]
    links = (_link(s.get("title") or s.get("name"), s.get("url")) for s in map(mapping, sources))
    shown = ", ".join(dict.fromkeys(filter(None, links)))
    return f" ({shown})" if shown else ""


def _link(title: object, target: object) -> str:
    name = " ".join(text(title).split()).replace("[", "(").replace("]", ")")
    address = text(target).strip()
    if not _LINK_TARGET.fullmatch(address):
        return name
    return f"[{name or address}]({address})"


def _replacement(mark: str, words: list[str], known: Mapping[str, str], tally: Tally) -> str:
    kind, arguments = (words[0].strip() if words else ""), words[1:]
    if kind == "url" and arguments:
        return _link(arguments[0], arguments[-1]) or arguments[0]
    if kind in _CITATIONS:
        named = arguments[0] if kind == "navlist" and arguments else ""
        return _with_source(mark, named, known, tally)
    if mark in known:
        return known[mark]
    texts = [word for argument in arguments for word in _texts(kind, argument)]
    if texts:
        return texts[0]
    tally.skip(Skipped.CITATION)
    return ""


def _with_source(mark: str, shown: str, known: Mapping[str, str], tally: Tally) -> str:
    if mark in known:
        return known[mark]
    if not shown:
        tally.skip(Skipped.CITATION)
    return shown


def _words(inside: str) -> list[str]:
    return inside.split(_SEPARATOR)


def _texts(kind: str, argument: str) -> Iterator[str]:
    """Yield the words of an argument that a reader of the reply saw."""
    try:
        value = json.loads(argument)
    except (ValueError, RecursionError):
        value = argument
    if isinstance(value, dict):
        value = [value.get(name) for name in ("name", "title", "text", "alt", "query")]
    elif isinstance(value, list):
        # The first entry of an entity is its category.
        value = value[1:] if kind.endswith("entity") and len(value) > 1 else value
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and word.strip() and not _POINTER.match(word.strip()):
            yield word.strip()
