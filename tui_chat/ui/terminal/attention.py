"""Calls the user to the terminal: its title, a desktop notification, the bell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from textual import events

from tui_chat.ui.terminal.passthrough import passed_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BELL: Final = "\x07"
_NAME: Final = "tui-chat"
_PLAIN: Final = ("linux", "dumb", "vt100", "vt220", "eterm-color", "")
"""Terminals that may print an operating system command."""
_OSC_99: Final = ("xterm-kitty",)
_OSC_777: Final = ("foot", "foot-extra", "rxvt-unicode", "rxvt-unicode-256color")


class Attention:
    """Shows the state in the terminal's title and calls the user when an answer ends.

    Its texts are constants of the program, never outside text.
    """

    def __init__(self, write: Callable[[str], None], env: Mapping[str, str]) -> None:
        """Create it; the title is unchanged until `take_title`.

        Args:
            write: Writes to the terminal.
            env: The environment: terminal and multiplexer.
        """
        self._write = write
        self._env = env
        self._title = self._seen_title = _NAME
        self._is_title_taken = False
        self._has_focus: bool | None = None

    @property
    def has_focus(self) -> bool | None:
        """True if the terminal has the focus; None if it has never reported it."""
        return self._has_focus

    def note(self, event: events.Event) -> None:
        """Follow the focus; a key or the focus shows that the user has seen the title."""
        if isinstance(event, events.AppBlur):
            self._has_focus = False
        elif isinstance(event, events.AppFocus | events.Key | events.Paste):
            if self._has_focus is not None or isinstance(event, events.AppFocus):
                self._has_focus = True
            self.show_title(self._seen_title)

    def take_title(self) -> str:
        """Return the sequence that saves the terminal's own title and shows ours."""
        self._is_title_taken = _takes_osc(self._env)
        return f"\x1b[22;0t{_title_sequence(self._title)}" if self._is_title_taken else ""

    def give_title_back(self) -> str:
        """Return the sequence that restores the terminal's own title; the second time nothing.

        A terminal that keeps no titles shows its default for an empty one.
        """
        was_taken, self._is_title_taken = self._is_title_taken, False
        return f"{_title_sequence('')}\x1b[23;0t" if was_taken else ""

    def show_title(self, title: str, *, until_seen: str | None = None) -> None:
        """Show a title.

        Args:
            title: The title.
            until_seen: The title that replaces it at the next key or focus.
        """
        self._seen_title = title if until_seen is None else until_seen
        if title != self._title:
            self._title = title
            if self._is_title_taken:
                self._write(_title_sequence(title))

    def call(self, text: str, *, with_notification: bool = True) -> None:
        """Ring the bell, and notify the desktop if the terminal can.

        Args:
            text: The text of the notification.
            with_notification: False for the bell alone.
        """
        notification = notification_sequence(text, self._env) if with_notification else ""
        # The bell as it is: multiplexers ring it for windows in the background too.
        self._write(notification + BELL)


@runtime_checkable
class CallsAttention(Protocol):
    """An app that can call the user."""

    attention: Attention


def notification_sequence(text: str, env: Mapping[str, str]) -> str:
    """Return the sequence that notifies the desktop; empty for a terminal that would print it.

    kitty takes OSC 99; foot, rxvt and the VTE terminals (GNOME Terminal) take OSC 777; iTerm2,
    WezTerm, Ghostty and others take OSC 9, which the rest ignores. They end with BEL, because the
    string terminator would end the passthrough of GNU screen.
    """
    if not _takes_osc(env):
        return ""
    term = env.get("TERM", "")
    if env.get("KITTY_WINDOW_ID") or term in _OSC_99:
        sequence = f"\x1b]99;i={_NAME}:d=0;{_NAME}\x07\x1b]99;i={_NAME}:d=1:p=body;{text}\x07"
    elif env.get("VTE_VERSION") or term in _OSC_777:
        sequence = f"\x1b]777;notify;{_NAME};{text}\x07"
    else:
        sequence = f"\x1b]9;{_NAME}: {text}\x07"
    return passed_on(sequence, env)


def _title_sequence(title: str) -> str:
    return f"\x1b]2;{title}\x07"


def _takes_osc(env: Mapping[str, str]) -> bool:
    return env.get("TERM", "") not in _PLAIN and not env.get("INSIDE_EMACS")
