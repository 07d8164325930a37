"""The configuration of a server for its host process, with the secrets of its key sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.config.api_key import read_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import KeySource, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.tool_servers import ToolServer
    from tui_chat.core.profile import Secret

_AUTHORIZATION = "authorization"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


def host_configuration(
    server: ToolServer, env: Mapping[str, str]
) -> tuple[dict[str, Any], list[Secret]]:
    """Return the first line for the host process, and the secrets in it.

    May run a command of the user or ask the keyring: call it in a thread.

    Raises:
        ConfigError: The file cannot be trusted, or a secret cannot be read.
    """
    if server.distrust:
        summary = _("The server “{server}” is not started: {reason}.")
        raise ConfigError(
            summary.format(server=server.name, reason=server.distrust),
            _("Only you and root may write to config.toml and its folder. Run: {command}").format(
                command="chmod go-w"
            ),
        )
    secrets: list[Secret] = []
    values = _revealed(server, server.env, env, secrets)
    headers = {
        # A key alone is not a value of this header.
        name: f"Bearer {value}"
        if name.lower() == _AUTHORIZATION and isinstance(server.headers[name], KeySource)
        else value
        for name, value in _revealed(server, server.headers, env, secrets).items()
    }
    config: dict[str, Any] = {
        "command": list(server.command),
        "url": server.url,
        "transport": server.transport,
        "env": values,
        "headers": headers,
        "folder": server.folder,
        "timeout_s": server.timeout_s,
        "may_sample": server.may_sample,
    }
    return config, secrets


def host_environment(server: ToolServer, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the host process of a server at an address needs."""
    if not server.url:
        return {}
    wanted = {name for proxy in _PROXIES for name in (proxy, proxy.lower())}
    return {name: env[name] for name in wanted if name in env}


def _revealed(
    server: ToolServer,
    values: Mapping[str, str | KeySource],
    env: Mapping[str, str],
    secrets: list[Secret],
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found[name] = value
            continue
        # The errors of keys name a profile; `tools.NAME` is the table of the source.
        secret = read_key(Profile(f"tools.{server.name}", "http://localhost", key=value), env)
        if secret is not None:
            secrets.append(secret)
            found[name] = secret.reveal()
    return found
