"""Lists the endpoints that need no configuration: local servers, and vendors' keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.endpoint_choice import all_profiles
from tui_chat.core.labels import _, ngettext
from tui_chat.core.profile import Origin
from tui_chat.session.endpoints.found_servers import Discovery

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.session.launch import Launch


async def check_found(launch: Launch, report: Report) -> None:
    """Report what `--profile` accepts without configuration; only this machine is asked."""
    profiles = all_profiles(launch.settings, launch.env, embedded=None)
    if not launch.is_offline:
        for profile in profiles:
            if profile.origin is Origin.KEY_FOUND:
                text = _("--profile {profile}, with the key from {variable}")
                report.ok("found", text, profile=profile.name, variable=profile.key.env)
    discovery = Discovery(launch)
    for profile in await discovery.search():
        count = discovery.model_count(profile)
        text = ngettext(
            "--profile {profile}, at {host} with {count} model",
            "--profile {profile}, at {host} with {count} models",
            count,
            profile=profile.name,
            host=profile.host,
        )
        report.ok("found", "{found}", found=text)
