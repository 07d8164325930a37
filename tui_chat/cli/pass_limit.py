"""Asks in the terminal whether `tui-chat ask` may pass the monthly limit of a profile."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import OverLimit
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from tui_chat.session.accounting.monthly_limit import LimitQuestion

_TERMINAL: Final = "/dev/tty"
_MOST_BYTES: Final = 1000
_YES: Final = ("y", "yes")


def limit_question(*, is_allowed: bool) -> LimitQuestion:
    """Return a function that asks the user.

    Args:
        is_allowed: True if the limit may be passed without a question (`--over-limit`).
    """

    async def ask(refusal: OverLimit) -> bool:
        if is_allowed:
            return True
        text = _("{reason} Send it anyway? [y/N]").format(reason=refusal.message)
        answer = await _answer(sanitize(text)) if sys.stderr.isatty() else None
        if answer is None:
            # Without a terminal, the words say what to do.
            hint = _("Add --over-limit to pass it.")
            raise OverLimit(refusal.message, hint) from refusal
        return answer.strip().lower() in _YES

    return ask


async def _answer(question: str) -> str | None:
    """Return a line that the user types; None without a terminal.

    The terminal is read itself, because standard input may be the question. The event loop waits
    for it, so Ctrl+C works.
    """
    try:
        terminal = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    loop = asyncio.get_running_loop()
    is_typed = asyncio.Event()
    try:
        os.write(terminal, f"tui-chat: {question} ".encode())
        loop.add_reader(terminal, is_typed.set)
        await is_typed.wait()
        return os.read(terminal, _MOST_BYTES).decode("utf-8", "replace")
    finally:
        loop.remove_reader(terminal)
        os.close(terminal)
