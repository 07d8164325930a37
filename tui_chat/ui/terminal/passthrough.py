"""Wraps escape sequences so that a multiplexer passes them on to the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# GNU screen takes device control strings of 768 bytes at most.
_SCREEN_PIECE: Final = 512


def passed_on(sequence: str, env: Mapping[str, str]) -> str:
    """Return a sequence as the terminal behind tmux or GNU screen receives it.

    Args:
        sequence: An escape sequence; inside GNU screen it must not contain a string terminator.
        env: The environment, which names the multiplexer.
    """
    if env.get("TMUX"):
        return tmux_wrapped(sequence)
    if env.get("STY") or env.get("TERM", "").startswith("screen"):
        return screen_wrapped(sequence)
    return sequence


def tmux_wrapped(sequence: str) -> str:
    """Return a sequence wrapped for tmux passthrough."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def screen_wrapped(sequence: str) -> str:
    """Return a sequence wrapped for GNU screen passthrough."""
    pieces = range(0, len(sequence), _SCREEN_PIECE)
    return "".join(f"\x1bP{sequence[at : at + _SCREEN_PIECE]}\x1b\\" for at in pieces)
