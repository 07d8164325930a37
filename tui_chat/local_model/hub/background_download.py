"""Downloads a model in a child process, so that the chat does not wait for disk or checksum."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import start_module
from tui_chat.core.errors import DownloadError
from tui_chat.core.labels import _
from tui_chat.local_model.hub.get_model import ModelOnDisk
from tui_chat.local_model.hub.hub_cache import hub_cache_folder
from tui_chat.local_model.hub.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MODULE: Final = "tui_chat.local_model.hub.download_process"
_VARIABLES: Final = ("HF_ENDPOINT", "HF_HUB_OFFLINE")
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file")


async def download_in_background(
    name: str,
    env: Mapping[str, str],
    *,
    on_progress: Callable[[Progress], None],
    on_notice: Callable[[str], None],
) -> ModelOnDisk:
    """Download a model and return its files. A cancellation stops it; what has arrived is kept.

    The user's token is never sent.

    Args:
        name: A name of the list or a repository.
        env: Names the hub, the folder and the proxies.
        on_progress: Called at most five times a second.
        on_notice: Receives messages about another attempt.

    Raises:
        DownloadError: It failed; what has arrived is kept.
    """
    process = await _spawn(env)
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        given = {key: value for key, value in env.items() if key in _VARIABLES}
        options = {"name": name, "env": given, "folder": str(hub_cache_folder(env))}
        process.stdin.write(json.dumps(options).encode() + b"\n")
        progress = Progress(0)
        async for line in process.stdout:
            report = json.loads(line)
            if "path" in report:
                return _found(report)
            _tell(report, progress, on_progress, on_notice)
        raise DownloadError(
            _("The download ended unexpectedly."), _("Start it again; what has arrived is kept.")
        )
    finally:
        process.stdin.close()
        with suppress(ProcessLookupError):
            process.terminate()
        await asyncio.shield(process.wait())


def _tell(
    report: dict[str, Any],
    progress: Progress,
    on_progress: Callable[[Progress], None],
    on_notice: Callable[[str], None],
) -> None:
    if "failed" in report:
        raise DownloadError(str(report["failed"]), str(report["hint"]))
    if report.get("is_too_large"):
        raise DownloadError(
            _("This machine has too little memory for this model."), _("Choose a smaller one.")
        )
    if "notice" in report:
        on_notice(str(report["notice"]))
    if "size" in report:
        progress.total = int(report["size"])
    if "done" in report:
        progress.update(int(report["done"]))
        on_progress(progress)


def _found(report: dict[str, Any]) -> ModelOnDisk:
    projector = report["projector"]
    return ModelOnDisk(Path(report["path"]), Path(projector) if projector else None)


async def _spawn(env: Mapping[str, str]) -> asyncio.subprocess.Process:
    network = {
        name: value for name, value in env.items() if name in _VARIABLES or name.lower() in _PROXIES
    }
    try:
        return await start_module(_MODULE, env=network)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DownloadError(
            _("The download cannot be started: {reason}.").format(reason=reason)
        ) from error
