"""The changes of F3 beyond the conversation itself: the answer format, and saving as a profile."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from tui_chat.config.setup.profile_entry import checked_name
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.parameters.parameters import Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost


class ParameterChanges:
    """The changes that the dialog of the parameters asks for."""

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        session: ChatSession,
        choose_format: Callable[[ChatSession], Awaitable[None]],
        choose_tools: Callable[[ChatSession], Awaitable[None]],
    ) -> None:
        self._host = host
        self._services = services
        self._session = session
        self._choose_format = choose_format
        self._choose_tools = choose_tools

    async def choose_format(self) -> None:
        """Choose the answer format."""
        await self._choose_format(self._session)

    async def choose_tools(self) -> None:
        """Choose the tools."""
        await self._choose_tools(self._session)

    @property
    def tool_servers(self) -> tuple[str, ...]:
        """The servers of which tools are switched on."""
        return self._session.tools.servers

    @property
    def tools_source(self) -> Source:
        """The source of the choice of tools."""
        if self._session.tools.is_own:
            return Source.CONVERSATION
        return Source.PROFILE if self._session.profile.tools else Source.DEFAULT

    @property
    def profile_name(self) -> str:
        """The profile of config.toml that the conversation uses; empty if it uses another one."""
        profile = self._session.profile
        configured = self._services.launch.settings.profiles.get(profile.name)
        is_same = configured is not None and configured.endpoint_id == profile.endpoint_id
        return profile.name if is_same else ""

    def checked_name(self, text: str) -> str:
        """Return the name of the profile to save.

        Raises:
            ConfigError: It is empty, a key, or the name of another profile.
        """
        return checked_name(text, self._services.launch.settings, old=self.profile_name or None)

    def check_may_save(self) -> None:
        """Check that the endpoint of the conversation can be a profile.

        Raises:
            ConfigError: It cannot.
        """
        profile = self._session.profile
        if self._session.is_busy:
            raise ConfigError(_("An answer is running."), _("Wait for its end, or stop it."))
        if profile.is_embedded:
            raise ConfigError(
                _("The embedded model has no profile."),
                _("Set its sampling in the table [engine] of config.toml."),
            )
        if profile.key.secret is not None:
            raise ConfigError(
                _("The key of this endpoint is not in config.toml."),
                _("Add the endpoint as a profile first: Ctrl+L, then Ctrl+N."),
            )

    async def save_profile(self, name: str) -> None:
        """Save the parameters in a profile, and use that in the conversation.

        Raises:
            ConfigError: config.toml cannot be changed.
            StorageError: The choice applies, but is not saved.
        """
        services, session = self._services, self._session
        launch, model = services.launch, session.model
        editing = await asyncio.to_thread(import_module, "tui_chat.config.editing.parameters")
        with launch.config_watch.own_change():
            await asyncio.to_thread(
                editing.save_parameters,
                launch.paths.config_file,
                name,
                session.profile,
                session.parameters.chosen,
                model=model,
                copies=self.profile_name,
            )
        services.reload_profiles()
        saved = next(it for it in services.profiles if it.name == name)
        await session.parameters.clear()
        await session.choose(saved, None if saved.model == model else model)
        self._host.show_around()
