"""The model that runs inside the program: whether it is there, and whether it starts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.labels import _
from tui_chat.core.profile import Profile
from tui_chat.core.text.quantities import byte_size, milliseconds
from tui_chat.local_model.model_file import (
    ENGINE_PACKAGE,
    find_model,
    is_engine_installed,
    missing_words,
)
from tui_chat.local_model.supervisor import Engine, EngineOptions
from tui_chat.session.embedded import EMBEDDED_NAME

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.core.profile import Secret
    from tui_chat.local_model.model_file import ModelFile
    from tui_chat.session.launch import Launch

START_S: Final = 30.0
"""A large file of the person's own is read from the disk meanwhile."""


@dataclass(frozen=True)
class Embedded:
    """What there is of the embedded model."""

    model: ModelFile | None
    problem: EngineError | None
    """Why there is none."""
    is_wrong: bool
    """Whether the person named a file that cannot be used."""

    @property
    def profile(self) -> Profile | None:
        """The profile that asks it."""
        if self.model is None:
            return None
        return Profile(name=EMBEDDED_NAME, base_url="", model=self.model.model_id, is_embedded=True)


def find_embedded(launch: Launch) -> Embedded:
    """Return what there is of the embedded model; nothing is started."""
    model_path = _model_path(launch)
    try:
        model = find_model(model_path)
    except EngineError as error:
        return Embedded(None, error, is_wrong=True)
    if model is None:
        return Embedded(None, EngineError(*missing_words(model_path)), is_wrong=False)
    return Embedded(model, None, is_wrong=False)


def check_unused(embedded: Embedded, report: Report) -> None:
    """Tell whether the embedded model could run, where another endpoint is asked."""
    if embedded.is_wrong and embedded.problem is not None:
        report.failed("engine", embedded.problem)
    elif embedded.model is not None:
        report.ok("engine", f"installed, not used: {_model_words(embedded.model)}")
    else:
        report.skipped("engine", "not installed, and not needed: another endpoint is asked")


async def start_engine(launch: Launch, embedded: Embedded, report: Report) -> Engine | None:
    """Tell what the embedded model consists of, and start it.

    Returns:
        A running engine, which the caller closes; None when there is none.
    """
    if is_engine_installed():
        report.ok("engine", f"{ENGINE_PACKAGE} {_version_of(ENGINE_PACKAGE)}".rstrip())
    if embedded.model is None:
        report.failed("engine", embedded.problem or EngineError("There is no embedded model."))
        return None
    report.ok("engine", f"weights: {_model_words(embedded.model)}")
    settings = launch.settings.engine
    engine = Engine(
        EngineOptions(
            model_path=_model_path(launch),
            n_ctx=settings.n_ctx,
            threads=settings.threads,
            log_file=launch.paths.engine_log,
            checksums_file=launch.paths.model_checksums,
        )
    )
    began = time.monotonic()
    try:
        async with asyncio.timeout(START_S):
            address = await engine.address()
    except EngineError as error:
        report.failed("engine", error)
    except TimeoutError:
        todo = "Try a smaller model, or run this again when the machine has less to do."
        report.wrong("engine", f"it did not start within {START_S:g} s", todo)
    except BaseException:
        await engine.aclose()
        raise
    else:
        took = milliseconds(time.monotonic() - began)
        report.ok("engine", f"ready after {took}, with a context of {address.n_ctx} tokens")
        await _check_weights(engine, report)
        return engine
    await engine.aclose()
    return None


async def _check_weights(engine: Engine, report: Report) -> None:
    try:
        async with asyncio.timeout(START_S):
            damage = await engine.damage()
    except TimeoutError:
        report.skipped("engine", _("the checksum of the model takes too long; not compared"))
        return
    if damage is not None:
        report.failed("engine", damage)


async def reached(engine: Engine, profile: Profile, report: Report) -> tuple[Profile, Secret]:
    """Return the profile of a running engine with its address, and its token.

    Raises:
        EngineError: It has died meanwhile.
    """
    address = await engine.address()
    report.hide([address.token])
    return replace(profile, base_url=address.base_url), address.token


def _model_path(launch: Launch) -> str | None:
    path = launch.settings.engine.model_path
    return str(path) if path else None


def _model_words(model: ModelFile) -> str:
    try:
        size = f", {byte_size(model.path.stat().st_size)}"
    except OSError:
        size = ""
    return f"{model.path}{size}"


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
