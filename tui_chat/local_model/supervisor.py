"""Supervises the child process of the embedded model: starts, restarts and stops it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.labels import N_, _
from tui_chat.core.profile import Secret
from tui_chat.local_model.child_process import Child, Crashed
from tui_chat.local_model.engine_log import EngineLog
from tui_chat.local_model.failure_messages import (
    crash_failure,
    exit_label,
    import_failure,
    load_failure,
)
from tui_chat.local_model.known_models import KnownModels
from tui_chat.local_model.model_file import ModelFile, checked_file, find_model, missing_packages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

SERVER_MODULE: Final = "tui_chat.local_model.llama_server"
_MMPROJ_HINT: Final = N_(
    "Correct [engine] mmproj_path in config.toml, or remove it; the model then sees no pictures."
)
_LAST_LINES_S: Final = 2.0
"""Seconds that a child which cannot run may take to end."""
_FORGIVEN_AFTER_S: Final = 600.0
"""After running this long, a crash counts as the first one again."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Options of the embedded model."""

    model_path: str | None
    """A GGUF file; None for the bundled weights."""
    n_ctx: int
    """Context size in tokens; 0 for the size that the model was trained with."""
    threads: int | None
    """None: one per core."""
    log_file: Path
    checksums_file: Path
    """Stores the checksums of the models that worked."""
    mmproj_path: str | None = None
    """The multimodal projector of the model; None: text only."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Address and credentials of the running model. They change when the engine restarts."""

    base_url: str
    token: Secret
    model: str
    """The model id returned by GET /models."""
    n_ctx: int
    """Context size in tokens; a model may have less than requested."""


class EngineState(StrEnum):
    """Lifecycle of the engine."""

    OFF = "off"
    STARTING = "starting"
    """Also during the restart after a crash."""
    READY = "ready"
    FAILED = "failed"
    """See `Engine.problem`; the next `Engine.start` tries again."""
    STOPPED = "stopped"
    """Closed for good."""


