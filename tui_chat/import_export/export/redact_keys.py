"""Takes the person's keys out of a conversation that is written out.

Only a text in which a known key stands is touched: what merely looks like one may be what the talk
is about, and a copy must not differ from the original for less.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.core.conversation import Conversation, Message
from tui_chat.core.text.redact import Redactor
from tui_chat.core.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tui_chat.core.profile import Secret

T = TypeVar("T", Conversation, Message)

_BEGINNING: Final = 12
"""So much of a key, in characters, stands in a title that was cut off in the middle of it."""
# The ids of conversations in a list are hexadecimal, and no reason to run a command.
_CANDIDATE: Final = re.compile(r"[!-~]{20}|(?=[!-~]{0,9}[0-9])(?=[!-~]{0,9}[G-Zg-z])[!-~]{10}")
_SHORTEST: Final = 8
"""Shorter keys, in characters, stand in ordinary words too."""


class KeyRedactor:
    """Replaces known keys by stars in all texts of a conversation."""

    def __init__(
        self,
        secrets: Iterable[Secret] = (),
        more: Callable[[], Iterable[Secret]] | None = None,
    ) -> None:
        """Prepare for some keys.

        Args:
            secrets: The keys that are known.
            more: Returns keys that cost something to get, such as those that commands print. It is
                called once, as soon as a text holds something that could be a key.
        """
        self._secrets = list(secrets)
        self._more = more
        self._prepare()

    def _prepare(self) -> None:
        secrets = self._secrets
        kept = [secret for secret in secrets if len(secret.reveal().strip()) >= _SHORTEST]
        self._beginnings = [secret.reveal().strip()[:_BEGINNING] for secret in kept]
        self._masker = Redactor(kept)

    def __call__(self, transcript: Transcript) -> Transcript:
        """Return a conversation without the keys; the same one when there is none in it."""
        if not self._beginnings and self._more is None:
            return transcript
        return Transcript(
            self._entry(transcript.conversation), [self._entry(m) for m in transcript.messages]
        )

    def conversation(self, conversation: Conversation) -> Conversation:
        """Return what is known of a conversation beside its messages, without the keys."""
        return self._entry(conversation)

    def text(self, text: str) -> str:
        """Return a text without the keys."""
        if self._more is not None and _CANDIDATE.search(text):
            more, self._more = self._more, None
            self._secrets += more()
            self._prepare()
        if any(beginning in text for beginning in self._beginnings):
            return self._masker(text)
        return text

    def _entry(self, entry: T) -> T:
        changed = {}
        for field in fields(entry):
            value = getattr(entry, field.name)
            masked = value if field.name.endswith("id") else self._masked(value)
            if masked != value:
                changed[field.name] = masked
        return replace(entry, **changed) if changed else entry

    def _masked(self, value: Any) -> Any:
        if type(value) is str:
            return self.text(value)
        if isinstance(value, dict):
            return {self._masked(key): self._masked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        return value
