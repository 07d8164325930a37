"""Certificates and proxies, as the environment and the profile set them."""

from __future__ import annotations

import os
import platform
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tui_chat.core.profile import host_and_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.cli.doctor.report import Report
    from tui_chat.core.profile import Profile

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080, "socks4": 1080}
_PROXY_SCHEMES: Final[tuple[str, ...]] = ("http", "https", "all")
_CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy between here and an endpoint."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_proxies(profile: Profile, report: Report) -> tuple[Proxy | None, bool]:
    """Tell which proxies are set and which one is used.

    Returns:
        The proxy in the way, if there is one, and whether the proxies can be used at all.
    """
    if not profile.uses_proxies:
        report.ok("proxy", "none is used: --offline")
        return None, True
    proxies = getproxies()
    set_ones = {name: proxies[name] for name in _PROXY_SCHEMES if proxies.get(name)}
    if not set_ones:
        report.ok("proxy", "none is set")
        return None, True
    parts = urlsplit(profile.base_url)
    is_bypassed = bool(proxy_bypass(parts.hostname or ""))
    url = "" if is_bypassed else set_ones.get(parts.scheme) or set_ones.get("all", "")
    proxy = _proxy_of(url) if url else None
    if url and proxy is None:
        what = f"the proxy set for {parts.scheme} cannot be read as an address"
        todo = "Correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: http://host:port."
        report.wrong("proxy", what, todo)
        return None, False
    listed = ", ".join(f"{scheme}: {_shown(url)}" for scheme, url in set_ones.items())
    used = f"{profile.host} is asked through {proxy}" if proxy else f"none for {profile.host}"
    because = " (NO_PROXY)" if is_bypassed else ""
    report.ok("proxy", f"{used}{because}; set are {listed}")
    return proxy, True


def check_certificates(
    profile: Profile, env: Mapping[str, str], report: Report
) -> ssl.SSLContext | None:
    """Tell which authorities are trusted; return what they make, None when they cannot be read."""
    if not profile.verify:
        report.ok("certificates", "not checked: the profile says verify = false")
        return _unverified()
    source, words = _source_of_trust(profile, env)
    try:
        context = _verified(source)
    except (OSError, ssl.SSLError) as error:
        reason = "is no certificate" if isinstance(error, ssl.SSLError) else ""
        reason = reason or f"cannot be read: {os.strerror(error.errno or 0).lower()}"
        report.wrong("certificates", f"{words} {reason}", "Correct the path, or take it out.")
        return None
    report.ok("certificates", words)
    return context


def _source_of_trust(profile: Profile, env: Mapping[str, str]) -> tuple[str, str]:
    """Return the file or folder with the authorities and its name; as the provider does."""
    if profile.ca_file:
        return profile.ca_file, f"ca_file {profile.ca_file}"
    for variable in _CERTIFICATE_VARIABLES:
        if env.get(variable):
            return env[variable], f"{variable} {env[variable]}"
    return "", "those of this system"


def _verified(source: str) -> ssl.SSLContext:
    """Return a context that trusts what is in a file or a folder, or what the system does.

    Raises:
        OSError: It cannot be read, or is no certificate (ssl.SSLError).
    """
    if source and os.path.isdir(source):  # noqa: PTH112 - the same as SSL does
        return ssl.create_default_context(capath=source)
    if source:
        return ssl.create_default_context(cafile=source)
    if platform.system() in {"Darwin", "Windows"}:
        try:
            # The HTTP client brings it; it asks the system's own store.
            import truststore
        except ImportError:
            return ssl.create_default_context()
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context()


def _unverified() -> ssl.SSLContext:
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


def _shown(url: str) -> str:
    """Return the host of a proxy; its user and password never."""
    return host_and_port(url if "://" in url else f"http://{url}") or "unreadable"
