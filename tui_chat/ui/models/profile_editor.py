"""Adds, tests, changes and removes profiles for the dialogs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.config.offline import require_offline
from tui_chat.config.setup.endpoint_kinds import OTHER, free_name
from tui_chat.config.setup.profile_entry import remove_profile, save_profile, shares_key
from tui_chat.session.endpoint_check.check_endpoint import check_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.config.setup.endpoint_kinds import EndpointKind
    from tui_chat.config.setup.profile_entry import ProfileEntry, Saved
    from tui_chat.core.profile import KeySource, Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.endpoint_check.check_report import CheckReport
    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services


class ProfileEditor:
    """Changes the profiles of config.toml while the chat runs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def launch(self) -> Launch:
        """The paths, the environment and the settings."""
        return self._services.launch

    @property
    def configured(self) -> Mapping[str, Profile]:
        """The profiles of config.toml, by name."""
        return self.launch.settings.profiles

    @property
    def profiles(self) -> Sequence[Profile]:
        """Every profile that can be selected."""
        return self._services.profiles

    def find(self, name: str) -> Profile | None:
        """Return the profile with a name, as it can be selected now."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def free_name(self, kind: EndpointKind) -> str:
        """Return the usual name of a profile, made unique; empty if it depends on the URL."""
        return "" if kind.id == OTHER else free_name(kind.id, self.configured)

    async def check(
        self, entry: ProfileEntry, old: KeySource | None, report: CheckReport
    ) -> Sequence[ModelInfo]:
        """Test a profile that is not saved yet; return the models it lists.

        Args:
            entry: The profile.
            old: Its present key source, if it is changed.
            report: Receives the results.

        Raises:
            ConfigError: A field is invalid; nothing was sent.
        """
        profile = entry.profile(self.launch.paths, self.launch.env, old)
        if self.launch.is_offline:
            profile = require_offline(profile)
        return await check_endpoint(profile, self.launch.env, report)

    async def save(self, entry: ProfileEntry, *, old_name: str | None) -> Saved:
        """Save a profile and its key.

        Args:
            entry: The profile.
            old_name: The name of the profile that is changed; None for a new one.

        Raises:
            ConfigError: A field is invalid, or a file cannot be written.
        """
        known = self.configured.get(old_name) if old_name is not None else None
        old = known.key if known is not None else None
        entry.profile(self.launch.paths, self.launch.env, old)
        with self.launch.config_watch.own_change():
            saved = await asyncio.to_thread(
                save_profile,
                self.launch.paths,
                entry,
                self.launch.env,
                is_default=None if old_name is None else False,
                replaces=old_name is not None,
            )
        await self._reload(entry.name)
        return saved

    async def remove(self, name: str) -> Saved:
        """Remove a profile and its stored key.

        Raises:
            ConfigError: config.toml cannot be changed.
        """
        settings = self.launch.settings
        with self.launch.config_watch.own_change():
            saved = await asyncio.to_thread(
                remove_profile,
                self.launch.paths,
                name,
                settings.profiles[name].key,
                self.launch.env,
                keeps_key=shares_key(settings, name),
            )
        await self._reload(name)
        return saved

    async def _reload(self, name: str) -> None:
        self.launch.slow_keys.clear()
        await self._services.forget_provider(name)
        self._services.reload_profiles()
