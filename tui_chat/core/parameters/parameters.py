"""The parameters that one source sets: a conversation, the flags or a profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.parameters.effort import EFFORT_FIELDS, effort_body, merged, usual_styles
from tui_chat.core.parameters.values import valid_value
from tui_chat.core.profile import SAMPLING_NAMES, Sampling

if TYPE_CHECKING:
    from tui_chat.core.conversation import Conversation
    from tui_chat.core.profile import Profile

PARAMETERS: Final = "parameters"
"""Name in Conversation.settings: its effort and sampling. The system prompt is a field."""
NAMES: Final = ("system_prompt", "effort", *SAMPLING_NAMES)
"""All parameters, in the order in which they are shown."""
_TOKEN_LIMITS: Final = ("max_tokens", "max_completion_tokens")


class Source(StrEnum):
    """The origin of a value."""

    FLAG = "flag"
    CONVERSATION = "conversation"
    PROFILE = "profile"
    DEFAULT = "default"
    """Nothing is sent; the endpoint decides."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one source; None for those that it does not set."""

    system_prompt: str | None = None
    """May contain `{nickname}`; an empty text for none."""
    effort: str | None = None
    """One of `EFFORTS`."""
    sampling: Sampling = Sampling()

    def get(self, name: str) -> Any:
        """Return a value by its name."""
        return getattr(self.sampling if name in SAMPLING_NAMES else self, name)

    def set(self, name: str, value: Any) -> Parameters:
        """Return parameters with another value; None removes it."""
        if name in SAMPLING_NAMES:
            return replace(self, sampling=replace(self.sampling, **{name: value}))
        return replace(self, **{name: value})

    def over(self, lower: Parameters) -> Parameters:
        """Return these parameters, completed by those of another source."""
        for name in NAMES:
            if (value := self.get(name)) is not None:
                lower = lower.set(name, value)
        return lower

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are set."""
        return tuple(name for name in NAMES if self.get(name) is not None)

    def as_mapping(self) -> dict[str, Any]:
        """Return effort and sampling as plain JSON values, to be stored."""
        effort = {} if self.effort is None else {"effort": self.effort}
        return {**effort, **self.sampling.as_body()}

    @classmethod
    def from_mapping(cls, stored: Any) -> Parameters:
        """Return stored values; invalid ones are left out."""
        found = cls()
        for name, value in stored.items() if isinstance(stored, dict) else ():
            if name in NAMES and valid_value(name, value) is not None:
                found = found.set(name, tuple(value) if isinstance(value, list) else value)
        return found


def of_conversation(conversation: Conversation) -> Parameters:
    """Return the parameters that a conversation has of its own."""
    found = Parameters.from_mapping(conversation.settings.get(PARAMETERS))
    return replace(found, system_prompt=conversation.system_prompt)


def with_parameters(conversation: Conversation, own: Parameters) -> Conversation:
    """Return a conversation that has these parameters of its own."""
    others = {name: it for name, it in conversation.settings.items() if name != PARAMETERS}
    stored = own.as_mapping()
    settings = {**others, PARAMETERS: stored} if stored else others
    return replace(conversation, system_prompt=own.system_prompt, settings=settings)


def of_profile(profile: Profile) -> Parameters:
    """Return the parameters that a profile sets."""
    return Parameters(profile.system_prompt, profile.effort, profile.sampling)


def effort_fields(profile: Profile, effort: str | None) -> dict[str, Any]:
    """Return the fields by which the endpoint of a profile is asked for an effort."""
    if effort is None:
        return {}
    if effort in profile.effort_fields:
        return dict(profile.effort_fields[effort])
    styles = profile.effort_as or usual_styles(profile.base_url, is_local=profile.is_local)
    return effort_body(effort, styles)


def extra_body(profile: Profile, own: Parameters) -> dict[str, Any]:
    """Return the further fields of a request: the effort, and the `extra_body` of the profile.

    What a conversation or a flag sets wins over `extra_body`, which wins over what the profile
    sets otherwise.
    """
    if own.effort is None:
        body = merged(effort_fields(profile, profile.effort), profile.extra_body)
    else:
        rest = {name: it for name, it in profile.extra_body.items() if name not in EFFORT_FIELDS}
        body = merged(rest, effort_fields(profile, own.effort))
    for name in own.names:
        for field in _TOKEN_LIMITS if name == "max_tokens" else (name,):
            body.pop(field, None)
    return body
