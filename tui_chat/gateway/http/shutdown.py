"""Whether the gateway is about to end."""

from __future__ import annotations

import asyncio


class ShutdownFlag:
    """Begins when the gateway is asked to end, and is over when its grace time is.

    Attributes:
        has_begun: Whether new requests are refused.
        over: Set when running answers must end.
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.over = asyncio.Event()

    def begin(self, grace_s: float) -> None:
        """Refuse new requests; let running ones go on for some seconds."""
        if not self.has_begun:
            self.has_begun = True
            asyncio.get_running_loop().call_later(grace_s, self.over.set)
