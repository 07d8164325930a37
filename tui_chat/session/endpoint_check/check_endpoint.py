"""Checks an endpoint from its key to an answer."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.config.api_key import read_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.session.endpoint_check.endpoint_request import check_requests
from tui_chat.session.endpoint_check.network import ConnectionCheck
from tui_chat.session.endpoint_check.tls_and_proxies import check_certificates, check_proxies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.endpoint_check.check_report import CheckReport

REQUESTS: Final = ("models", "answer")
"""The checks that send a request to the endpoint."""
# /v1, /api/v1, /compatible-mode/v1; some hosts have a token in the path, which does not match.
_PLAIN_PATH: Final = re.compile(r"(?:/(?:[a-z]+(?:-[a-z]+)*|v\d+[a-z]*))*/?\Z")


async def check_endpoint(
    profile: Profile, env: Mapping[str, str], report: CheckReport
) -> Sequence[ModelInfo]:
    """Check key, proxy, connection, model list and an answer; return the models it lists."""
    key, can_ask = await check_key(profile, env, report)
    proxy, can_connect = check_proxies(profile, report)
    context = check_certificates(profile, env, report)
    if can_connect:
        obstacle = await ConnectionCheck(profile, proxy, context, report).check()
    else:
        obstacle = _("the proxy is invalid")
        report.skip(("DNS", "connect", "TLS"), obstacle)
    if not can_ask:
        obstacle = obstacle or _("the key is unreadable")
    if obstacle:
        report.skip(REQUESTS, obstacle)
        return ()
    return await check_requests(profile, key, report)


async def check_key(
    profile: Profile, env: Mapping[str, str], report: CheckReport
) -> tuple[Secret | None, bool]:
    """Read the key and report its source, never its value.

    Returns:
        The key, and whether a request can be sent.
    """
    try:
        key = await asyncio.to_thread(read_key, profile, env)
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
