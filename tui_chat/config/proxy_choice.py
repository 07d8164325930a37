"""Chooses the proxy for one URL by the variables of the environment; all others are ignored."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SEPARATORS: Final = re.compile(r"[,\s]+")


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for a URL; None if it is reached directly.

    A proxy without a scheme is an HTTP proxy; `socks://` means that the proxy looks up names.
    """
    proxies = getproxies()
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    proxy = (proxies.get(parts.scheme) or proxies.get("all") or "").strip()
    if not proxy or not host or _is_bypassed(host, port, proxies.get("no", "")):
        return None
    if "://" not in proxy:
        return f"http://{proxy}"
    scheme, _, rest = proxy.partition("://")
    return f"socks5h://{rest}" if scheme.lower() == "socks" else proxy


def _is_bypassed(host: str, port: int | None, no_proxy: str) -> bool:
    """Return whether NO_PROXY, or the settings of the system, exclude a host."""
    host = host.rstrip(".").lower()
    entries = (entry.lower() for entry in _SEPARATORS.split(no_proxy) if entry)
    return any(_matches(entry, host, port) for entry in entries) or bool(proxy_bypass(host))


def _matches(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    address, network = _address(host), _network(entry)
    if network is not None:
        return address is not None and address in network
    name, wanted_port = _split_port(entry)
    if wanted_port is not None and wanted_port != port:
        return False
    name = name.removeprefix("*").strip("[]").removeprefix(".").rstrip(".")
    return bool(name) and (host == name or (address is None and host.endswith(f".{name}")))


def _split_port(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.rpartition(":")
    is_port = bool(colon) and port.isdecimal() and (":" not in name or name.endswith("]"))
    return (name, int(port)) if is_port else (entry, None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if entry.startswith("["):
        # With a port behind the bracket it is no network.
        address, bracket, rest = entry[1:].partition("]")
        entry = address + rest if bracket and not rest.startswith(":") else ""
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
