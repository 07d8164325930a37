"""Which endpoint is asked, why, and with which key."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.config.api_key import read_key
from tui_chat.config.problems import quoted
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.config.endpoint_choice import EndpointChoice
    from tui_chat.core.profile import KeySource, Profile, Secret
    from tui_chat.session.launch import Launch

_KEY: Final = "OPENAI_API_KEY"
# /v1, /api/v1, /compatible-mode/v1: some hosts have a token in the path, which is longer.
_PLAIN_PATH: Final = re.compile(r"(?:/(?:[a-z]+(?:-[a-z]+)*|v\d+[a-z]*))*/?\Z")


def check_choice(launch: Launch, choice: EndpointChoice, report: Report) -> None:
    """Tell which profile is taken and where it leads, or what to do to have one."""
    profile = choice.profile
    if choice.problem is not None:
        report.failed("profile", choice.problem)
    elif profile is None:
        report.wrong(
            "profile",
            f"There is nothing to ask: {choice.why}",
            f"Set {_KEY} or OPENAI_BASE_URL, write a profile into {launch.paths.config_file}, "
            "give --base-url, or install the embedded model.",
        )
    else:
        report.ok("profile", f"“{quoted(profile.name)}”: {choice.why}")
        model = f"model {profile.model}" if profile.model else "model: the first one it offers"
        where = "inside this program" if profile.is_embedded else shown_url(profile)
        report.ok("endpoint", f"{where}, {model}")


async def check_key(launch: Launch, profile: Profile, report: Report) -> tuple[Secret | None, bool]:
    """Read the key and tell where it comes from, never what it is.

    Returns:
        The key, and whether the endpoint can be asked.
    """
    try:
        key = await asyncio.to_thread(read_key, profile, launch.env)
    except ConfigError as error:
        report.failed("key", error)
        return None, False
    if key is None:
        report.ok("key", "none is sent: no source of one is named")
        return None, True
    report.hide([key])
    report.ok("key", f"found: {_source_words(profile.key)}")
    return key, True


def shown_url(profile: Profile) -> str:
    """Return a base URL as it may be shown: no user, no query, no token in its path."""
    parts = urlsplit(profile.base_url)
    path = parts.path if _PLAIN_PATH.match(parts.path) else "/…"
    return f"{parts.scheme}://{profile.host}{path}"


def _source_words(source: KeySource) -> str:
    return "printed by the api_key_command" if source.command else str(source)
