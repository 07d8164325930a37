"""Removes the user's API keys from exported conversations.

Only known keys are redacted. A string that merely looks like a key may be the topic of the
conversation, and the export must not alter it.
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

_PREFIX: Final = 12
"""Characters of a key that identify it in a title that cuts it off."""
# Shortened conversation IDs are up to 31 hexadecimal digits: listing them must not run the user's
# key commands. Hexadecimal keys have 32 or more.
_CANDIDATE: Final = re.compile(
    r"(?![0-9a-f]{1,31}(?![!-~]))[!-~]{20}|(?=[!-~]{0,9}[0-9])(?=[!-~]{0,9}[G-Zg-z])[!-~]{10}"
)
_MIN_LENGTH: Final = 8
"""Shorter keys, in characters, also occur in ordinary words."""


class KeyRedactor:
    """Replaces known keys by asterisks in all texts of a conversation.

    Args:
        secrets: The keys that are known.
        more: Returns keys that are expensive to get, such as the output of commands. Called once,
            as soon as a text holds something that could be a key.
    """

    def __init__(
        self,
        secrets: Iterable[Secret] = (),
        more: Callable[[], Iterable[Secret]] | None = None,
    ) -> None:
        self._secrets = list(secrets)
        self._more = more
        self._compile()

    def _compile(self) -> None:
        secrets = self._secrets
        usable = [secret for secret in secrets if len(secret.reveal().strip()) >= _MIN_LENGTH]
        self._prefixes = [secret.reveal().strip()[:_PREFIX] for secret in usable]
        self._redactor = Redactor(usable)

    def __call__(self, transcript: Transcript) -> Transcript:
        """Return a conversation without the keys; the same object if it contains none."""
        if not self._prefixes and self._more is None:
            return transcript
        return Transcript(
            self._entry(transcript.conversation), [self._entry(m) for m in transcript.messages]
        )

    def conversation(self, conversation: Conversation) -> Conversation:
        """Return the fields of a conversation, without its messages, without the keys."""
        return self._entry(conversation)

    def text(self, text: str) -> str:
        """Return a text without the keys."""
        if self._more is not None and _CANDIDATE.search(text):
            more, self._more = self._more, None
            self._secrets += more()
            self._compile()
        if any(prefix in text for prefix in self._prefixes):
            return self._redactor(text)
        return text

    def _entry(self, entry: T) -> T:
        changed = {}
        for field in fields(entry):
            value = getattr(entry, field.name)
            redacted = value if field.name.endswith("id") else self._redact(value)
            if redacted != value:
                changed[field.name] = redacted
        return replace(entry, **changed) if changed else entry

    def _redact(self, value: Any) -> Any:
        if type(value) is str:
            return self.text(value)
        if isinstance(value, dict):
            return {self._redact(key): self._redact(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._redact(inner) for inner in value]
        return value
