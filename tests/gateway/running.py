"""A real gateway on loopback with a scripted endpoint, both on the loop of the test."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

import httpx2

from tests.local_model.processes import until
from tests.providers.wire import KEY
from tui_chat.core.profile import KeySource, Profile, Secret, Timeouts
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.codes.accounting import Accounting
from tui_chat.gateway.codes.revocation import RevocationWatch
from tui_chat.gateway.http.load_limits import LoadLimits
from tui_chat.gateway.http.origins import AllowedOrigins
from tui_chat.gateway.http.routes import make_app
from tui_chat.gateway.http.server import ShutdownFlag, make_server
from tui_chat.gateway.proxy.catalog import Catalog
from tui_chat.gateway.proxy.completions import CompletionService
from tui_chat.gateway.proxy.upstream import Upstream
from tui_chat.gateway.store.records import FILE_NAME, open_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sse_server import SseServer

QUESTION: Final = [{"role": "user", "content": "Hi"}]
QUICK: Final = Timeouts(connect_s=2.0, first_token_s=5.0, idle_s=5.0)


class Gateway:
    """Context manager that serves on a free port.

    Attributes:
        code: An access code without limits.
        stopping: State of the shutdown.
    """

    def __init__(
        self,
        server: SseServer,
        folder: Path,
        *,
        grace_s: float = 5.0,
        database: str | None = None,
        limits: dict[str, Any] | None = None,
        **profile: Any,
    ) -> None:
        self._folder = folder
        self._database = database
        self._limits: dict[str, Any] = {"connections_per_address": None} | (limits or {})
        self._grace_s = grace_s
        usual = Profile(
            name="secret-profile",
            base_url=server.base_url,
            model="test-model",
            key=KeySource(env="TEST_KEY"),
            timeouts=QUICK,
        )
        self.profile = replace(usual, **profile)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self.upstream = Upstream(self.profile, Secret(KEY))
        self._stack.push_async_callback(self.upstream.aclose)
        self.records = open_records(self._folder, self._database)
        self._stack.callback(self.records.close)
        accounting = Accounting(self.records)
        self._stack.push_async_callback(accounting.aclose)
        await accounting.start()
        revocation = RevocationWatch(self.records.all_codes, self.records.code_changes)
        self._stack.push_async_callback(revocation.aclose)
        revocation.start()
        self.stopping = ShutdownFlag()
        self.load = LoadLimits(**self._limits)
        service = CompletionService(
            Catalog({"p": self.upstream}), accounting, revocation, self.stopping, self.load
        )
        app = make_app(service, AllowedOrigins())
        self.server = make_server(app, self.stopping, grace_s=self._grace_s, load=self.load)
        self._serving = asyncio.get_running_loop().create_task(self.server.serve([listener]))
        self.code = self.add("everybody", concurrent_requests=1000)
        self.client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", timeout=20, trust_env=False
        )
        await until(lambda: self.server.started, "the gateway")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        if not self.server.should_exit:
            await self._break_off()
        with suppress(asyncio.CancelledError):
            await self._serving
        await self._stack.aclose()

    async def _break_off(self) -> None:
        """Stop without a grace period, except in the tests about it."""
        state = self.server.server_state
        for listener in self.server.servers:
            listener.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await until(lambda: not (state.tasks or state.connections), "the end of all requests")
        self._serving.cancel()

    async def ready(self) -> None:
        """Wait until the records can be read again."""
        async with asyncio.timeout(30):
            while (await self.client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - HTTP
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        """Start the shutdown, as a signal does."""
        self.server.should_exit = True

    async def stopped(self) -> None:
        """Wait until the server has stopped."""
        await self._serving

    def add(self, name: str, **limits: Any) -> str:
        """Return a new access code."""
        return self.records.codes.add(name, CodeLimits(**limits)).reveal()

    async def post(
        self, body: object, path: str = "/v1/chat/completions", code: str | None = None
    ) -> httpx2.Response:
        """Send a request and return the whole response."""
        headers = {"Authorization": f"Bearer {self.code if code is None else code}"}
        return await self.client.post(path, json=body, headers=headers)

    async def ask(self, code: str | None = None, **fields: Any) -> httpx2.Response:
        """Request a completion."""
        return await self.post({"model": "m", "messages": QUESTION} | fields, code=code)

    async def chat(self, code: str | None = None, **fields: Any) -> httpx2.Response:
        """Send a request to /api/chat."""
        return await self.post({"messages": QUESTION} | fields, "/api/chat", code)

    async def entries(self, count: int = 1) -> list[tuple[Any, ...]]:
        """Return the ledger: model, input and output tokens, is_estimated, status, ended."""
        await until(lambda: len(self._rows()) >= count, f"{count} rows in the ledger")
        return self._rows()

    def _rows(self) -> list[tuple[Any, ...]]:
        return self.query(
            "SELECT model, input_tokens, output_tokens, is_estimated, status, ended FROM ledger"
            " ORDER BY id"
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the records."""
        with self.records.transactions.read() as transaction:
            return transaction.execute(sql)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the file as another program does."""
        with closing(sqlite3.connect(self._folder / FILE_NAME, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()
