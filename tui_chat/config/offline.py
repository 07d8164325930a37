"""`--offline`: connects only to this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import host_name, is_loopback_host

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile


def require_offline(profile: Profile) -> Profile:
    """Return a profile without proxies and without a cancel request to another host.

    Raises:
        ConfigError: The endpoint is on another machine.
    """
    if not profile.is_on_loopback:
        source = _("the profile “{profile}”").format(profile=profile.name)
        raise offline_error(profile.host or profile.name, source)
    cancel = profile.cancel
    if cancel is not None:
        url = cancel.url.replace("{base_url}", profile.base_url)
        cancel = cancel if is_loopback_host(host_name(url)) else None
    return replace(profile, uses_proxies=False, cancel=cancel)


def offline_error(host: str, source: str) -> ConfigError:
    """Return the error for a connection to another machine.

    Args:
        host: Host and port of the other machine.
        source: The profile or flag that names the host.
    """
    text = _("--offline blocks the connection to {host}, set by {source}.")
    return ConfigError(
        text.format(host=host, source=source),
        _(
            "Choose an endpoint on 127.0.0.1 or the embedded model (--profile local), or remove "
            "--offline."
        ),
    )
