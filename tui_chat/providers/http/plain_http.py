"""Rejects endpoints to which a secret would be sent unencrypted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui_chat.config.proxy_choice import proxy_for
from tui_chat.core.errors import InsecureEndpoint
from tui_chat.core.labels import _
from tui_chat.core.profile import host_and_port, is_loopback_host
from tui_chat.core.text.redact import is_placeholder
from tui_chat.core.text.secret_fields import url_secrets
from tui_chat.providers.http.headers import secrets_of

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile, Secret


def check_encrypted(profile: Profile, key: Secret | None) -> None:
    """Raise if a secret would be sent unencrypted to another machine.

    Secrets are the key, secret headers, and secrets in `extra_body` and in the URL of the cancel
    request; a placeholder such as `ollama` is not one. Loopback addresses are safe.

    Args:
        profile: The endpoint and its settings.
        key: The key to send.

    Raises:
        InsecureEndpoint: The user has not allowed it (`insecure = true`, `--insecure`).
    """
    if profile.is_insecure or profile.is_embedded or not profile.uses_proxies:
        # Without proxies (`--offline`) requests stay on this machine.
        return
    secrets = secrets_of(profile, key, os.environ)
    if is_exposed(profile.base_url) and any(_is_secret(secret) for secret in secrets):
        raise _insecure(profile.base_url)
    cancel_url = profile.cancel.url if profile.cancel is not None else ""
    if is_exposed(cancel_url) and any(url_secrets(cancel_url)):
        raise _insecure(cancel_url)


def is_exposed(url: str) -> bool:
    """Return whether a URL is plain http that leaves this machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "http" or not host:
        return False
    return not is_loopback_host(host) or _has_remote_proxy(url)


def _has_remote_proxy(url: str) -> bool:
    proxy = proxy_for(url)
    if proxy is None:
        return False
    try:
        proxy_host = urlsplit(proxy).hostname or ""
    except ValueError:
        return False
    return not is_loopback_host(proxy_host)


def _is_secret(secret: Secret) -> bool:
    return not is_placeholder(secret.reveal())


def _insecure(url: str) -> InsecureEndpoint:
    host = host_and_port(url)
    summary = _(
        "{host} is reached by plain http, so the key or access code could be read by others on the "
        "network. Nothing was sent."
    )
    return InsecureEndpoint(
        summary.format(host=host),
        _("Use https, or allow it: `insecure = true` in the profile, or --insecure."),
        host=host,
    )
