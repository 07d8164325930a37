"""Checks a reply while it arrives: endless repetition, and what the built-in model cannot do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Role
from tui_chat.core.errors import Repeating
from tui_chat.core.labels import _
from tui_chat.core.profile import Origin
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta
from tui_chat.core.text.question_language import other_language
from tui_chat.core.text.repetition import RepetitionDetector

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent


class ReplyChecks:
    """Watches the stream events of one reply."""

    def __init__(self, request: CompletionRequest, profile: Profile) -> None:
        """Begin with a request whose reply arrives next.

        Args:
            request: Its last question is the one that is answered.
            profile: The endpoint that answers.
        """
        asked = [it.content for it in request.messages if it.role is Role.USER]
        self._question = asked[-1] if asked else ""
        self._profile = profile
        is_code = request.response_format.is_structured
        self._text = RepetitionDetector(self._question, is_code=is_code)
        self._reasoning = RepetitionDetector(self._question)

    def with_note(self, event: StreamEvent) -> StreamEvent:
        """Return an event, with a note at the end of a reply that needs one."""
        return replace(event, note=self._note()) if isinstance(event, Finished) else event

    def check(self, event: StreamEvent) -> None:
        """Stop a reply that only repeats itself.

        Raises:
            Repeating: It does; everything received so far is valid.
        """
        match event:
            case TextDelta(text):
                is_endless = self._text.feed(text)
            case ReasoningDelta(text):
                is_endless = self._reasoning.feed(text)
            case _:
                return
        if is_endless:
            raise Repeating(
                _("Stopped: the model repeated the same passage again and again."),
                _("Continue it, regenerate it, or ask in other words."),
            )

    def _note(self) -> str:
        if self._profile.origin is not Origin.BUILT_IN or not other_language(self._question):
            return ""
        return _(
            "The built-in model knows only English, so this may be nonsense. Ctrl+L in the chat "
            "offers better models."
        )
