"""The model servers that were found on this machine in this run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.found_profiles import server_profile
from tui_chat.config.vendors import LOCAL_SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.providers.discovery.probe_servers import FoundServer
    from tui_chat.session.launch import Launch


class Discovery:
    """Searches this machine for model servers; nothing else is sent to them.

    Attributes:
        servers: The servers that listed models, in the order of the table.
    """

    def __init__(self, launch: Launch) -> None:
        """Prepare the search.

        Args:
            launch: Says whether, and at which ports, to search.
        """
        self._launch = launch
        self.servers: Sequence[FoundServer] = ()

    async def search(self) -> list[Profile]:
        """Ask all ports at once; return the profiles of the servers that list models."""
        launch = self._launch
        if not launch.settings.discover.local:
            return []
        from tui_chat.providers.discovery.probe_servers import probe_servers

        known = LOCAL_SERVERS if launch.local_servers is None else launch.local_servers
        self.servers = await probe_servers(known)
        return [
            server_profile(found.server, launch.settings, found.models[0]) for found in self.servers
        ]

    def model_count(self, profile: Profile) -> int:
        """Return the number of models that a found server lists; 0 for any other profile."""
        counts = {found.server.base_url: len(found.models) for found in self.servers}
        return counts.get(profile.base_url, 0)
