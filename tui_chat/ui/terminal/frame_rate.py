"""How often a growing answer is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

LOCAL_FRAME_S: Final = 1 / 25
"""As in films: nobody who reads sees more, and each frame costs some ms. The first text after a
silence and what a person types are shown at once."""
REMOTE_FRAME_S: Final = 1 / 12
"""A frame is about a kilobyte, much more while a table widens, and each has a long way."""


def frame_s(env: Mapping[str, str]) -> float:
    """Return the time between two frames in seconds: fewer frames where each has a long way."""
    is_remote = bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
    return REMOTE_FRAME_S if is_remote else LOCAL_FRAME_S


def is_behind(app: App[Any]) -> bool:
    """Say whether the terminal has not taken the last frames yet, so that another would wait."""
    return bool(getattr(app._driver, "is_behind", False))
