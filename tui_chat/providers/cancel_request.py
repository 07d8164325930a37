"""Cancel requests: ask a host to stop generating a reply that the user stopped."""

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

_TIMEOUT_S: Final = 10.0
_CLOSE_TIMEOUT_S: Final = 1.0
_ID_LIMIT: Final = 500


class CancelRequests:
    """Sends cancel requests in the background; a failure is only logged."""

    def __init__(
        self,
        profile: Profile,
        http: httpx2.AsyncClient,
        mask: Callable[[str], str],
        failures: tuple[type[Exception], ...],
    ) -> None:
        """Create the sender; without a cancel request in the profile it sends nothing.

        Args:
            profile: Defines the request.
            http: Sends the request.
            mask: Redacts secrets in a text.
            failures: The exceptions that sending may raise.
        """
        self._profile = profile
        self._http = http
        self._mask = mask
        self._failures = failures
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, response_id: str | None, *, is_stopped: bool) -> None:
        """Send the cancel request for a reply, if the profile defines one.

        Args:
            response_id: The endpoint's id of the reply; without it, only a URL that has no `{id}`
                can be requested.
            is_stopped: Whether the user stopped the reply. A failed reply is cancelled only by its
                id, because a request without an id could cancel another reply of the same host.
        """
        cancel = self._profile.cancel
        if cancel is None or not (response_id or (is_stopped and "{id}" not in cancel.url)):
            return
        url = cancel.url.replace("{base_url}", self._profile.base_url.rstrip("/"))
        # The id is untrusted input: it must not change the path.
        url = url.replace("{id}", quote((response_id or "")[:_ID_LIMIT], safe=""))
        task = asyncio.get_running_loop().create_task(self._send(cancel.method, url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Wait briefly for pending requests, then cancel them."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_TIMEOUT_S)
        for task in self._tasks:
            task.cancel()

    async def _send(self, method: str, url: str) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._http.request(method, url)
        except self._failures as error:
            log.warning("the cancel request failed: %s", self._mask(str(error)))
