"""The parameters of an open conversation: their values, their sources, and how they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui_chat.core.parameters.parameters import (
    Parameters,
    Source,
    of_conversation,
    of_profile,
    with_parameters,
)
from tui_chat.core.parameters.web_search import searches_web, with_web_search
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.session.turns.structured_output import SETTING

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.core.request import ResponseFormat
    from tui_chat.session.session import ChatSession


class SessionParameters:
    """The parameters of one session.

    Attributes:
        flags: Those of the command line, which win until the user changes one here.
    """

    def __init__(self, session: ChatSession) -> None:
        self._session = session
        self.flags = Parameters()

    @property
    def profile(self) -> Profile:
        """The endpoint of the conversation, which sets the rest."""
        return self._session.profile

    @property
    def response_format(self) -> ResponseFormat:
        """The response format of the next reply."""
        return self._session.response_format

    @property
    def own(self) -> Parameters:
        """Those that win over the profile: of the flags and of the conversation."""
        return self.flags.over(of_conversation(self._session.conversation))

    @property
    def chosen(self) -> Parameters:
        """Those of the next request."""
        return self.own.over(of_profile(self._session.profile))

    def source(self, name: str) -> Source:
        """Return the source of a value."""
        flag = self.flags.get(name)
        own = of_conversation(self._session.conversation).get(name)
        # A conversation that began with a flag has its value.
        if flag is not None and flag != own:
            return Source.FLAG
        if own is not None:
            return Source.CONVERSATION
        is_set = of_profile(self._session.profile).get(name) is not None
        return Source.PROFILE if is_set else Source.DEFAULT

    async def choose(self, name: str, value: Any) -> None:
        """Set a parameter of this conversation; None returns to the profile's.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        if isinstance(value, str):
            value = replace_surrogates(value)
        session = self._session
        self.flags = self.flags.set(name, None)
        own = of_conversation(session.conversation).set(name, value)
        session.conversation = with_parameters(session.conversation, own)
        await session.store.save_conversation(session.conversation)

    @property
    def searches_web(self) -> bool:
        """True if the next request asks the endpoint to search the web."""
        return searches_web(self._session.conversation, self._session.profile)

    async def switch_web_search(self) -> None:
        """Turn web search on or off for this conversation.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        session = self._session
        session.conversation = with_web_search(session.conversation, is_on=not self.searches_web)
        await session.store.save_conversation(session.conversation)

    async def clear(self) -> None:
        """Return to the parameters of the profile.

        Raises:
            StorageError: It applies, but is not saved.
        """
        session, self.flags = self._session, Parameters()
        session.conversation = with_parameters(session.conversation, Parameters())
        await session.store.save_conversation(session.conversation)

    async def choose_format(self, wanted: ResponseFormat) -> None:
        """Set the response format of this conversation.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        session = self._session
        session.next_format = None
        settings = {**session.conversation.settings, SETTING: wanted.as_mapping()}
        session.conversation = replace(session.conversation, settings=settings)
        await session.store.save_conversation(session.conversation)
