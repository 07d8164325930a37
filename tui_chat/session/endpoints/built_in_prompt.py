"""System prompts of the built-in model, by the language of the question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.profile import Origin
from tui_chat.core.text.question_language import other_language

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile

BUILT_IN_PROMPT: Final = "Answer briefly, in the language of the question."
_ENGLISH_PROMPT: Final = "Answer briefly, in English."
"""With `BUILT_IN_PROMPT`, 2 of 36 English questions that name a country were answered in the
language of that country; with this one none of 34. Other questions keep the first: with this one,
a Chinese question did not end."""


def prompt_for_question(profile: Profile, question: str) -> Profile:
    """Return the profile for a question; only the built-in model's own system prompt changes."""
    if profile.origin is not Origin.BUILT_IN or profile.system_prompt != BUILT_IN_PROMPT:
        return profile
    if other_language(question):
        return profile
    return replace(profile, system_prompt=_ENGLISH_PROMPT)
