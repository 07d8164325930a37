"""Other addresses of the same server, for a base URL that the server does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile

AZURE_API_VERSION: Final = "2024-10-21"
"""Sent to a deployment if the profile names no version: the latest that is not a preview."""
_DEPLOYMENT: Final = re.compile(r"/openai/deployments/([^/]+)", re.IGNORECASE)
_DOUBLED: Final = re.compile(r"(/v\d+)(?:/v\d+)+\Z")
_VERSION: Final = re.compile(r"/v\d+(?:beta\d*)?(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class Address:
    """The base URL of requests, and their query."""

    base_url: str
    query: Mapping[str, str]

    @property
    def message(self) -> str:
        """A notice that this address is used instead of the configured one."""
        path = urlsplit(self.base_url).path or "/"
        if "api-version" in self.query:
            text = _("asked with api-version={version}; set it in the profile: query")
            return text.format(version=self.query["api-version"])
        return _("asked at the path {path}; set it in base_url").format(path=path)


class Addresses:
    """The configured address of a profile and its alternatives, in the order to try them."""

    def __init__(self, profile: Profile) -> None:
        first = Address(profile.base_url, profile.query)
        self._all = [first, *_alternatives(first)]
        self._at = 0

    @property
    def current(self) -> Address:
        """The address to use."""
        return self._all[self._at]

    def next(self) -> bool:
        """Go on to the next address; return False, and go back to the first, if there is none."""
        self._at = (self._at + 1) % len(self._all)
        return self._at > 0


def deployment_of(base_url: str) -> str | None:
    """Return the name of the deployment in a URL; None for any other URL."""
    found = _DEPLOYMENT.search(urlsplit(base_url).path)
    return found[1] if found else None


def _alternatives(first: Address) -> list[Address]:
    path = urlsplit(first.base_url).path
    if _DEPLOYMENT.search(path):
        if any(name.lower() == "api-version" for name in first.query):
            return []
        return [Address(first.base_url, {**first.query, "api-version": AZURE_API_VERSION})]
    if _DOUBLED.search(path):
        return [Address(_DOUBLED.sub(r"\1", first.base_url), first.query)]
    if _VERSION.search(path):
        return []
    return [Address(f"{first.base_url}/v1", first.query)]
