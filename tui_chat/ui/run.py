"""Runs the full-screen chat until everything is saved."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

# Textual reads these at import. Its 60 frames per second add up to 16 ms to every key. A lone Esc
# may be the start of a key sequence; only over a network the rest of it takes up to 100 ms.
os.environ.setdefault("TEXTUAL_FPS", "120")
if "SSH_CONNECTION" not in os.environ:
    os.environ.setdefault("ESCDELAY", "25")

from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.app import ChatApp
from tui_chat.ui.open_services import open_services
from tui_chat.ui.terminal.gc_tuning import tune_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.session.launch import Launch
    from tui_chat.session.saving.shutdown_recovery import UnsavedWork
    from tui_chat.session.services import Services


_SWITCH_S: Final = 0.0005
"""Thread switch interval. With Python's 5 ms each step of a save waits that long while an answer is
drawn, and a question after Esc waits for the save: 100 ms in a flood instead of 80 (measured,
3.11)."""


def run_chat(launch: Launch) -> int:
    """Run the chat and return the exit status."""
    sys.setswitchinterval(_SWITCH_S)
    return asyncio.run(_run(launch))


async def _run(launch: Launch) -> int:
    app = ChatApp(launch, _open)
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        # Not supported on Windows, where only the end of the terminal ends the app.
        with suppress(NotImplementedError, AttributeError):
            loop.add_signal_handler(getattr(signal, name), app.leave)
    try:
        await app.run_async(mouse=launch.ui.mouse)
    finally:
        rest = await app.close_services()
        if rest is not None:
            _report_unsaved(rest, launch)
    return app.return_code or 0


def _report_unsaved(rest: UnsavedWork, launch: Launch) -> None:
    """Write unsaved messages to files and report where they are."""
    from tui_chat.import_export.export.rescue_files import write_rescue_files

    text = write_rescue_files(rest.transcripts, rest.reason, launch.paths.state_dir)
    # The terminal may be gone.
    with suppress(OSError):
        if text:
            sys.stderr.write(f"tui-chat: {sanitize(text)}\n")
            sys.stderr.flush()


async def _open(launch: Launch, progress: Callable[[str], None]) -> Services:
    services = await open_services(launch, progress)
    tune_collection()
    return services
