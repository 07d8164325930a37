"""Follows the documents that Claude writes beside a reply: artifacts and created files.

A document is created, then changed by replacing passages. A reply shows each document it touched
once, as it is at the end of that reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.import_export.importers.build_tree import embedded_document
from tui_chat.import_export.importers.untrusted_values import mapping, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG: Final = re.compile(r"<antArtifact\b([^<>]{0,2000})>(.*?)(?:</antArtifact>|\Z)", re.DOTALL)
_THOUGHT: Final = re.compile(r"<antThinking>(.*?)(?:</antThinking>|\Z)", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')
_MARKDOWN: Final = "text/markdown"
_LANGUAGES: Final = {"text/html": "html", "image/svg+xml": "svg",
    "application/vnd.ant.mermaid": "mermaid", "application/vnd.ant.react": "jsx"}  # fmt: skip
_LARGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    content: str
    language: str | None
    """None for Markdown."""

    def shown(self) -> str:
        return embedded_document(self.name, self.content, self.language)


@dataclass(slots=True)
class Artifacts:
    """The documents of one path of a conversation, by ID.

    Args:
        documents: Those that earlier messages of the path made.
    """

    documents: dict[str, _Document] = field(default_factory=dict)

    def branch(self) -> Artifacts:
        """Return a copy for the messages that follow."""
        return Artifacts(dict(self.documents))

    def shown(self, name: str) -> str:
        """Return a document as Markdown."""
        return self.documents[name].shown()

    def apply(self, block: Mapping[str, Any]) -> str:
        """Apply a tool call and return the ID of its document; empty for any other tool call."""
        arguments = mapping(block.get("input"))
        if block.get("name") in {"create_file", "str_replace"}:
            return self._apply_file(arguments)
        if block.get("name") != "artifacts":
            return ""
        name = text(arguments.get("id")) or text(arguments.get("title"))
        if arguments.get("command") == "update":
            return self._change(name, arguments)
        before = self.documents.get(name)
        kind = text(arguments.get("type"))
        language = text(arguments.get("language")) or _LANGUAGES.get(kind, "")
        made = _Document(
            text(arguments.get("title")) or (before.name if before else ""),
            text(arguments.get("content")),
            None if kind == _MARKDOWN else language,
        )
        if before and not kind:
            made = replace(made, language=before.language)
        return self._keep(name, made)

    def _apply_file(self, arguments: Mapping[str, Any]) -> str:
        name = text(arguments.get("path"))
        if "file_text" not in arguments:
            return self._change(name, arguments)
        language = None if name.endswith(".md") else name.rpartition(".")[2]
        return self._keep(name, _Document(name, text(arguments.get("file_text")), language))

    def _change(self, name: str, arguments: Mapping[str, Any]) -> str:
        before, old = self.documents.get(name), text(arguments.get("old_str"))
        if before is None or not old or before.content.count(old) != 1:
            # A part of the document is unknown, so its new content is too.
            return ""
        content = before.content.replace(old, text(arguments.get("new_str")))
        if len(content) > _LARGEST:
            return ""
        return self._keep(name, replace(before, content=content))

    def _keep(self, name: str, document: _Document) -> str:
        if not document.content.strip():
            return ""
        name = name or document.name or f"document {len(self.documents) + 1}"
        self.documents[name] = document
        return name


def split_tags(content: str) -> tuple[str, list[str]]:
    """Return a text with its artifact tags as documents, and the thoughts in it.

    Replies of 2024 hold both as tags in the text.
    """
    if "<ant" not in content:
        return content, []
    thoughts = [found[1].strip() for found in _THOUGHT.finditer(content)]
    return _TAG.sub(_of_tag, _THOUGHT.sub("", content)).strip(), thoughts


def _of_tag(found: re.Match[str]) -> str:
    about = dict(_ATTRIBUTE.findall(found[1]))
    kind = about.get("type", "")
    language = about.get("language") or _LANGUAGES.get(kind, "")
    shown = embedded_document(
        about.get("title", ""), found[2].strip("\n"), None if kind == _MARKDOWN else language
    )
    return f"\n\n{shown}\n\n"
