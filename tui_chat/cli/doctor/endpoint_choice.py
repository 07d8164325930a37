"""Checks which profile, endpoint and key are used."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.config.api_key import read_key
from tui_chat.config.problems import quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.config.endpoint_choice import EndpointChoice
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.session.launch import Launch

# /v1, /api/v1, /compatible-mode/v1; some hosts have a token in the path, which does not match.
_PLAIN_PATH: Final = re.compile(r"(?:/(?:[a-z]+(?:-[a-z]+)*|v\d+[a-z]*))*/?\Z")


def check_choice(launch: Launch, choice: EndpointChoice, report: Report) -> None:
    """Report the chosen profile and its endpoint, or how to get one."""
    profile = choice.profile
    if choice.problem is not None:
        report.error("profile", choice.problem)
    elif profile is None:
        hint = _(
            "Set OPENAI_API_KEY or OPENAI_BASE_URL, add a profile to {file}, use --base-url, or "
            "install the embedded model."
        )
        text, file = _("no endpoint is configured: {reason}"), launch.paths.config_file
        report.failed("profile", text, hint, reason=choice.reason, file=file)
    else:
        report.ok("profile", f"“{quoted(profile.name)}”: {choice.reason}")
        url = _("embedded") if profile.is_embedded else safe_url(profile)
        text = _("{url}, model {model}") if profile.model else _("{url}, the first model it lists")
        report.ok("endpoint", text, url=url, model=profile.model)


async def check_key(launch: Launch, profile: Profile, report: Report) -> tuple[Secret | None, bool]:
    """Read the key and report its source, never its value.

    Returns:
        The key, and whether a request can be sent.
    """
    try:
        key = await asyncio.to_thread(read_key, profile, launch.env)
    except ConfigError as error:
        report.error("key", error)
        return None, False
    if key is None:
        report.ok("key", _("none: the profile has no key source"))
        return None, True
    report.hide([key])
    report.ok("key", _("found: {source}"), source=profile.key)
    return key, True


def safe_url(profile: Profile) -> str:
    """Return the base URL without user, query and tokens in its path."""
    parts = urlsplit(profile.base_url)
    path = parts.path if _PLAIN_PATH.match(parts.path) else "/…"
    return f"{parts.scheme}://{profile.host}{path}"
