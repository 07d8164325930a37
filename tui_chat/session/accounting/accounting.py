"""Finds out what a reply cost: from the endpoint, else the profile's price, else a price table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.cost.cost import Cost, CostSource

if TYPE_CHECKING:
    from tui_chat.core.stream_events import Usage
    from tui_chat.core.turn import Turn
    from tui_chat.session.accounting.monthly_limit import LimitQuestion, MonthlyLimits
    from tui_chat.session.accounting.price_table import PriceTable
    from tui_chat.session.session import ChatSession


class Accounting:
    """The costs of all sessions. Without a figure there is no cost; none is ever estimated.

    Attributes:
        limits: Asks before the monthly limit of a profile is passed; None without limits.
    """

    def __init__(
        self, table: PriceTable | None = None, limits: MonthlyLimits | None = None
    ) -> None:
        self.limits = limits
        self._table = table

    def ask_with(self, question: LimitQuestion) -> None:
        """Ask with a function before a monthly limit is passed."""
        if self.limits is not None:
            self.limits.question = question

    async def begin(self, session: ChatSession) -> None:
        """Check the monthly limit before a request, and prepare the price of its model.

        Raises:
            OverLimit: The user does not want to pass the limit, or cannot be asked.
        """
        profile = session.profile
        if profile.is_embedded:
            return
        if self.limits is not None:
            await self.limits.check(session)
        if self._table is not None and profile.price is None and session.model is not None:
            self._table.prepare(profile, session.model)

    async def settle(self, session: ChatSession, turn: Turn) -> None:
        """Set the cost of a reply whose requests are finished."""
        if session.profile.is_embedded:
            return
        costs = [await self._cost(session, turn, usage) for usage in turn.usages]
        known = [cost for cost in costs if cost is not None]
        # A sum without one of the requests would be too low.
        if not known or len(known) < len(costs) or len({it.currency for it in known}) > 1:
            return
        least_exact = max((it.source for it in known), key=list(CostSource).index)
        cost = Cost(sum(it.amount for it in known), known[0].currency, least_exact)
        turn.set_cost(cost)
        if session.provider is not None and session.provider.exchange is not None:
            session.provider.exchange.cost = cost
        if self.limits is not None and session.is_temporary:
            self.limits.note_unsaved(session.profile, cost)

    async def aclose(self) -> None:
        """End what is being looked up."""
        if self._table is not None:
            await self._table.aclose()

    async def _cost(self, session: ChatSession, turn: Turn, usage: Usage | None) -> Cost | None:
        if usage is not None and usage.cost is not None:
            return Cost(usage.cost)
        if usage is None or usage.input_tokens is None or usage.output_tokens is None:
            return None
        profile = session.profile
        price, source, up_to = profile.price, CostSource.PROFILE, None
        if price is None and self._table is not None:
            model = session.model or turn.reply.model
            found = await self._table.price(profile, model) if model else None
            if found is not None:
                price, source, up_to = found.price, CostSource.TABLE, found.up_to
        if price is None or (up_to is not None and usage.input_tokens > up_to):
            return None
        cached = usage.cached_tokens or 0
        amount = price.amount(usage.input_tokens, usage.output_tokens, cached)
        return Cost(amount, price.currency, source)
