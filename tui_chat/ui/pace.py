"""How often a growing answer is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

LOCAL_FRAME_S: Final = 1 / 30
REMOTE_FRAME_S: Final = 1 / 12
"""Any scroll repaints the whole view, about 15 kB: a third of a megabyte a second at 30 frames."""


def frame_s(env: Mapping[str, str]) -> float:
    """Return the time between two frames in seconds: fewer frames where each has a long way."""
    is_remote = bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
    return REMOTE_FRAME_S if is_remote else LOCAL_FRAME_S


def is_behind(app: App[Any]) -> bool:
    """Say whether the terminal has not taken the last frames yet, so that another would wait."""
    return bool(getattr(app._driver, "is_behind", False))
