"""`--offline`: nothing is sent anywhere but to this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import host_name, is_loopback_host

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile


def kept_offline(profile: Profile) -> Profile:
    """Return a profile that reaches nothing but this machine: no proxy, no other host to cancel.

    Raises:
        ConfigError: Its endpoint is on another machine.
    """
    if not profile.is_on_loopback:
        raise offline_error(profile.host or profile.name, f"The profile “{profile.name}”")
    cancel = profile.cancel
    if cancel is not None:
        url = cancel.url.replace("{base_url}", profile.base_url)
        cancel = cancel if is_loopback_host(host_name(url)) else None
    return replace(profile, uses_proxies=False, cancel=cancel)


def offline_error(host: str, what: str) -> ConfigError:
    """Return the refusal to send something to a host.

    Args:
        host: Host and port of the other machine.
        what: The profile or the flag that leads there.
    """
    return ConfigError(
        f"--offline: nothing is sent to {host}, which is not this machine. {what} leads there.",
        "Choose an endpoint on 127.0.0.1 or the embedded model (--profile local), or leave out "
        "--offline.",
    )
