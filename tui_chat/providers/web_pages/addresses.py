"""Decides to which addresses a page may be fetched from: public ones, or those the user named."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.profile import is_loopback_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a NAT64 gateway; their last 32 bits (RFC 6052)."""
_COMPATIBLE: Final = ipaddress.ip_network("::/96")
"""IPv4 addresses in an obsolete IPv6 form (RFC 4291)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The scheme, host and port of a URL."""

    scheme: str
    host: str
    """In ASCII and lower case, without brackets."""
    port: int

    @property
    def is_literal(self) -> bool:
        """True if the host is an IP address or this machine, so that it names an address."""
        return literal_address(self.host) is not None or is_loopback_host(self.host)

    def allows(self, other: Origin) -> bool:
        """Return whether a private address of another origin is named by this one, too.

        A redirect from http to https of the same host is, another port is not.
        """
        is_upgrade = (self.port, other.port) == (80, 443)
        return (
            self.is_literal and self.host == other.host and (self.port == other.port or is_upgrade)
        )


def origin_of(url: httpx2.URL) -> Origin:
    """Return the origin of a URL."""
    host = url.raw_host.decode("ascii").lower()
    return Origin(url.scheme, host, url.port or _DEFAULT_PORTS.get(url.scheme, 0))


def literal_address(host: str) -> Address | None:
    """Return the address that a host is; None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet.

    IPv6 addresses that contain an IPv4 address are as public as that one.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner_addresses(address)
        if any(not is_public(it) for it in inner):
            return False
        if inner:
            return True
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _inner_addresses(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    found = [it for it in (address.ipv4_mapped, address.sixtofour) if it is not None]
    if address.teredo is not None:
        found += address.teredo
    if address in _TRANSLATED or (address in _COMPATIBLE and int(address) > 0xFFFF):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


async def resolve(origin: Origin) -> Sequence[Address]:
    """Return the addresses of a host, each once, in the order of the resolver.

    Raises:
        OSError: The name cannot be resolved.
    """
    literal = literal_address(origin.host)
    if literal is not None:
        return [literal]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    hosts = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [it for it in map(literal_address, hosts) if it is not None]
