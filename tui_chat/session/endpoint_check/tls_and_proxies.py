"""Checks the proxies and certificates that environment and profile set."""

from __future__ import annotations

import os
import platform
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from tui_chat.config.proxy_choice import proxy_for
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import host_and_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile
    from tui_chat.session.endpoint_check.check_report import CheckReport

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080, "socks4": 1080}
_PROXY_SCHEMES: Final[tuple[str, ...]] = ("http", "https", "all")
_CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Proxy:
    """The address of a proxy."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_proxies(profile: Profile, report: CheckReport) -> tuple[Proxy | None, bool]:
    """Report the configured proxies and the one in use.

    Returns:
        The proxy in use, if any, and whether the proxy settings are valid.
    """
    if not profile.uses_proxies:
        report.ok("proxy", _("not used: --offline"))
        return None, True
    proxies = getproxies()
    set_proxies = {name: proxies[name] for name in _PROXY_SCHEMES if proxies.get(name)}
    if not set_proxies:
        report.ok("proxy", _("not set"))
        return None, True
    parts = urlsplit(profile.base_url)
    applies = bool(set_proxies.get(parts.scheme) or set_proxies.get("all"))
    url = proxy_for(profile.base_url) or ""
    is_bypassed = applies and not url
    proxy = _proxy_of(url) if url else None
    if url and proxy is None:
        text = _("the proxy for {scheme} has no valid address")
        hint = _("Set HTTP_PROXY, HTTPS_PROXY or ALL_PROXY to http://host:port.")
        report.failed("proxy", text, hint, scheme=parts.scheme)
        return None, False
    text = _("not used for {host}; set: {proxies}")
    if proxy:
        text = _("{proxy} for {host}; set: {proxies}")
    elif is_bypassed:
        text = _("not used for {host} (NO_PROXY); set: {proxies}")
    listed = join_list(f"{scheme}: {_host(url)}" for scheme, url in set_proxies.items())
    report.ok("proxy", text, proxy=proxy, host=profile.host, proxies=listed)
    return proxy, True


def check_certificates(
    profile: Profile, env: Mapping[str, str], report: CheckReport
) -> ssl.SSLContext | None:
    """Report the trusted authorities; return their context, None if they are unreadable."""
    if not profile.verify:
        report.ok("certificates", _("not verified: verify = false in the profile"))
        return _unverified_context()
    path, name = _authorities(profile, env)
    try:
        context = _verifying_context(path)
    except (OSError, ssl.SSLError) as error:
        is_readable = isinstance(error, ssl.SSLError)
        text = _("{path}: not a certificate") if is_readable else _("{path}: unreadable ({reason})")
        hint, reason = _("Correct or remove the path."), os.strerror(error.errno or 0).lower()
        report.failed("certificates", text, hint, path=name, reason=reason)
        return None
    report.ok("certificates", name)
    return context


def _authorities(profile: Profile, env: Mapping[str, str]) -> tuple[str, str]:
    """Return path and name of the trusted authorities, by the rules of the provider."""
    if profile.ca_file:
        return profile.ca_file, f"ca_file {profile.ca_file}"
    for variable in _CERTIFICATE_VARIABLES:
        if env.get(variable):
            return env[variable], f"{variable} {env[variable]}"
    return "", _("those of the system")


def _verifying_context(path: str) -> ssl.SSLContext:
    """Return a context that trusts a file or a folder, or the authorities of the system.

    Raises:
        OSError: The path is unreadable, or not a certificate (ssl.SSLError).
    """
    if path and os.path.isdir(path):  # noqa: PTH112 - the same test as in `ssl`
        return ssl.create_default_context(capath=path)
    if path:
        return ssl.create_default_context(cafile=path)
    if platform.system() in {"Darwin", "Windows"}:
        try:
            # A dependency of the HTTP client; it uses the store of the system.
            import truststore
        except ImportError:
            return ssl.create_default_context()
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context()


def _unverified_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _proxy_of(url: str) -> Proxy | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    return Proxy(parts.hostname, port)


def _host(url: str) -> str:
    """Return the host of a proxy URL without user and password."""
    return host_and_port(url if "://" in url else f"http://{url}") or _("invalid")
