"""Starts the child process that reads one document, with limits of time, memory and output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import child_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULE: Final = "tui_chat.attachments.extraction.child"
_START_S: Final = 10.0
"""For starting the process on a busy machine."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The result of reading a document."""

    text: str = ""
    pages: int | None = None
    """The number of pages, of which only `read_pages` were read if there are too many."""
    read_pages: int | None = None
    empty_pages: Sequence[int] = ()
    """The numbers of pages without text, from 1."""
    title: str = ""
    """The title of a web page."""
    is_main_text: bool = False
    """True if menus and the like were left out of the text of a web page."""
    data: bytes = b""
    """A converted picture; empty if the original is good."""
    problem: str = ""
    """damaged, password, too_large, timeout, no_library; empty if it was read."""


def extract(kind: str, data: bytes, *, timeout_s: float, **options: Any) -> Extracted:
    """Read a document or a picture. Blocks; the process is killed at the time limit.

    Args:
        kind: pdf, docx, xlsx, html, page (of the web), ipynb or picture.
        data: The file.
        timeout_s: The time limit.
        options: Passed to the reader.
    """
    command = [sys.executable, "-P", "-m", _MODULE, kind, json.dumps(options)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            input=data,
            capture_output=True,
            timeout=_START_S + timeout_s,
            check=False,
            env=child_environment(os.environ, sys.path),
            process_group=0,
        )
    except subprocess.TimeoutExpired:
        return Extracted(problem="timeout")
    except OSError:
        return Extracted(problem="no_process")
    head, _newline, body = done.stdout.partition(b"\n")
    try:
        fields = json.loads(head)
    except ValueError:
        # It was ended by the limit of memory or of processor time, or it crashed.
        return Extracted(problem="too_large")
    if "picture_bytes" in fields:
        return Extracted(data=body)
    return Extracted(**fields, text=body.decode("utf-8", "replace"))
