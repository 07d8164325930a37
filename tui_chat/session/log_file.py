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
    """Masks keys in every line: the ones in use, and what looks like one.

    A traceback holds the words of exceptions, and those may hold what was sent.
    """

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._secrets: set[Secret] = set()
        self._mask = Redactor()

    def keep_out(self, secret: Secret) -> None:
        self._secrets.add(secret)
        self._mask = Redactor(self._secrets)

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


_formatter: Final = _RedactingFormatter()


def redact_in_log(secret: Secret) -> None:
    """See to it that a secret never stands in the log, whole or in part."""
    _formatter.keep_out(secret)


class _PrivateFileHandler(RotatingFileHandler):
    """Opens its file readable by its owner only."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="replace")  # noqa: PTH123

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: logging's own report would land on the screen, with the message unmasked."""


def log_to(path: Path) -> None:
    """Send the log to a file; a folder that cannot be written leaves the program without one."""
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
    # These tell every request, and with it the endpoint's URL.
    for name in ("httpx2", "httpcore2", "openai", "asyncio", "markdown_it"):
        logging.getLogger(name).setLevel(logging.WARNING)
