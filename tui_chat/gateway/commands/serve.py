"""`tui-chat gateway serve`: checks the listen address, and runs the server."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.gateway.codes.accounting import Accounting
from tui_chat.gateway.codes.revocation import RevocationWatch
from tui_chat.gateway.commands.listen_address import open_listener
from tui_chat.gateway.commands.workers import run_workers
from tui_chat.gateway.http.observers import Metrics, log_as_json
from tui_chat.gateway.proxy.catalog import Catalog
from tui_chat.gateway.proxy.upstream import open_upstreams
from tui_chat.gateway.store.records import open_records
from tui_chat.session.log_file import log_to

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Mapping

    from tui_chat.gateway.commands.listen_address import ListenAddress
    from tui_chat.gateway.http.load_limits import LoadLimits
    from tui_chat.gateway.http.observers import FinishedRequest
    from tui_chat.gateway.http.server import Server
    from tui_chat.gateway.proxy.upstream import Upstream
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)

LOG_NAME: Final = "gateway.log"
_PARENT_CHECK_S: Final = 1.0
_MAX_FILES: Final = 65_536


async def serve(launch: Launch, listening: ListenAddress) -> None:
    """Serve until a stop signal arrives.

    Raises:
        TuiChatError: The address, the endpoint or the database is unusable.
    """
    listening.check()
    # Imported here, because only this command needs them.
    from tui_chat.gateway.http.routes import make_app
    from tui_chat.gateway.http.server import ShutdownFlag, make_server
    from tui_chat.gateway.proxy.completions import CompletionService

    log_to(launch.paths.log_file.with_name(LOG_NAME))
    for problem in launch.settings.problems:
        sys.stderr.write(f"tui-chat: {problem.message}\n")
    _allow_many_connections()
    async with AsyncExitStack() as stack:
        listener = open_listener(listening)
        stack.callback(listener.close)
        upstreams = await open_upstreams(launch, listening.profiles)
        for upstream in upstreams.values():
            stack.push_async_callback(upstream.aclose)
            # Opened here, so that errors are reported at start-up.
            if not upstream.profile.is_embedded:
                await upstream.endpoint()
        _check_workers(listening, upstreams)
        records = await asyncio.to_thread(open_records, launch.paths.data_dir, listening.database)
        stack.callback(records.close)
        accounting = Accounting(records)
        stack.push_async_callback(accounting.aclose)
        await accounting.start()
        revocation = RevocationWatch(records.all_codes, records.code_changes)
        stack.push_async_callback(revocation.aclose)
        revocation.start()
        stopping = ShutdownFlag()
        load = listening.load_limits()
        observers, end_metrics = _observers(listening, load)
        stack.callback(end_metrics)
        service = CompletionService(
            Catalog(upstreams), accounting, revocation, stopping, load, observers
        )
        server = make_server(
            make_app(service, listening.allowed_origins()),
            stopping,
            grace_s=listening.grace_s,
            load=load,
            show_message=_print,
            tls_cert=listening.tls_cert,
            tls_key=listening.tls_key,
        )
        for upstream in upstreams.values():
            upstream.start()
        if listening.worker == 0:
            _print(_welcome(listening, listener, list(upstreams)))
            if not any(code.revoked_at is None for code in await records.all_codes()):
                _print(_("There are no access codes yet: tui-chat gateway codes add NAME"))
        async with _ends_with_parent(listening, server):
            await server.serve(sockets=[listener])
        await server.wait_ended()
        if listening.worker == 0:
            _print(_("The gateway has stopped."))


@asynccontextmanager
async def _ends_with_parent(listening: ListenAddress, server: Server) -> AsyncIterator[None]:
    """Stop a worker whose parent process has died, even by SIGKILL."""
    if listening.parent_pid is None:
        yield
        return

    async def watch() -> None:
        while os.getppid() == listening.parent_pid:  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(_PARENT_CHECK_S)
        server.should_exit = True

    watching = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _check_workers(listening: ListenAddress, upstreams: Mapping[str, Upstream]) -> None:
    """Reject several processes for the embedded model, which each of them would load.

    Raises:
        ConfigError: The embedded model is to be served by several processes.
    """
    is_shared = listening.workers > 1 or listening.descriptor is not None
    if is_shared and any(upstream.profile.is_embedded for upstream in upstreams.values()):
        raise ConfigError(
            _("The embedded model cannot be shared by several processes."),
            _("Leave --workers out, or run a model server of its own and name its profile."),
        )


def _observers(
    listening: ListenAddress, load: LoadLimits
) -> tuple[list[Callable[[FinishedRequest], None]], Callable[[], None]]:
    """Return the observers of finished requests, and a function that ends them.

    Raises:
        ConfigError: The metrics cannot be served.
    """
    observers: list[Callable[[FinishedRequest], None]] = []

    def end() -> None:
        """End nothing: there are no metrics."""

    if listening.logs_json:
        observers.append(log_as_json)
    if listening.metrics_port is not None:
        metrics = Metrics(lambda: load.running)
        end = metrics.serve(listening.metrics_port + listening.worker)
        observers.append(metrics)
    return observers, end


def _allow_many_connections() -> None:
    """Raise the soft limit for open files: each request needs two connections."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _welcome(listening: ListenAddress, listener: socket.socket, names: list[str]) -> str:
    host = listening.host.strip("[]")
    host = f"[{host}]" if ":" in host else host
    url = f"{listening.scheme}://{host}:{listener.getsockname()[1]}"
    shown = join_list(f"“{sanitize_line(name, 80)}”" for name in names)
    return ngettext(
        "The gateway listens at {url} and forwards to profile {names}.",
        "The gateway listens at {url} and forwards to profiles {names}.",
        len(names),
        url=url,
        names=shown,
    )


def _print(message: str) -> None:
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def run(launch: Launch, listening: ListenAddress) -> int:
    """Serve, and return the exit status."""
    if listening.workers > 1 and listening.descriptor is None:
        listening.check()
        with open_listener(listening) as listener:
            return run_workers(listener, listening.workers, sys.argv[1:])
    try:
        asyncio.run(serve(launch, listening))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11", "anyio"):
            raise
        raise ConfigError(
            _("The gateway needs packages that are not installed (starlette and uvicorn)."),
            _('Run: pip install ".[gateway]"'),
        ) from error
    return 0
