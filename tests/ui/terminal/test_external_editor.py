from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT, rows
from tests.sse_server import Answer
from tui_chat.core.errors import ConfigError
from tui_chat.ui.terminal.external_editor import editor_command

if TYPE_CHECKING:
    from pathlib import Path

F4, UP = "\x1bOS", "\x1b[A"


@pytest.mark.parametrize(
    ("env", "installed", "wanted"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, "", ["code", "--wait"]),
        ({"VISUAL": " ", "EDITOR": "'/opt/my editor' -x"}, "", ["/opt/my editor", "-x"]),
        ({}, "vi", ["vi"]),
        ({}, "nano", ["nano"]),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX quotation")
def test_the_editor_is_chosen(env: dict[str, str], installed: str, wanted: list[str]) -> None:
    assert editor_command(env, lambda name: name if name == installed else None) == wanted


@pytest.mark.parametrize(("env", "words"), [({"EDITOR": "'vi"}, "EDITOR"), ({}, "No editor")])
def test_no_editor_is_explained(env: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        editor_command(env, lambda name: None)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal")
def test_the_terminal_is_given_away_and_taken_back(tmp_path: Path) -> None:
    """The editor waits until the test allows its end, and fails at its second start."""
    editor, may_end = tmp_path / "editor.py", tmp_path / "may end"
    editor.write_text(
        "import os, pathlib, stat, sys, time\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "mode = oct(stat.S_IMODE(file.stat().st_mode))\n"
        "print('EDITOR HAS', file.read_text(), mode, flush=True)\n"
        f"end = pathlib.Path({str(may_end)!r})\n"
        "while not end.exists():\n    time.sleep(0.02)\n"
        "end.unlink()\n"
        "file.write_text(file.read_text() + ' and 编辑\\n')\n"
        "sys.exit(3 if 'fail' in file.read_text() else 0)\n",
        encoding="utf-8",
    )
    command = shlex.join([sys.executable, str(editor)])
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    with Serving(Answer((delta("An answer."), END))) as serving:
        env = {**serving.env(), "VISUAL": command, "XDG_RUNTIME_DIR": str(runtime)}
        with PtyProgram(CHAT, env=env) as chat:
            chat.seen("127.0.0.1")
            chat.send("draft")
            chat.seen("draft")
            chat.send(F4)
            chat.seen("EDITOR HAS draft 0o600")
            may_end.touch()
            chat.seen("› draft and 编辑")
            assert "EDITOR HAS" not in chat.text
            assert list(runtime.iterdir()) == []
            chat.send("\r")
            chat.seen("An answer.")

            chat.send("fail\x18\x05")
            chat.seen("EDITOR HAS fail")
            may_end.touch()
            chat.seen("ended with an error (3)")
            assert "and 编辑" not in chat.text.rpartition("›")[2]

            # An edited answer is another version.
            chat.send("\x7f" * 4)
            chat.seen("Ask anything")
            chat.send(f"{UP}{F4}")
            chat.seen("EDITOR HAS An answer.")
            may_end.touch()
            chat.seen("2/2")
            chat.send("\x11")
            assert chat.ended() == 0
    assert [row[1] for row in rows()] == ["draft and 编辑", "An answer.", "An answer. and 编辑"]
