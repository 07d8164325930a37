"""A loopback server that speaks the protocol of the model hub: description, redirect, content.

The content comes from a second origin, as at the real hub. In a process of its own, for a test in
a terminal: `python -m tests.local_model.hub.hub_server FILE` serves one file as `tiny/tiny-GGUF`
and prints its address.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

COMMIT: Final = "1" * 40
REPOSITORY: Final = "tiny/tiny-GGUF"
_PIECE: Final = 64 * 1024


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    origin: str
    """`hub` or `content`."""


@dataclass
class HubScript:
    """The content and behaviour of the server."""

    files: dict[str, bytes] = field(default_factory=dict)
    repository: str = REPOSITORY
    licence: str = "apache-2.0"
    status: int = 200
    """Answers every request for the repository with this status."""
    error_code: str = ""
    page: bytes = b""
    """Answers the description with this instead of JSON."""
    lies: dict[str, str] = field(default_factory=dict)
    """Checksums in the description that are wrong."""
    content_status: int = 200
    breaks: deque[float] = field(default_factory=deque)
    """The shares of the content after which the connections break, one each."""
    damages: deque[int] = field(default_factory=deque)
    """The positions of bytes that arrive flipped, one per transfer."""
    is_continuing: bool = True
    """True if Range is obeyed."""
    before_piece: Callable[[int], None] | None = None
    """Called with the position before each piece of content is sent."""


class HubServer:
    """Serves a script on two free ports of 127.0.0.1."""

    def __init__(self, script: HubScript) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self._servers: list[ThreadingHTTPServer] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for origin in ("hub", "content"):
            server = _Server(("127.0.0.1", 0), _Handler)
            server.hub, server.origin = self, origin
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            self._servers.append(server)
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def address(self) -> str:
        """The address for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    @property
    def content_address(self) -> str:
        """The address of the second origin."""
        return f"http://127.0.0.1:{self._servers[1].server_port}"

    def ranges(self) -> list[str]:
        """Return the Range header of each request for content; empty for one without."""
        return [one.headers.get("range", "") for one in self.seen if one.origin == "content"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: HubServer
    origin: str


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, script = self.server.hub, self.server.hub.script
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.seen.append(Seen(self.command, self.path, headers, self.server.origin))
        path = unquote(urlsplit(self.path).path)
        if self.server.origin == "content":
            self._content(path.removeprefix("/"))
        elif path == f"/api/models/{script.repository}":
            self._describe()
        elif found := re.match(rf"/{re.escape(script.repository)}/resolve/(\w+)/(.+)", path):
            self._redirect(found[2])
        else:
            self._reply(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _describe(self) -> None:
        script = self.server.hub.script
        if script.status != 200 and script.error_code != "GatedRepo":
            self._reply(script.status, b"{}", {"X-Error-Code": script.error_code})
            return
        if script.page:
            self._reply(200, script.page, {"Content-Type": "text/html"})
            return
        siblings = [
            {
                "rfilename": name,
                "size": len(content),
                "blobId": "2" * 40,
                "lfs": {
                    "sha256": script.lies.get(name, hashlib.sha256(content).hexdigest()),
                    "size": len(content),
                    "pointerSize": 134,
                },
            }
            for name, content in script.files.items()
        ]
        described: dict[str, Any] = {
            "_id": "3" * 24,
            "id": script.repository,
            "sha": COMMIT,
            "private": False,
            "gated": "auto" if script.error_code == "GatedRepo" else False,
            "cardData": {"license": script.licence},
            "siblings": [{"rfilename": "README.md", "size": 5, "blobId": "4" * 40}, *siblings],
        }
        self._reply(200, json.dumps(described).encode(), {"Content-Type": "application/json"})

    def _redirect(self, name: str) -> None:
        script = self.server.hub.script
        if script.status != 200 or name not in script.files:
            code = script.error_code or "EntryNotFound"
            status = script.status if script.status != 200 else 404
            self._reply(status, b"", {"X-Error-Code": code})
            return
        content = script.files[name]
        digest = hashlib.sha256(content).hexdigest()
        self._reply(
            302,
            b"",
            {
                "Location": f"{self.server.hub.content_address}/{quote(name)}?signature=abc",
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{digest}"',
                "X-Linked-Size": str(len(content)),
                "X-Xet-Hash": digest,
                "Link": f'<{self.server.hub.address}/xet-auth>; rel="xet-auth"',
            },
        )

    def _content(self, name: str) -> None:
        script = self.server.hub.script
        content = bytearray(script.files[name])
        if script.content_status != 200:
            self._reply(script.content_status, b"<html>no</html>", {})
            return
        start = 0
        if script.is_continuing and (
            found := re.match(r"bytes=(\d+)-", self.headers["Range"] or "")
        ):
            start = int(found[1])
        if start >= len(content) > 0:
            self._reply(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        if script.damages:
            content[script.damages.popleft()] ^= 0xFF
        end = int(len(content) * script.breaks.popleft()) if script.breaks else len(content)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        for at in range(start, max(end, start), _PIECE):
            if script.before_piece:
                script.before_piece(at)
            try:
                self.wfile.write(content[at : min(at + _PIECE, end)])
            except ConnectionError:
                # The client has stopped the download.
                break
        self.close_connection = True

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main() -> None:
    """Serve the file of the command line until standard input closes."""
    path = Path(sys.argv[1])
    with HubServer(HubScript({path.name: path.read_bytes()})) as server:
        print(server.address, flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main()
