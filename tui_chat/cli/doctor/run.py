"""Runs all checks of ``tui-chat doctor`` in order."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.cli.doctor.config_and_folders import (
    check_config,
    check_data_folder,
    check_log,
    check_permissions,
    check_version,
)
from tui_chat.cli.doctor.database import check_database
from tui_chat.cli.doctor.endpoint_choice import check_choice
from tui_chat.cli.doctor.found_endpoints import check_found
from tui_chat.cli.doctor.learned_rules import check_learned
from tui_chat.cli.doctor.local_model import (
    check_unused,
    engine_endpoint,
    find_embedded,
    start_engine,
)
from tui_chat.cli.doctor.report import Report
from tui_chat.cli.doctor.terminal import check_terminal
from tui_chat.cli.doctor.tools import check_tools
from tui_chat.config.endpoint_choice import choose_profile
from tui_chat.config.offline import require_offline
from tui_chat.core.errors import ConfigError, TuiChatError
from tui_chat.core.labels import _
from tui_chat.session.endpoint_check.check_endpoint import REQUESTS
from tui_chat.session.endpoint_check.check_endpoint import check_endpoint as check_remote
from tui_chat.session.endpoint_check.endpoint_request import check_requests
from tui_chat.session.endpoints.known_secrets import known_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.cli.doctor.local_model import Embedded
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch

PASSED: Final = 0
FAILED: Final = 1


async def run_checks(launch: Launch) -> int:
    """Run all checks and return the exit status: 0 if none failed, else 1."""
    # Keeps log output out of the report.
    logging.getLogger().addHandler(logging.NullHandler())
    report = Report(sys.stdout, launch.env)
    checks: tuple[tuple[str, Callable[[], Awaitable[None] | None]], ...] = (
        ("version", lambda: check_version(report)),
        ("config", lambda: report.hide(known_secrets(launch))),
        ("config", lambda: check_config(launch, report)),
        ("folders", lambda: check_permissions(launch, report)),
        ("data", lambda: check_data_folder(launch, report)),
        ("database", lambda: check_database(launch.paths.database, report)),
        ("log", lambda: check_log(launch, report)),
        ("endpoint", lambda: check_endpoint(launch, report)),
        ("found", lambda: check_found(launch, report)),
        ("tools", lambda: check_tools(launch, report)),
        ("terminal", lambda: check_terminal(launch.env, report, sys.stdin, sys.stdout)),
    )
    for name, check in checks:
        await _guarded(name, check, report)
    return PASSED if report.is_passed else FAILED


async def check_endpoint(launch: Launch, report: Report) -> None:
    """Check the chosen endpoint, or the embedded model, from the profile to an answer."""
    embedded = find_embedded(launch)
    choice = choose_profile(
        launch.settings, launch.env, launch.overrides, embedded=embedded.profile
    )
    check_choice(launch, choice, report)
    profile = choice.profile
    if profile is not None and launch.is_offline:
        try:
            profile = require_offline(profile)
        except ConfigError as error:
            report.error("network", error)
            report.skip(REQUESTS, "--offline")
            check_unused(embedded, report)
            return
    if profile is None or profile.is_embedded:
        await _check_embedded(launch, profile, embedded, report)
    else:
        await check_remote(profile, launch.env, report)
        check_learned(launch, profile, report)
        check_unused(embedded, report)


async def _check_embedded(
    launch: Launch, profile: Profile | None, embedded: Embedded, report: Report
) -> None:
    report.skip(("network",), _("the embedded model needs none"))
    engine = await start_engine(launch, embedded, report)
    if engine is None:
        report.skip(REQUESTS, _("the embedded model does not run"))
        return
    try:
        if profile is None:
            report.skip(REQUESTS, _("no profile is chosen"))
            return
        profile, token = await engine_endpoint(engine, profile, report)
        await check_requests(profile, token, report)
    except TuiChatError as error:
        report.error("engine", error)
    finally:
        await engine.aclose()


async def _guarded(name: str, check: Callable[[], Awaitable[None] | None], report: Report) -> None:
    """Run a check; report an unexpected exception and let the other checks run."""
    try:
        result = check()
        if result is not None:
            await result
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - reported as a bug
        hint = _("This is a bug in tui-chat; please report it.")
        report.failed(name, _("this check crashed ({error})"), hint, error=type(error).__name__)
