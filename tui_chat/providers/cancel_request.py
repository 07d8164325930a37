"""The requests that tell a host to stop working on an answer that was given up."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from tui_chat.core.profile import Profile

log = logging.getLogger(__name__)

_PATIENCE_S: Final = 10.0
_LAST_PATIENCE_S: Final = 1.0
_ID_LIMIT: Final = 500


class CancelRequests:
    """Sends them and never waits for them; a failure is only logged."""

    def __init__(
        self,
        profile: Profile,
        http: httpx2.AsyncClient,
        mask: Callable[[str], str],
        failures: tuple[type[Exception], ...],
    ) -> None:
        """Prepare for a profile; most name no such request, and then nothing is ever sent.

        Args:
            profile: Names the request.
            http: Sends it.
            mask: Takes secrets out of a text.
            failures: What may be raised when it cannot be sent.
        """
        self._profile = profile
        self._http = http
        self._mask = mask
        self._failures = failures
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, response_id: str | None, *, is_stopped: bool) -> None:
        """Send the request for an answer, if there is one to send.

        Args:
            response_id: As the endpoint named the answer; without it, only a URL that holds no
                `{id}` can be asked.
            is_stopped: Whether the person gave the answer up. One that failed is only cancelled by
                its id, or another one of the same host might be meant.
        """
        cancel = self._profile.cancel
        if cancel is None or not (response_id or (is_stopped and "{id}" not in cancel.url)):
            return
        url = cancel.url.replace("{base_url}", self._profile.base_url.rstrip("/"))
        # The id comes from outside: it must not lead to another path.
        url = url.replace("{id}", quote((response_id or "")[:_ID_LIMIT], safe=""))
        task = asyncio.get_running_loop().create_task(self._send(cancel.method, url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Let what is under way end, but not for long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_PATIENCE_S)
        for task in self._tasks:
            task.cancel()

    async def _send(self, method: str, url: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._http.request(method, url)
        except self._failures as error:
            log.warning("the cancel request failed: %s", self._mask(str(error)))
