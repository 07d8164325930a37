"""Prices from the offline table of the package genai-prices, for endpoints that the table knows."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import start_module
from tui_chat.core.cost.price import Price

if TYPE_CHECKING:
    from tui_chat.config.expiring_store import ExpiringStore
    from tui_chat.core.profile import Profile

log = logging.getLogger(__name__)

_LIBRARY: Final = "genai_prices"
_MODULE: Final = "tui_chat.session.accounting.price_child"
_LIMIT_S: Final = 60.0
_PATIENCE_S: Final = 2.0
"""Seconds that the end of the first answer of a model waits for its price."""


@dataclass(frozen=True, slots=True)
class TablePrice:
    """The price of a model, as far as it is the same for every token."""

    price: Price
    up_to: int | None = None
    """The longest input that costs this; None for any."""


class PriceTable:
    """Looks prices up in a child process; a file keeps them for some days.

    A price is used only if the table knows the address of the endpoint: another host may sell the
    same model for another price.
    """

    def __init__(self, store: ExpiringStore) -> None:
        self._store = store
        self._looking: dict[str, asyncio.Task[TablePrice | None]] = {}

    def prepare(self, profile: Profile, model: str) -> None:
        """Begin to look a price up, unless it is known already."""
        key = _key(profile, model)
        if profile.is_local or key in self._looking or find_spec(_LIBRARY) is None:
            return
        loop = asyncio.get_running_loop()
        self._looking[key] = loop.create_task(self._found(key, profile.base_url, model))

    async def price(self, profile: Profile, model: str) -> TablePrice | None:
        """Return the price of a model; None if it is unknown, or not known soon enough."""
        self.prepare(profile, model)
        if (looking := self._looking.get(_key(profile, model))) is None:
            return None
        done, _pending = await asyncio.wait([looking], timeout=_PATIENCE_S)
        return looking.result() if done else None

    async def aclose(self) -> None:
        """End what is being looked up."""
        for looking in self._looking.values():
            looking.cancel()
        if self._looking:
            await asyncio.wait(self._looking.values())
        self._looking.clear()

    async def _found(self, key: str, url: str, model: str) -> TablePrice | None:
        kept = self._store.get(key)
        if kept is None:
            kept = await _looked_up(url, model)
            if kept is not None:
                self._store.set(key, kept)
        return _table_price(kept)


async def _looked_up(url: str, model: str) -> Any:
    """Return the prices of the child as JSON; False if there are none, None if it failed."""
    process = None
    try:
        process = await start_module(_MODULE)
        # The URL may hold a token, so it is not an argument.
        asked = json.dumps({"url": url, "model": model}).encode()
        async with asyncio.timeout(_LIMIT_S):
            output, _errors = await process.communicate(asked)
        return json.loads(output) or False
    except (OSError, ValueError, TimeoutError) as error:
        log.warning("the price table cannot be used: %s", error)
        return None
    finally:
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())


def _table_price(kept: Any) -> TablePrice | None:
    if not isinstance(kept, dict):
        return None
    try:
        price = Price(float(kept["input"]), float(kept["output"]), float(kept["cached"]))
        up_to = kept["up_to"]
        return TablePrice(price, None if up_to is None else int(up_to))
    except (KeyError, TypeError, ValueError) as error:
        log.warning("a stored price is unreadable: %s", error)
        return None


def _key(profile: Profile, model: str) -> str:
    # A digest, because the path of a URL may hold a token.
    return hashlib.sha256(f"{profile.base_url} {model}".encode("utf-8", "replace")).hexdigest()[:24]
