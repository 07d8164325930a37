"""Asks the model hub. Together with `hub_errors`, the only code that knows huggingface_hub.

The package is imported when it is used. Its telemetry is switched off first: it would report the
program that runs it, and fetch a list of such programs.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tui_chat.core.errors import DownloadError
from tui_chat.core.labels import _
from tui_chat.core.profile import is_loopback_host
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.choose_files import HubFile
from tui_chat.local_model.hub.hub_errors import hub_errors, missing_package
from tui_chat.local_model.hub.model_reference import is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HUB: Final = "https://huggingface.co"
_TIMEOUT_S: Final = 30.0
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}\Z")


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A repository of the hub."""

    name: str
    commit: str
    licence: str
    """As its authors name it; empty if they do not."""
    files: tuple[HubFile, ...]
    """All files that have a checksum."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The content of a file from a position on."""

    start: int
    """0 if the server does not continue and sends everything again."""
    pieces: Iterator[bytes]


class HubClient:
    """Asks one hub."""

    def __init__(
        self, env: Mapping[str, str], *, sends_token: bool = False, timeout_s: float = _TIMEOUT_S
    ) -> None:
        """Create the client; nothing is imported or sent yet.

        Args:
            env: HF_ENDPOINT selects another hub.
            sends_token: Whether the user's token (HF_TOKEN, or the stored one) is sent.
            timeout_s: The longest silence of the server.

        Raises:
            DownloadError: The token would be sent unencrypted to another machine.
        """
        self.endpoint = (env.get("HF_ENDPOINT", "").strip() or HUB).rstrip("/")
        try:
            address = urlsplit(self.endpoint)
            host, port = address.hostname or "", address.port
        except ValueError:
            address, host, port = urlsplit(""), "", None
        if address.scheme not in ("http", "https") or not host:
            raise DownloadError(
                _("HF_ENDPOINT is not a valid address."), _("Example: https://huggingface.co")
            )
        self.host = sanitize_line(f"{host}:{port}" if port else host, 100)
        self.is_on_this_machine = is_loopback_host(host)
        if sends_token and address.scheme == "http" and not self.is_on_this_machine:
            raise DownloadError(
                _("The token is not sent to {host} over unencrypted http.").format(host=self.host),
                _("Use an https address as HF_ENDPOINT, or omit --with-token."),
            )
        self._token = sends_token
        self._timeout_s = timeout_s

    def repository(self, name: str) -> HubRepository:
        """Return a repository with its files.

        Raises:
            ConnectionBroke: The hub cannot be reached.
            DownloadError: There is no such repository, or it may not be read.
        """
        hub = _library()
        with hub_errors(self.host, name):
            api = hub.HfApi(endpoint=self.endpoint, token=self._token, library_name="tui-chat")
            found = api.model_info(name, files_metadata=True, timeout=self._timeout_s)
            commit = str(found.sha)
            if not _COMMIT.match(commit):
                raise ValueError(commit)
            files = tuple(file for file in map(_hub_file, found.siblings or ()) if file)
            card = found.card_data
            licence = sanitize_line(str(getattr(card, "license", "") or ""), 40)
        return HubRepository(name, commit, licence, files)

    @contextmanager
    def transfer(self, repository: HubRepository, file: HubFile, start: int) -> Iterator[Transfer]:
        """Open the content of a file from a position on.

        Raises:
            ConnectionBroke: The connection cannot be opened, or it ends too early.
            DownloadError: The file may not be read.
        """
        hub = _library()
        with hub_errors(self.host, repository.name):
            url = hub.hf_hub_url(
                repository.name, file.name, revision=repository.commit, endpoint=self.endpoint
            )
            headers = hub.utils.build_hf_headers(token=self._token, library_name="tui-chat")
            # A compressed transfer could not be continued.
            headers["Accept-Encoding"] = "identity"
            if start:
                headers["Range"] = f"bytes={start}-"
            # At a redirect to a content server, the HTTP client drops the authorization.
            with hub.get_session().stream(
                "GET", url, headers=headers, timeout=self._timeout_s
            ) as response:
                if start and response.status_code == 416:
                    yield Transfer(0, iter(()))
                    return
                hub.utils.hf_raise_for_status(response)
                yield Transfer(_start_of(response, start), response.iter_bytes())


def _library() -> Any:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    try:
        import huggingface_hub
    except ImportError as error:
        raise missing_package() from error
    return huggingface_hub


def _hub_file(sibling: Any) -> HubFile | None:
    """Return a file with its checksum; None for one without, or with an unusable name."""
    lfs = sibling.lfs
    if lfs is None or not is_inside(sibling.rfilename):
        return None
    sha256 = str(lfs["sha256"] if isinstance(lfs, dict) else lfs.sha256)
    size = sibling.size if sibling.size is not None else lfs["size"]
    if not _SHA256.match(sha256) or not isinstance(size, int) or size <= 0:
        return None
    return HubFile(sibling.rfilename, size, sha256)


def _start_of(response: Any, wanted: int) -> int:
    """Return the position at which a response begins."""
    if response.status_code != 206:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else wanted
