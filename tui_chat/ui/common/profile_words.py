"""Names a profile for lists: the vendor or server, and how the profile came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.config.vendors import LOCAL_SERVERS, VENDORS
from tui_chat.core.labels import _
from tui_chat.core.profile import Origin
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile

_LABEL: Final = 60


def display_name(profile: Profile) -> str:
    """Return the name of a vendor or a server, else the name of the profile."""
    for server in LOCAL_SERVERS:
        if server.id == profile.name and profile.origin is Origin.SERVER_FOUND:
            return server.name
    for vendor in VENDORS if profile.origin is Origin.KEY_FOUND else ():
        if vendor.id == profile.name:
            return vendor.name
        for region in vendor.regions:
            if region.id == profile.name:
                return _("{vendor}, {region}").format(vendor=vendor.name, region=_(region.label))
    return sanitize_line(profile.name, _LABEL)


def origin_words(profile: Profile) -> str:
    """Return how a profile came about without configuration; empty for a configured one."""
    if profile.origin is Origin.KEY_FOUND:
        return _("key from {variable}").format(variable=profile.key.env or "")
    return _("found on this machine") if profile.origin is Origin.SERVER_FOUND else ""
