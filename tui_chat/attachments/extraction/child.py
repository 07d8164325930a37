"""Child process that reads one document from stdin and writes its text to stdout.

The output is a line of JSON, then the text or the picture. A hostile file ends this process only.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BYTES: Final = 2 << 30
_MOST_PROCESSOR_S: Final = 60
MOST_CHARACTERS: Final = 4_000_000
"""The longest text that is returned; more than any context."""

Result = tuple[dict[str, Any], bytes]


def main(arguments: list[str]) -> int:
    """Read one document."""
    kind, options = arguments[0], json.loads(arguments[1])
    data, results = sys.stdin.buffer.read(), sys.stdout.buffer
    # Output of a library must not mix with the result.
    sys.stdout = sys.stderr
    _limit_resources()
    fields, body = _read(kind, data, options)
    results.write(json.dumps(fields).encode() + b"\n" + body)
    results.flush()
    return 0


def _read(kind: str, data: bytes, options: dict[str, Any]) -> Result:
    from tui_chat.attachments.extraction.problems import Unreadable

    try:
        return _reader(kind)(data, **options)
    except Unreadable as error:
        return {"problem": error.problem}, b""
    except ImportError:
        return {"problem": "no_library"}, b""
    except (MemoryError, RecursionError):
        return {"problem": "too_large"}, b""
    except Exception:  # noqa: BLE001 - no file may end in a traceback; the parent reports it
        return {"problem": "damaged"}, b""


def _reader(kind: str) -> Callable[..., Result]:
    if kind == "pdf":
        from tui_chat.attachments.extraction.pdf import read_pdf

        return read_pdf
    if kind == "picture":
        from tui_chat.attachments.extraction.picture import convert_picture

        return convert_picture
    if kind in ("docx", "xlsx"):
        from tui_chat.attachments.extraction import office

        return office.read_docx if kind == "docx" else office.read_xlsx
    if kind == "page":
        from tui_chat.attachments.extraction.page import read_page

        return read_page
    from tui_chat.attachments.extraction import web

    return web.read_html if kind == "html" else web.read_notebook


def _limit_resources() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_PROCESSOR_S, _MOST_PROCESSOR_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
