"""Records the demo in screenshots/demo.svg: the real program, a scripted server.

python -m tests.demo.make_demo [FILE]
python -m tests.demo.make_demo --still SECONDS FILE
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.demo.animated_svg import animated, still
from tests.demo.recorder import Recorder
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer, Drip, Pause

BACKGROUND: Final = "#121212"
SIZE: Final = (100, 30)
FIRST: Final = """\
Use `deque` with a maximum length: it drops the oldest line by itself.

```python
from collections import deque

def tail(path: str, count: int = 10) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return list(deque(file, maxlen=count))
```

| approach    | memory       | reads      |
|:------------|:-------------|:-----------|
| `deque`     | `count` lines | whole file |
| `readlines` | whole file   | whole file |
"""
SECOND: Final = """\
For a **large** file, read it backwards in blocks:

```python
def tail(path: str, count: int = 10) -> list[bytes]:
    with open(path, "rb") as file:
        file.seek(0, 2)
        block, data = file.tell(), b""
        while block > 0 and data.count(b"\\n") <= count:
            block = max(block - 4096, 0)
            file.seek(block)
            data = file.read()
    return data.splitlines()[-count:]
```

It reads a few kilobytes, however large the file is.
"""


def answer(text: str) -> Answer:
    """Return an answer that streams at the pace of a good server."""
    steps: list[Pause | Drip | bytes] = [Pause(0.4)]
    for start in range(0, len(text), 9):
        chunk = {"choices": [{"index": 0, "delta": {"content": text[start : start + 9]}}]}
        steps += [f"data: {json.dumps(chunk)}\n\n".encode(), Pause(0.03)]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": len(text) // 4}}
    for last in (end, usage):
        steps.append(f"data: {json.dumps(last)}\n\n".encode())
    return Answer((*steps, b"data: [DONE]\n\n"))


def record() -> Recorder:
    """Play the story and return its recording."""
    with Serving(answer(FIRST), answer(SECOND)) as serving, tempfile.TemporaryDirectory() as home:
        folder = Path(home, "config", "tui-chat")
        folder.mkdir(parents=True)
        config = f'profile = "work"\n[profiles.work]\nbase_url = "{serving.base_url}"\n'
        config += 'model = "qwen3.5-4b"\n'
        (folder / "config.toml").write_text(config, encoding="utf-8")
        env = {
            "HOME": home,
            **{f"XDG_{kind}_HOME": str(Path(home, kind.lower())) for kind in
               ("CONFIG", "DATA", "STATE", "CACHE")},
        }  # fmt: skip
        columns, rows = SIZE
        with PtyProgram(["-m", "tui_chat"], env=env, columns=columns, rows=rows) as program:
            recorder = Recorder(program)
            recorder.wait_for("Enter send")
            recorder.wait_for("Try")
            recorder.begin()
            recorder.show(2.2)
            recorder.type("How do I read the last lines of a file in Python?")
            recorder.press("\r")
            recorder.wait_for("whole file")
            recorder.wait_for("tokens in context")
            recorder.show(2.5)
            recorder.press("\x1b[A", 0.5)
            recorder.press("r")
            recorder.wait_for("however large")
            recorder.show(2.0)
            recorder.press("\x1b[A", 0.4)
            recorder.press("[", 1.6)
            recorder.press("]", 1.6)
            recorder.press("i", 0.3)
            recorder.type("/local")
            recorder.show(0.8)
            recorder.press("\r")
            recorder.wait_for("Models for this machine")
            recorder.press("\x1b[B", 0.6)
            recorder.press("\x1b[B", 2.4)
            recorder.press("\x1b", 1.2)
    return recorder


def main() -> None:
    """Write the animation, or one moment of it as a picture."""
    arguments = sys.argv[1:]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    recorder = record()
    if arguments[:1] == ["--still"]:
        moment, file = float(arguments[1]), Path(arguments[2])
        frame = [it for it in recorder.frames if it.at_s <= moment][-1]
        file.write_text(still(frame, BACKGROUND), encoding="utf-8")
        return
    file = Path(arguments[0] if arguments else "screenshots/demo.svg")
    file.write_text(animated(recorder.frames, recorder.end_s, BACKGROUND), encoding="utf-8")


if __name__ == "__main__":
    main()
