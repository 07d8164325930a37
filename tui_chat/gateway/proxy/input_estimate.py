"""Estimates the tokens of a request: everything that is sent counts."""

from __future__ import annotations

from typing import Any, Final

from tui_chat.core.text.token_estimate import MESSAGE_TOKENS, estimate_tokens

IMAGE_TOKENS: Final = 1_100
"""A picture of 1024 by 1024 pixels in high detail, by the rules of OpenAI and Anthropic
(765 to 1,400); smaller ones cost less."""
_FILE_CHARACTERS_PER_TOKEN: Final = 20
"""Base64 characters of a document for one token of its text: PDFs hold 50 to 100 kB a page."""
_AUDIO_CHARACTERS_PER_TOKEN: Final = 2_000
"""Ten tokens a second (OpenAI), at the 16 kB a second of a compressed recording."""
_NUMBER_TOKENS: Final = 1
_IGNORED: Final = frozenset({"role", "model", "stream", "stream_options", "type"})


def estimate_input_tokens(body: dict[str, Any]) -> int:
    """Return the estimated tokens of a request: messages, tools, schemas and attachments."""
    messages = body.get("messages") or []
    rest = {name: value for name, value in body.items() if name != "messages"}
    return sum(MESSAGE_TOKENS + _tokens_of_message(message) for message in messages) + _tokens_of(
        rest
    )


def _tokens_of_message(message: Any) -> int:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return _tokens_of(message)
    rest = {name: value for name, value in message.items() if name != "content"}
    return _tokens_of(rest) + sum(map(_tokens_of_part, content))


def _tokens_of_part(part: Any) -> int:
    """Return the tokens of a part; only its type decides whether it is text."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "image_url":
        return IMAGE_TOKENS
    inner = part.get(kind) if isinstance(kind, str) and isinstance(part, dict) else None
    if kind == "input_audio" and isinstance(inner, dict):
        return -(-len(str(inner.get("data", ""))) // _AUDIO_CHARACTERS_PER_TOKEN)
    if kind == "file" and isinstance(inner, dict):
        return -(-len(str(inner.get("file_data", ""))) // _FILE_CHARACTERS_PER_TOKEN)
    return _tokens_of(part)


def _tokens_of(value: Any) -> int:
    """Return the tokens of all texts, names and numbers within a value."""
    texts: list[str] = []
    numbers = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, dict):
            for name, inner in item.items():
                if name not in _IGNORED:
                    texts.append(name)
                    waiting.append(inner)
        elif isinstance(item, list):
            waiting += item
        elif item is not None:
            numbers += 1
    return estimate_tokens(" ".join(texts)) + numbers * _NUMBER_TOKENS
