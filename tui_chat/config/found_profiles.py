"""Profiles that need no configuration: vendors with a key in the environment, local servers.

Nothing is sent to any of them before the user chooses one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.vendors import LOCAL_SERVERS, VENDORS
from tui_chat.core.profile import KeySource, Origin, Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tui_chat.config.settings import Settings
    from tui_chat.config.vendors import LocalServer, Vendor


def key_profiles(settings: Settings, env: Mapping[str, str]) -> list[Profile]:
    """Return a profile for each address of the vendors whose key is in the environment."""
    if not settings.discover.env:
        return []
    profiles = []
    for vendor in VENDORS:
        variable = _key_variable(vendor, settings, env)
        if not variable:
            continue
        profiles += [
            Profile(
                name=name,
                base_url=base_url,
                model=vendor.model,
                key=KeySource(env=variable),
                timeouts=settings.timeouts,
                origin=Origin.KEY_FOUND,
            )
            for name, base_url in _addresses(vendor)
        ]
    return profiles


def server_profile(server: LocalServer, settings: Settings, model: str | None = None) -> Profile:
    """Return the profile of a server on this machine.

    Args:
        server: The server.
        settings: Supplies the timeouts.
        model: A model to begin with; None for the first one that the server lists.
    """
    return Profile(
        name=server.id,
        base_url=server.base_url,
        model=model,
        timeouts=settings.timeouts,
        # A proxy would receive what is meant for this machine.
        uses_proxies=False,
        origin=Origin.SERVER_FOUND,
    )


def server_profiles(settings: Settings) -> list[Profile]:
    """Return the profiles of all known servers, running or not; nothing is asked."""
    if not settings.discover.local:
        return []
    return [server_profile(server, settings) for server in LOCAL_SERVERS]


def without_duplicates(
    found: Iterable[Profile],
    profiles: Iterable[Profile],
    is_taken: Callable[[str], bool] = lambda _name: False,
) -> list[Profile]:
    """Return the found profiles whose name and address no other profile has.

    Args:
        found: The profiles that were found, by priority.
        profiles: The profiles that exist already.
        is_taken: Returns whether a name is in use otherwise.
    """
    existing = list(profiles)
    names = {profile.name for profile in existing}
    addresses = {profile.endpoint_id for profile in existing}
    new = []
    for profile in found:
        if profile.name in names or profile.endpoint_id in addresses or is_taken(profile.name):
            continue
        new.append(profile)
        names.add(profile.name)
        addresses.add(profile.endpoint_id)
    return new


def _key_variable(vendor: Vendor, settings: Settings, env: Mapping[str, str]) -> str:
    is_allowed = vendor.is_automatic or (vendor.id == "github" and settings.discover.github_token)
    set_variables = (name for name in vendor.key_variables if env.get(name, "").strip())
    return next(set_variables, "") if is_allowed else ""


def _addresses(vendor: Vendor) -> Iterator[tuple[str, str]]:
    yield vendor.id, vendor.base_url
    for region in vendor.regions:
        yield region.id, region.base_url
