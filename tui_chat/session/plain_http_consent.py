"""Asks the user once before a secret travels unencrypted, and keeps the answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from tui_chat.core.errors import InsecureEndpoint
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)


class ConsentQuestion(Protocol):
    """Asks the user whether a secret may travel unencrypted."""

    async def __call__(self, refusal: InsecureEndpoint) -> bool:
        """Return the answer."""


class PlainHttpConsent:
    """Knows for which endpoints the user allowed plain http.

    Attributes:
        question: Asks the user; None where nobody can answer, and then nothing is allowed.
        on_unkept: Called with words when an answer could not be written into config.toml.
    """

    def __init__(self, launch: Launch) -> None:
        """Prepare.

        Args:
            launch: Says where the configuration is, and what the flags allow.
        """
        self.question: ConsentQuestion | None = None
        self._launch = launch
        self._allowed: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    def apply(self, profile: Profile) -> Profile:
        """Return a profile with what is allowed for its endpoint."""
        is_allowed = self._launch.is_insecure or profile.base_url in self._allowed
        if not is_allowed or profile.is_insecure:
            return profile
        return replace(profile, is_insecure=True)

    async def ask(self, profile: Profile, refusal: InsecureEndpoint) -> None:
        """Ask whether secrets may go to a profile's endpoint unencrypted.

        Raises:
            InsecureEndpoint: The user did not allow it, or nobody can be asked.
        """
        async with self._one_at_a_time:
            if profile.base_url in self._allowed:
                return
            if self.question is None or not await self.question(refusal):
                raise refusal
            self._allowed.add(profile.base_url)
        if not self._launch.is_temporary:
            await self._keep(profile)

    async def _keep(self, profile: Profile) -> None:
        # The editor and its TOML reader are needed at most once.
        from tui_chat.config.editing import allow_insecure

        name = profile.name if profile.name in self._launch.settings.profiles else None
        if name is not None:
            of_file = self._launch.settings.profiles[name]
            name = name if of_file.base_url == profile.base_url else None
        file = self._launch.paths.config_file
        try:
            await asyncio.to_thread(allow_insecure, file, name, profile.host)
            self._launch.config_watch.ignore()
        except ConfigError as error:
            log.warning("the consent to plain http is not kept: %s", error)
