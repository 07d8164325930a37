"""The child process of a download in the background of the chat.

Protocol: it reads one JSON line with the name of the model from stdin and writes JSON lines that
report the offer of the hub, the bytes that are there, notices, and at last the files or the error.
It ends when stdin closes: the chat has ended, or the user has stopped the download. What has
arrived is kept.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from tui_chat.core.errors import TuiChatError
from tui_chat.local_model.hub.get_model import download, offer
from tui_chat.local_model.hub.hub_cache import HubCache
from tui_chat.local_model.hub.hub_client import HubClient
from tui_chat.local_model.hub.machine import Fit
from tui_chat.local_model.hub.model_reference import ModelReference, parse_reference

_INTERVAL_S: Final = 0.2


def main() -> int:
    """Download one model."""
    options = json.loads(sys.stdin.readline())
    threading.Thread(target=_exit_at_end_of_stdin, daemon=True).start()
    try:
        _get(options)
    except TuiChatError as error:
        _report(failed=error.summary, hint=error.hint)
        return 1
    return 0


def _get(options: dict[str, Any]) -> None:
    reference = parse_reference(options["name"], Path.cwd())
    assert isinstance(reference, ModelReference)  # noqa: S101 - the chat offers no files
    client = HubClient(options["env"])
    model = offer(client, reference)
    _report(size=model.files.size, is_too_large=model.fit is Fit.TOO_LARGE)
    shown_at = 0.0

    def on_bytes(done: int) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at >= _INTERVAL_S or done == model.files.size:
            shown_at = now
            _report(done=done)

    found = download(
        client,
        HubCache(Path(options["folder"])),
        model,
        on_bytes=on_bytes,
        on_notice=lambda text: _report(notice=text),
    )
    projector = str(found.projector) if found.projector else None
    _report(path=str(found.path), projector=projector)


def _report(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _exit_at_end_of_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
