"""Estimates token counts and the fill level of a model's context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.lazy_pattern import LazyPattern

if TYPE_CHECKING:
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.tools.tool import Tool

NEARLY_FULL: Final = 0.8
"""The fraction of a context from which on the user is warned."""

_CHARACTERS_PER_TOKEN: Final = 4
"""For English text and code, as vendors recommend."""
_OTHER_PER_TOKEN: Final = 2
"""For Cyrillic, Arabic, Hindi, accents, emoji: two to three in current vocabularies, and half
as many in small ones. An overestimate is better than an underestimate."""
MESSAGE_TOKENS: Final = 4
"""The overhead of a message in common chat templates."""

_LONG: Final = 100_000
_PIECES: Final = 40
_PIECE: Final = 1_000

# One ideograph, kana or hangul syllable is about one token.
_CJK: Final = LazyPattern(
    "[\u2e80-\u303f\u3040-\u30ff\u3100-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U000323af]"
)
# Small vocabularies have a token for each digit, large ones for three: logs and tables are mostly
# digits (measured: the embedded model needs twice the tokens of a fourth of the characters).
_DIGITS: Final = LazyPattern("[0-9]+")
_ASCII: Final = LazyPattern("[\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class ContextUse:
    """The fill level of a context."""

    tokens: int
    is_estimate: bool
    limit: int | None = None
    """The size of the context in tokens; None if unknown."""

    @property
    def fraction(self) -> float:
        """The fill level, from 0; 0 if the size is unknown."""
        return self.tokens / self.limit if self.limit else 0.0

    @property
    def is_nearly_full(self) -> bool:
        """True if the user should be warned."""
        return self.fraction >= NEARLY_FULL


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text: within a third for common texts and models.

    A long text is sampled, so that a megabyte costs no more than a page.
    """
    if len(text) > _LONG:
        step = len(text) // _PIECES
        pieces = "".join(text[at : at + _PIECE] for at in range(0, step * _PIECES, step))
        return estimate_tokens(pieces) * len(text) // len(pieces)
    words = _DIGITS.sub("", text)
    digits = len(text) - len(words)
    if words.isascii():
        return digits + -(-len(words) // _CHARACTERS_PER_TOKEN)
    other = _ASCII.sub("", words)
    ascii_count = len(words) - len(other)
    rest = len(_CJK.sub("", other))
    cjk = len(other) - rest
    return digits + cjk + -(-ascii_count // _CHARACTERS_PER_TOKEN) + -(-rest // _OTHER_PER_TOKEN)


def estimate_message_tokens(content: str) -> int:
    """Estimate the tokens of a message."""
    return estimate_tokens(content) + MESSAGE_TOKENS


def estimate_request_tokens(request: CompletionRequest) -> int:
    """Estimate the tokens of a request."""
    return sum(
        estimate_message_tokens(message.content + message.reasoning)
        + sum(attachment.tokens for attachment in message.attachments)
        + sum(estimate_tokens(call.name + call.arguments) for call in message.calls)
        for message in request.messages
    ) + sum(_tool_tokens(tool) for tool in request.tools.values())


def _tool_tokens(tool: Tool) -> int:
    return estimate_tokens(f"{tool.name}{tool.description}{tool.input_schema}")