class Engine:
    """Runs the embedded model in a child process.

    After a crash the child is restarted once; a second crash fails the engine. Errors that a
    restart cannot fix (a damaged file, too little memory) fail it at once.

    The child also dies with the *thread* that runs the event loop, because Linux binds the parent
    death signal to threads: run the loop in a thread that lives as long as the engine.
    """

    def __init__(self, options: EngineOptions, *, module: str = SERVER_MODULE) -> None:
        """Create the supervisor; nothing is started yet.

        Args:
            options: Options of the model.
            module: The module that the child process runs.
        """
        self._options = options
        self._module = module
        self._log = EngineLog(options.log_file)
        self._state = EngineState.OFF
        self._settled = asyncio.Event()
        self._supervision: asyncio.Task[None] | None = None
        self._child: Child | None = None
        self._address: EngineAddress | None = None
        self._problem: EngineError | None = None
        self.on_notice: Callable[[str], None] = lambda message: log.warning("engine: %s", message)
        self._known = KnownModels(options.checksums_file)
        self._damage: EngineError | None = None
        self._checked = asyncio.Event()

    @property
    def state(self) -> EngineState:
        """Current state of the engine."""
        return self._state

    @property
    def problem(self) -> str:
        """Message of the error that failed the engine; empty unless it failed."""
        return self._problem.message if self._problem else ""

    @property
    def pid(self) -> int | None:
        """The child's process id while it is ready, for measurements."""
        return self._child.pid if self._child and self._state is EngineState.READY else None

    def start(self) -> None:
        """Start in the background; no effect if it runs, is starting or is closed.

        A failed engine starts again, because the user may have fixed the cause.
        """
        if self._state not in (EngineState.OFF, EngineState.FAILED):
            return
        self._problem = None
        self._enter(EngineState.STARTING)
        self._supervision = asyncio.create_task(  # noqa: TID251 - held here, ended by aclose
            self._supervise(), name="engine"
        )

    async def address(self) -> EngineAddress:
        """Wait until the model is ready and return its address; start the engine if it is off.

        Raises:
            EngineError: The model cannot run.
        """
        if self._state is EngineState.OFF:
            self.start()
        while True:
            await self._settled.wait()
            if self._state is not EngineState.READY:
                raise self._failure()
            if self._address and self._child and self._child.is_running():
                return self._address
            # The child has just ended; the supervision task will restart it.
            self._settled.clear()

    async def damage(self) -> EngineError | None:
        """Wait until the running model has been checked; return its error, or None."""
        await self._checked.wait()
        return self._damage

    async def aclose(self) -> None:
        """Stop the child and wait for its end; safe at any time and more than once."""
        supervision, self._supervision = self._supervision, None
        self._enter(EngineState.STOPPED)
        if supervision is not None:
            supervision.cancel()
            await asyncio.wait([supervision])

    async def _supervise(self) -> None:
        try:
            await self._run_until_it_fails()
        except EngineError as error:
            self._problem = error
            self._enter(EngineState.FAILED)
        except asyncio.CancelledError:
            self._enter(EngineState.STOPPED)
            raise
        except BaseException:
            # Tasks that wait for the engine must not wait forever.
            self._problem = EngineError(_("A bug in tui-chat ended the local model."))
            self._enter(EngineState.FAILED)
            raise

    async def _run_until_it_fails(self) -> None:
        model = await asyncio.to_thread(find_model, self._options.model_path)
        if model is None:
            raise EngineError(*missing_packages(self._options.model_path))
        crashes = 0
        while True:
            self._enter(EngineState.STARTING)
            began = time.monotonic()
            try:
                await self._run_one_child(model)
            except Crashed as crash:
                if time.monotonic() - began > _FORGIVEN_AFTER_S:
                    crashes = 0
                crashes += 1
                if crashes == 2:
                    raise crash_failure(
                        crash.returncode, self._log.lines(), self._log.path
                    ) from crash
                log.warning("engine: %s; restarting", exit_label(crash.returncode))

    async def _run_one_child(self, model: ModelFile) -> None:
        """Run one child until it ends.

        Raises:
            Crashed: It ended without reporting a reason.
            EngineError: It reported why it cannot run.
        """
        token = Secret(secrets.token_urlsafe(32))
        check: asyncio.Task[None] | None = None
        self._child = await self._spawn(model, token)
        try:
            report = await self._child.announcement()
            if "failed" in report:
                # The engine writes its log in a thread: the reason is complete at the end only.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._child.ended(), _LAST_LINES_S)
                raise self._reported_failure(model, report)
            self._address = EngineAddress(
                base_url=f"http://127.0.0.1:{int(report['port'])}/v1",
                token=token,
                model=model.model_id,
                n_ctx=int(report["n_ctx"]),
            )
            self._enter(EngineState.READY)
            # Not a TaskGroup: it swallows the cancellation that hurries `Child.stop`.
            check = asyncio.create_task(  # noqa: TID251 - held here, ends with the child
                self._check(model, self._child), name="checksum"
            )
            returncode = await self._child.ended()
            await check
            self._enter(EngineState.STARTING)
            raise Crashed(returncode)
        finally:
            if check is not None:
                check.cancel()
            await self._child.stop()

    async def _check(self, model: ModelFile, child: Child) -> None:
        """Report a model file that was damaged since it last worked."""
        if (damage := await asyncio.to_thread(self._known.known_damage, model)) is not None:
            self._report(damage)
        if (found := await child.checksum()) is not None:
            damage = await asyncio.to_thread(self._known.check, model, found)
            self._report(damage)
        self._checked.set()

    def _report(self, damage: EngineError | None) -> None:
        is_new = damage is not None and self._damage is None
        self._damage = damage
        if damage is not None and is_new:
            self.on_notice(damage.message)

    async def _spawn(self, model: ModelFile, token: Secret) -> Child:
        options = self._options
        log_end = self._log.open(f"starting {model.path} with a context of {options.n_ctx} tokens")
        try:
            return await Child.spawn(
                self._module,
                {
                    "model_path": str(model.path),
                    "mmproj_path": self._projector(model),
                    "model_id": model.model_id,
                    "n_ctx": options.n_ctx,
                    "threads": options.threads,
                    "token": token.reveal(),
                },
                log_end,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            summary = _("The process of the local model cannot be started: {reason}.")
            raise EngineError(summary.format(reason=reason)) from error
        finally:
            if log_end is not None:
                os.close(log_end)

    def _projector(self, model: ModelFile) -> str | None:
        """Return the projector of the model that is started; bundled weights have none."""
        path = self._options.mmproj_path
        return None if path is None or model.is_bundled else str(checked_file(path, _MMPROJ_HINT))

    def _reported_failure(self, model: ModelFile, report: dict[str, Any]) -> EngineError:
        detail = str(report.get("detail", ""))
        if report["failed"] == "import":
            return import_failure(detail)
        return load_failure(model.path, detail, self._log.lines(), self._log.path)

    def _failure(self) -> EngineError:
        if self._problem is None:
            return EngineError(_("The local model was stopped."))
        return EngineError(self._problem.summary, self._problem.hint)

    def _enter(self, state: EngineState) -> None:
        if self._state is EngineState.STOPPED:
            return
        self._state = state
        if state is EngineState.STARTING:
            self._settled.clear()
        else:
            self._settled.set()
