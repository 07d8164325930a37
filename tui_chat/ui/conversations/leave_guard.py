"""Whether the open conversation may be left: one that is nowhere saved is not lost by one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.session.session import ChatSession


class LeaveGuard:
    """Asks before a temporary conversation is left: the same wish twice is the answer."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._asked: tuple[str, int, str] | None = None

    def is_fine(self, session: ChatSession | None, draft: str) -> bool:
        """Say whether a conversation may be left now; if not, the person is told why.

        Args:
            session: The open conversation.
            draft: What stands in the prompt.
        """
        if session is None or not session.is_lost_when_left or not (session.path or draft.strip()):
            return True
        now = (session.conversation.id, len(session.tree), draft)
        if now == self._asked:
            return True
        self._asked = now
        self._say(
            "This conversation is temporary: it is gone when you leave it. The same key again "
            "leaves it; Ctrl+P, “Keep this conversation” saves it."
        )
        return False
