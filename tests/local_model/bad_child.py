"""A misbehaving child process, run instead of tui_chat.local_model.llama_server.

The "model" file contains its behaviour after the magic: a JSON list with one word for each start;
the last one applies to all further starts. Every start adds its process id to a file beside the
model.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.local_model.checksum import checksum

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> None:
    options = json.loads(sys.stdin.readline())
    script = Path(options["model_path"])
    starts = script.with_suffix(".starts")
    with starts.open("a", encoding="utf-8") as file:
        print(os.getpid(), file=file)
    number = len(starts.read_text(encoding="utf-8").split())
    behaviours = json.loads(script.read_bytes()[4:])
    act(behaviours[min(number, len(behaviours)) - 1], script)


def act(word: str, script: Path) -> None:
    match word:
        case "abort":
            write_log("0.00.000.100 I srv  init: all is well")
            write_log("0.00.000.200 E srv  boom: the \x1b[31mpipes\x07 burst")
            os.kill(os.getpid(), signal.SIGABRT)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "serve":
            send_report({"port": 1, "n_ctx": 512})
            sys.stdin.read()
        case "checked" | "Checked":
            announce_checked(script)
            sys.stdin.read()
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            send_report({"port": 1, "n_ctx": 512})
            while True:
                time.sleep(60)
        case "silent":
            while True:
                time.sleep(60)
        case "no-import":
            send_report(
                {"failed": "import", "detail": "libgomp.so.1: cannot open shared object file"}
            )


def announce_checked(script: Path) -> None:
    send_report({"port": 1, "n_ctx": 512})
    if (found := checksum(script)) is not None:
        send_report(found.as_json())


def write_log(line: str) -> None:
    sys.stderr.write(line + "\n")


def send_report(report: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
