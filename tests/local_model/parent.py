"""A small parent process: runs an engine, prints the child's process id, and waits to be killed.

Arguments: the log file, and the event to wait for: ready or never (then it prints no id).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tui_chat.local_model.supervisor import Engine, EngineOptions


async def main() -> None:
    log_file = Path(sys.argv[1])
    engine = Engine(EngineOptions(None, 2048, None, log_file, log_file.with_name("checksums.json")))
    engine.start()
    if sys.argv[2] == "ready":
        await engine.address()
        sys.stdout.write(f"{engine.pid}\n")
        sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
