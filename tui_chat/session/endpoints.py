"""Chooses the endpoint of each conversation among those that can be asked in this run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.config.endpoint_choice import (
    ChosenBy,
    EndpointChoice,
    EndpointOverrides,
    all_profiles,
    choose_profile,
)
from tui_chat.session.endpoint_consent import environment_of, knows_model, own_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession


class Endpoints:
    """The endpoints of one run of the program.

    Attributes:
        choice: The profile that new conversations get, and why.
        profiles: Every profile that can be chosen.
        environment_id: The endpoint that the environment alone asks for; empty for none.
    """

    def __init__(self, launch: Launch, embedded: Profile | None) -> None:
        """Read flags, environment and file.

        Args:
            launch: Holds all three.
            embedded: The model that runs on this machine, if there is one.
        """
        settings, env, flags = launch.settings, launch.env, launch.overrides
        self._flags = flags
        self.choice = choose_profile(settings, env, flags, embedded=embedded)
        profiles = all_profiles(settings, env, embedded=embedded)
        is_set = flags.stream is not None
        self.profiles: Sequence[Profile] = [
            replace(it, stream=bool(flags.stream)) if is_set else it for it in profiles
        ]
        without_flags = choose_profile(settings, env, EndpointOverrides(), embedded=embedded)
        self.environment_id = _environment_id(without_flags)

    def profile_of(self, conversation: Conversation, messages: Sequence[Message]) -> Profile | None:
        """Return the profile of a conversation's own endpoint; where that is gone, the chosen one.

        The chosen one also goes on where it leads to the same endpoint: it knows the flags.
        """
        asked = self.choice.profile
        if asked is None:
            return own_profile(conversation, messages, self.profiles)
        own = own_profile(conversation, messages, [asked, *self.profiles])
        is_asked = own is None or (
            own.endpoint_id == asked.endpoint_id
            and (own.name == asked.name or self.choice.chosen_by is ChosenBy.FLAG)
        )
        return asked if is_asked else own

    def with_model(
        self, conversation: Conversation, messages: Sequence[Message], profile: Profile
    ) -> Conversation:
        """Return a conversation with the model that is asked in it at a profile's endpoint.

        The flag decides, then the conversation. A model of another endpoint means nothing here, and
        of the embedded model there is one.
        """
        asked = self.choice.profile
        is_asked = asked is not None and asked.endpoint_id == profile.endpoint_id
        if asked is not None and is_asked and (self._flags.model or "").strip():
            return replace(conversation, model=asked.model)
        if profile.is_embedded or not knows_model(conversation, messages, profile):
            return replace(conversation, model=None)
        return conversation

    def asks_elsewhere(self, session: ChatSession) -> bool:
        """Say whether the last conversation cannot simply go on: another endpoint is asked for.

        That is so where its profile is gone, where a flag names another endpoint, and where the
        environment names another one than at the conversation's last turn.
        """
        asked, name = self.choice.profile, session.conversation.profile
        is_gone = name is not None and name != session.profile.name
        if session.consent.is_missing or (is_gone and session.profile != asked):
            return True
        if asked is None or asked.endpoint_id == session.profile.endpoint_id:
            return False
        if self.choice.chosen_by is ChosenBy.ENVIRONMENT:
            return asked.endpoint_id != environment_of(session.conversation)
        return self.choice.chosen_by is ChosenBy.FLAG


def _environment_id(without_flags: EndpointChoice) -> str:
    profile = without_flags.profile
    if profile is None or without_flags.chosen_by is not ChosenBy.ENVIRONMENT:
        return ""
    return profile.endpoint_id
