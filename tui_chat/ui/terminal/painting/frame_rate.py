"""Frame rate of a streaming answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

LOCAL_FRAME_S: Final = 1 / 25
"""25 frames/s, as in films; each frame costs some ms. The first text after a silence and typed
characters are shown at once."""
REMOTE_FRAME_S: Final = 1 / 12
"""Over a slow link: a frame is about a kilobyte, much more while a table widens."""


def frame_s(env: Mapping[str, str]) -> float:
    """Return the frame interval in seconds, longer over a slow link."""
    is_remote = bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
    return REMOTE_FRAME_S if is_remote else LOCAL_FRAME_S


def is_behind(app: App[Any]) -> bool:
    """Return whether the terminal has not consumed the last frames yet."""
    return bool(getattr(app._driver, "is_behind", False))
