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
from tui_chat.config.found_profiles import server_profiles, without_duplicates
from tui_chat.core.labels import _
from tui_chat.session.endpoints.endpoint_consent import environment_of, knows_model, own_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession


class Endpoints:
    """The endpoints of this run.

    Attributes:
        choice: The profile of new conversations, and the reason for it.
        profiles: Every profile that can be selected.
        environment_id: The endpoint that the environment selects; empty for none.
    """

    def __init__(self, launch: Launch, embedded: Profile | None) -> None:
        """Resolve the endpoints from flags, environment and file.

        Args:
            launch: Supplies all three.
            embedded: The profile of the embedded model, if there is one.
        """
        settings, env, flags = launch.settings, launch.env, launch.overrides
        self._flags = flags
        self.choice = choose_profile(settings, env, flags, embedded=embedded)
        profiles = all_profiles(settings, env, embedded=embedded)
        is_set = flags.stream is not None
        self.profiles: list[Profile] = [
            replace(it, stream=bool(flags.stream)) if is_set else it for it in profiles
        ]
        self._is_configured = bool(settings.profile)
        self._local_servers = server_profiles(settings)
        without_flags = choose_profile(settings, env, EndpointOverrides(), embedded=embedded)
        self.environment_id = _environment_id(without_flags)

    def profile_of(self, conversation: Conversation, messages: Sequence[Message]) -> Profile | None:
        """Return the profile of a conversation's own endpoint, else the chosen profile.

        The chosen profile also wins if it has the same endpoint, because it includes the flags.
        """
        asked = self.choice.profile
        # A conversation with a local server may be opened before that server is found.
        known = [*self.profiles, *self._local_servers]
        if asked is None:
            return own_profile(conversation, messages, known)
        own = own_profile(conversation, messages, [asked, *known])
        is_asked = own is None or (
            own.endpoint_id == asked.endpoint_id
            and (own.name == asked.name or self.choice.chosen_by is ChosenBy.FLAG)
        )
        return asked if is_asked else own

    def add_found(self, found: Sequence[Profile]) -> list[Profile]:
        """Add profiles that were found in this run, and return the new ones.

        A profile whose name or address another one has is left out.
        """
        chosen = [] if self.choice.profile is None else [self.choice.profile]
        added = without_duplicates(found, [*self.profiles, *chosen])
        self.profiles += added
        return added

    def prefer(self, profile: Profile) -> None:
        """Use a profile for new conversations, unless flags, environment or file name another."""
        if self.choice.chosen_by is ChosenBy.DEFAULT and not self._is_configured:
            reason = _("chosen on the start page")
            self.choice = EndpointChoice(profile, reason)

    def with_model(
        self, conversation: Conversation, messages: Sequence[Message], profile: Profile
    ) -> Conversation:
        """Return a conversation with the model to use at a profile's endpoint.

        The flag has priority over the conversation. A model of another endpoint is ignored, as is
        any model for the embedded endpoint.
        """
        asked = self.choice.profile
        is_asked = asked is not None and asked.endpoint_id == profile.endpoint_id
        if asked is not None and is_asked and (self._flags.model or "").strip():
            return replace(conversation, model=asked.model)
        if profile.is_embedded or not knows_model(conversation, messages, profile):
            return replace(conversation, model=None)
        return conversation

    def asks_elsewhere(self, session: ChatSession) -> bool:
        """Return whether another endpoint is selected than the one of the last conversation.

        This is the case if its profile no longer exists, if a flag names another endpoint, or if
        the environment names another one than at the conversation's last turn.
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
