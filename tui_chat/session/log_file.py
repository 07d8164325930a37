"""The log: a private file, kept small."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.text.redact import Redactor

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

    from tui_chat.core.profile import Secret

_BYTES: Final = 1_000_000
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _RedactingFormatter(logging.Formatter):
    """Redacts keys in every line: known keys and texts that look like keys.

    Exception messages in tracebacks may contain parts of a request.
    """

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._secrets: set[Secret] = set()
        self._mask = Redactor()

    def redact(self, secret: Secret) -> None:
        self._secrets.add(secret)
        self._mask = Redactor(self._secrets)

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


_formatter: Final = _RedactingFormatter()


def redact_in_log(secret: Secret) -> None:
    """Redact a secret in all log lines, whole or in part."""
    _formatter.redact(secret)


class _PrivateFileHandler(RotatingFileHandler):
    """Creates its file with access for the owner only."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="replace")  # noqa: PTH123

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Ignore the error: logging would print it on the screen, with the message unredacted."""


def log_to(path: Path) -> None:
    """Write the log to a file; without a writable folder nothing is logged."""
    root = logging.getLogger()
    try:
        make_private_folder(path.parent)
        handler = _PrivateFileHandler(path, maxBytes=_BYTES, backupCount=1, delay=True)
    except (OSError, ConfigError):
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(_formatter)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # These log every request with the URL of the endpoint.
    for name in ("httpx2", "httpcore2", "openai", "asyncio", "markdown_it"):
        logging.getLogger(name).setLevel(logging.WARNING)
