"""Checks whether the embedded model is installed and starts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import Profile
from tui_chat.core.text.quantities import byte_size, milliseconds
from tui_chat.local_model.model_file import (
    ENGINE_PACKAGE,
    find_model,
    is_engine_installed,
    missing_packages,
)
from tui_chat.local_model.supervisor import Engine, EngineOptions
from tui_chat.session.endpoints.embedded_model import EMBEDDED_NAME

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.core.profile import Secret
    from tui_chat.local_model.model_file import ModelFile
    from tui_chat.session.launch import Launch

START_S: Final = 30.0
"""Long enough to read a large model file from disk."""


@dataclass(frozen=True)
class Embedded:
    """The embedded model, or the reason why there is none."""

    model: ModelFile | None
    problem: EngineError | None
    is_misconfigured: bool
    """True if the configuration names an unusable file."""

    @property
    def profile(self) -> Profile | None:
        """The profile of the embedded model."""
        if self.model is None:
            return None
        return Profile(name=EMBEDDED_NAME, base_url="", model=self.model.model_id, is_embedded=True)


def find_embedded(launch: Launch) -> Embedded:
    """Find the embedded model without starting it."""
    model_path = _model_path(launch)
    try:
        model = find_model(model_path)
    except EngineError as error:
        return Embedded(None, error, is_misconfigured=True)
    if model is None:
        return Embedded(None, EngineError(*missing_packages(model_path)), is_misconfigured=False)
    return Embedded(model, None, is_misconfigured=False)


def check_unused(embedded: Embedded, report: Report) -> None:
    """Report the embedded model when another endpoint is used."""
    if embedded.is_misconfigured and embedded.problem is not None:
        report.error("engine", embedded.problem)
    elif embedded.model is not None:
        report.ok("engine", _("installed, not used: {model}"), model=_describe(embedded.model))
    else:
        report.skipped("engine", _("not installed and not needed"))


async def start_engine(launch: Launch, embedded: Embedded, report: Report) -> Engine | None:
    """Report the parts of the embedded model and start it.

    Returns:
        A running engine, which the caller closes; None if it did not start.
    """
    if is_engine_installed():
        report.ok("engine", f"{ENGINE_PACKAGE} {_version_of(ENGINE_PACKAGE)}".rstrip())
    if embedded.model is None:
        missing = EngineError(_("The embedded model is not installed."))
        report.error("engine", embedded.problem or missing)
        return None
    report.ok("engine", _("weights: {model}"), model=_describe(embedded.model))
    settings = launch.settings.engine
    engine = Engine(
        EngineOptions(
            model_path=_model_path(launch),
            n_ctx=settings.n_ctx,
            threads=settings.threads,
            log_file=launch.paths.engine_log,
            checksums_file=launch.paths.model_checksums,
            mmproj_path=str(settings.mmproj_path) if settings.mmproj_path else None,
        )
    )
    started_at = time.monotonic()
    try:
        async with asyncio.timeout(START_S):
            address = await engine.address()
    except EngineError as error:
        report.error("engine", error)
    except TimeoutError:
        hint = _("Try a smaller model, or run this again when the machine is less busy.")
        report.failed("engine", _("not started within {seconds:g} s"), hint, seconds=START_S)
    except BaseException:
        await engine.aclose()
        raise
    else:
        took = milliseconds(time.monotonic() - started_at)
        text = _("ready after {time}, context {tokens} tokens")
        report.ok("engine", text, time=took, tokens=address.n_ctx)
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
        report.error("engine", damage)


async def engine_endpoint(
    engine: Engine, profile: Profile, report: Report
) -> tuple[Profile, Secret]:
    """Return the profile with the address of a running engine, and its token.

    Raises:
        EngineError: The engine has stopped.
    """
    address = await engine.address()
    report.hide([address.token])
    return replace(profile, base_url=address.base_url), address.token


def _model_path(launch: Launch) -> str | None:
    path = launch.settings.engine.model_path
    return str(path) if path else None


def _describe(model: ModelFile) -> str:
    try:
        return join_list((str(model.path), byte_size(model.path.stat().st_size)))
    except OSError:
        return str(model.path)


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
