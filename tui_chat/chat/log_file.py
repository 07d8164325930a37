"""The log: a private file, kept small."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.masking import mask_patterns

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

_BYTES: Final = 1_000_000
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _MaskingFormatter(logging.Formatter):
    """Masks what looks like a key in every line; an exception's words may hold one."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_patterns(super().format(record))


class _PrivateFileHandler(RotatingFileHandler):
    """Opens its file readable by its owner only."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="replace")  # noqa: PTH123


def log_to(path: Path) -> None:
    """Send the log to a file; a folder that cannot be written leaves the program without one."""
    root = logging.getLogger()
    try:
        make_private_folder(path.parent)
        handler = _PrivateFileHandler(path, maxBytes=_BYTES, backupCount=1, delay=True)
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(_MaskingFormatter(_FORMAT))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # These tell every request, and with it the endpoint's URL.
    for name in ("httpx2", "httpcore2", "openai", "asyncio", "markdown_it"):
        logging.getLogger(name).setLevel(logging.WARNING)
