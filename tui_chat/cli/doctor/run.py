"""The whole examination, in its order."""

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
from tui_chat.cli.doctor.endpoint_choice import check_choice, check_key
from tui_chat.cli.doctor.endpoint_request import check_asking
from tui_chat.cli.doctor.local_model import check_unused, find_embedded, reached, start_engine
from tui_chat.cli.doctor.network import ConnectionCheck
from tui_chat.cli.doctor.report import Report
from tui_chat.cli.doctor.terminal import check_terminal
from tui_chat.cli.doctor.tls_and_proxies import check_certificates, check_proxies
from tui_chat.config.endpoint_choice import choose_profile
from tui_chat.config.offline import kept_offline
from tui_chat.core.errors import ConfigError, TuiChatError
from tui_chat.session.known_secrets import known_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.cli.doctor.local_model import Embedded
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch

ALL_RIGHT: Final = 0
SOMETHING_WRONG: Final = 1


async def examine(launch: Launch) -> int:
    """Examine everything and return the exit status: 0 when nothing is wrong, else 1."""
    # What is wrong is told below; nothing else may stand between the lines.
    logging.getLogger().addHandler(logging.NullHandler())
    report = Report(sys.stdout, launch.env)
    sections: tuple[tuple[str, Callable[[], Awaitable[None] | None]], ...] = (
        ("version", lambda: check_version(report)),
        ("config", lambda: report.hide(known_secrets(launch))),
        ("config", lambda: check_config(launch, report)),
        ("folders", lambda: check_permissions(launch, report)),
        ("data", lambda: check_data_folder(launch, report)),
        ("database", lambda: check_database(launch.paths.database, report)),
        ("log", lambda: check_log(launch, report)),
        ("endpoint", lambda: check_endpoint(launch, report)),
        ("terminal", lambda: check_terminal(launch.env, report, sys.stdin, sys.stdout)),
    )
    for name, section in sections:
        await _guarded(name, section, report)
    return ALL_RIGHT if report.is_all_right else SOMETHING_WRONG


async def check_endpoint(launch: Launch, report: Report) -> None:
    """Tell which endpoint is meant, go there, ask it; and how it stands with the embedded one."""
    embedded = find_embedded(launch)
    choice = choose_profile(
        launch.settings, launch.env, launch.overrides, embedded=embedded.profile
    )
    check_choice(launch, choice, report)
    profile = choice.profile
    if profile is not None and launch.is_offline:
        try:
            profile = kept_offline(profile)
        except ConfigError as error:
            report.failed("network", error)
            _skip(("models", "answer"), "--offline", report)
            check_unused(embedded, report)
            return
    if profile is None or profile.is_embedded:
        await _check_inside(launch, profile, embedded, report)
    else:
        await _check_outside(launch, profile, report)
        check_unused(embedded, report)


async def _check_outside(launch: Launch, profile: Profile, report: Report) -> None:
    key, can_ask = await check_key(launch, profile, report)
    proxy, can_connect = check_proxies(profile, report)
    context = check_certificates(profile, launch.env, report)
    if can_connect:
        obstacle = await ConnectionCheck(profile, proxy, context, report).check()
    else:
        obstacle = "the proxy cannot be used"
        _skip(("DNS", "connect", "TLS"), obstacle, report)
    if not can_ask:
        obstacle = obstacle or "its key cannot be read"
    if obstacle:
        _skip(("models", "answer"), obstacle, report)
    else:
        await check_asking(profile, key, report)


async def _check_inside(
    launch: Launch, profile: Profile | None, embedded: Embedded, report: Report
) -> None:
    report.skipped("network", "skipped: the embedded model needs none")
    engine = await start_engine(launch, embedded, report)
    if engine is None:
        _skip(("models", "answer"), "there is nothing to ask", report)
        return
    try:
        if profile is None:
            _skip(("models", "answer"), "no profile is chosen", report)
            return
        profile, token = await reached(engine, profile, report)
        await check_asking(profile, token, report)
    except TuiChatError as error:
        report.failed("engine", error)
    finally:
        await engine.aclose()


def _skip(names: tuple[str, ...], reason: str, report: Report) -> None:
    for name in names:
        report.skipped(name, f"skipped: {reason}")


async def _guarded(
    name: str, section: Callable[[], Awaitable[None] | None], report: Report
) -> None:
    """Run a section; an error of our own in it must not hide what the others find."""
    try:
        ending = section()
        if ending is not None:
            await ending
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - told as what it is
        what = f"this check itself failed ({type(error).__name__})"
        report.wrong(name, what, "That is a mistake in tui-chat; please report it.")
