"""Reads prices of a profile, and the limits that the gateway enforces for its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.caps import FORMATS, NO_URLS, Caps
from tui_chat.core.cost.cost import is_currency
from tui_chat.core.cost.price import US_DOLLAR, Price
from tui_chat.core.labels import _, join_list
from tui_chat.core.parameters.effort import EFFORTS

if TYPE_CHECKING:
    from tui_chat.config.toml_table import Table

_MAX_PRICE: Final = 1_000_000
_MAX_TOKENS: Final = 100_000_000
_MAX_FORMATS: Final = 10
_MAX_MODELS: Final = 1_000


def read_price(table: Table) -> Price | None:
    """Return the prices in the table `price`, per million tokens; None if there is none."""
    inner = table.table("price")
    if inner is None:
        return None
    prices = [inner.number(name, 0, _MAX_PRICE) for name in ("input", "output", "cached")]
    currency = inner.name("currency")
    if currency is not None and not is_currency(currency):
        hint = _("Use a code such as {example}.").format(example="USD")
        inner.reject("currency", _("{key} is not the code of a currency."), hint)
        currency = None
    inner.finish()
    return Price(prices[0] or 0.0, prices[1] or 0.0, prices[2], currency or US_DOLLAR)


def read_caps(table: Table) -> Caps:
    """Return the limits in the table `gateway`."""
    inner = table.table("gateway")
    if inner is None:
        return NO_URLS
    effort = inner.name("max_effort")
    if effort is not None and effort not in EFFORTS:
        hint = _("Use one of {values}.").format(values=join_list(EFFORTS))
        inner.reject("max_effort", _("{key} is not a reasoning effort."), hint)
        effort = None
    formats = inner.texts("formats", _MAX_FORMATS)
    if formats is not None and not set(formats) <= set(FORMATS):
        hint = _("Use one of {values}.").format(values=join_list(FORMATS))
        inner.reject("formats", _("{key} has an unknown response format."), hint)
        formats = None
    caps = Caps(
        max_tokens=inner.whole("max_tokens", 1, _MAX_TOKENS),
        effort=effort,
        tools=inner.flag("tools") is not False,
        images=inner.flag("images") is not False,
        formats=formats,
        models=inner.texts("models", _MAX_MODELS),
        urls=inner.flag("urls") is True,
    )
    inner.finish()
    return caps
