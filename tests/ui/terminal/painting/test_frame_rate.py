from __future__ import annotations

from tui_chat.ui.terminal.painting.frame_rate import LOCAL_FRAME_S, REMOTE_FRAME_S, frame_s


def test_a_remote_terminal_gets_fewer_frames() -> None:
    assert frame_s({}) == LOCAL_FRAME_S
    assert frame_s({"SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}) == REMOTE_FRAME_S
    assert frame_s({"SSH_TTY": "/dev/pts/1"}) == REMOTE_FRAME_S
