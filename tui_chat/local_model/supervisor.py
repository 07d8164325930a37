"""The parent's side of the embedded model: starts it, watches over it, ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.profile import Secret
from tui_chat.local_model.child_process import Child, Crashed
from tui_chat.local_model.failure_messages import (
    crash_failure,
    how_it_ended,
    import_failure,
    load_failure,
)
from tui_chat.local_model.known_models import KnownModels
from tui_chat.local_model.log_file import EngineLog
from tui_chat.local_model.model_file import ModelFile, find_model, missing_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

SERVER_MODULE: Final = "tui_chat.local_model.llama_server"
_FORGIVEN_AFTER_S: Final = 600.0
"""A crash after so long a good time counts as the first one again."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the embedded model runs."""

    model_path: str | None
    """A GGUF file; None for the bundled weights."""
    n_ctx: int
    """Tokens of context; 0 for as many as the model was made for."""
    threads: int | None
    """None: as many as the machine has cores."""
    log_file: Path
    checksums_file: Path
    """Keeps the checksums of the models that worked."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where the embedded model answers. It changes when the engine is started anew."""

    base_url: str
    token: Secret
    model: str
    """What GET /models calls it."""
    n_ctx: int
    """How many tokens one conversation may have; a model may hold less than was wished."""


class EngineState(StrEnum):
    """How far the engine is."""

    OFF = "off"
    STARTING = "starting"
    """Also while it is started anew after a crash."""
    READY = "ready"
    FAILED = "failed"
    """See `Engine.problem`; the next `Engine.start` tries again."""
    STOPPED = "stopped"
    """Closed for good."""


class Engine:
    """Runs the embedded model in a child process.

    A crash is mended once by a new child; a second one fails the engine. What cannot get better by
    itself (a damaged file, too little memory) fails it at once.

    The child also dies with the *thread* that runs the event loop (a habit of Linux's death
    signal): run the loop in a thread that lives as long as the engine shall.
    """

    def __init__(self, options: EngineOptions, *, module: str = SERVER_MODULE) -> None:
        """Prepare; nothing is started yet.

        Args:
            options: How the model runs.
            module: What the child process runs.
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
        self.on_notice: Callable[[str], None] = lambda words: log.warning("engine: %s", words)
        self._known = KnownModels(options.checksums_file)
        self._damage: EngineError | None = None
        self._checked = asyncio.Event()

    @property
    def state(self) -> EngineState:
        """How far the engine is."""
        return self._state

    @property
    def problem(self) -> str:
        """Why it failed and what to do, in words; empty unless it did."""
        return self._problem.message if self._problem else ""

    @property
    def pid(self) -> int | None:
        """The child's process id while it is ready, for whoever measures it."""
        return self._child.pid if self._child and self._state is EngineState.READY else None

    def start(self) -> None:
        """Begin in the background; does nothing when it runs, starts already or is closed.

        After a failure it tries again: the person may have freed memory or mended the file.
        """
        if self._state not in (EngineState.OFF, EngineState.FAILED):
            return
        self._problem = None
        self._enter(EngineState.STARTING)
        self._supervision = asyncio.create_task(  # noqa: TID251 - held here, ended by aclose
            self._supervise(), name="engine"
        )

    async def address(self) -> EngineAddress:
        """Return where the model answers, as soon as it does; starts the engine if it is off.

        Raises:
            EngineError: It does not run; the words say why and what to do.
        """
        if self._state is EngineState.OFF:
            self.start()
        while True:
            await self._settled.wait()
            if self._state is not EngineState.READY:
                raise self._failure()
            if self._address and self._child and self._child.is_running():
                return self._address
            # It has died this moment; the supervision will notice and settle it again.
            self._settled.clear()

    async def damage(self) -> EngineError | None:
        """Wait until the model that runs has been checked; return its problem, or None."""
        await self._checked.wait()
        return self._damage

    async def aclose(self) -> None:
        """End the child and wait for its end; safe at any moment and more than once."""
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
            # Nobody may wait for an engine that will never come.
            self._problem = EngineError("The local model was ended by an error of tui-chat's own.")
            self._enter(EngineState.FAILED)
            raise

    async def _run_until_it_fails(self) -> None:
        model = await asyncio.to_thread(find_model, self._options.model_path)
        if model is None:
            raise EngineError(*missing_words(self._options.model_path))
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
                log.warning("engine: %s; is started anew", how_it_ended(crash.returncode))

    async def _run_one_child(self, model: ModelFile) -> None:
        """Run one child until it ends.

        Raises:
            Crashed: It ended without a reason it knows.
            EngineError: It told why it cannot run.
        """
        token = Secret(secrets.token_urlsafe(32))
        check: asyncio.Task[None] | None = None
        self._child = await self._spawn(model, token)
        try:
            words = await self._child.announcement()
            if "failed" in words:
                raise self._told_failure(model, words)
            self._address = EngineAddress(
                base_url=f"http://127.0.0.1:{int(words['port'])}/v1",
                token=token,
                model=model.model_id,
                n_ctx=int(words["n_ctx"]),
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
        """Report a model file that was damaged since it worked."""
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
                    "model_id": model.model_id,
                    "n_ctx": options.n_ctx,
                    "threads": options.threads,
                    "token": token.reveal(),
                },
                log_end,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EngineError(f"The local model's process cannot be started: {reason}.") from error
        finally:
            if log_end is not None:
                os.close(log_end)

    def _told_failure(self, model: ModelFile, words: dict[str, Any]) -> EngineError:
        detail = str(words.get("detail", ""))
        if words["failed"] == "import":
            return import_failure(detail)
        return load_failure(model.path, detail, self._log.lines(), self._log.path)

    def _failure(self) -> EngineError:
        if self._problem is None:
            return EngineError("The local model was stopped.")
        return EngineError(self._problem.summary, self._problem.hint)

    def _enter(self, state: EngineState) -> None:
        if self._state is EngineState.STOPPED:
            return
        self._state = state
        if state is EngineState.STARTING:
            self._settled.clear()
        else:
            self._settled.set()
