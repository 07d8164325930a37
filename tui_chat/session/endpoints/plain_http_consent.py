"""Asks the user once before a secret is sent over plain http, and stores the answer."""

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
    """Asks the user whether a secret may be sent unencrypted."""

    async def __call__(self, refusal: InsecureEndpoint) -> bool:
        """Return the answer."""


class PlainHttpConsent:
    """The endpoints for which the user allowed plain http.

    Attributes:
        question: Asks the user; None without a user interface: then nothing more is allowed.
    """

    def __init__(self, launch: Launch) -> None:

        self.question: ConsentQuestion | None = None
        self._launch = launch
        self._allowed: set[str] = set()
        self._lock = asyncio.Lock()

    def apply(self, profile: Profile) -> Profile:
        """Return a profile that allows plain http if the user did."""
        is_allowed = self._launch.is_insecure or profile.base_url in self._allowed
        if not is_allowed or profile.is_insecure:
            return profile
        return replace(profile, is_insecure=True)

    async def ask(self, profile: Profile, refusal: InsecureEndpoint) -> None:
        """Ask whether secrets may go to a profile's endpoint unencrypted.

        Raises:
            InsecureEndpoint: The user did not allow it, or cannot be asked.
        """
        async with self._lock:
            if profile.base_url in self._allowed:
                return
            if self.question is None or not await self.question(refusal):
                raise refusal
            self._allowed.add(profile.base_url)
        if not self._launch.is_temporary:
            await self._save(profile)

    async def _save(self, profile: Profile) -> None:
        # The TOML editor is needed at most once per run, so it is imported late.
        from tui_chat.config.editing.changes import allow_insecure

        name = profile.name if profile.name in self._launch.settings.profiles else None
        if name is not None:
            configured = self._launch.settings.profiles[name]
            name = name if configured.base_url == profile.base_url else None
        file = self._launch.paths.config_file
        try:
            with self._launch.config_watch.own_change():
                await asyncio.to_thread(allow_insecure, file, name, profile.host)
        except ConfigError as error:
            log.warning("consent to plain http was not saved: %s", error)
