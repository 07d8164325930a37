"""Totals of the usage and the costs of replies, by day, model, profile or conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from tui_chat.core.cost.cost import Cost


class Grouping(StrEnum):
    """The groups of a table."""

    DAY = "day"
    MONTH = "month"
    MODEL = "model"
    PROFILE = "profile"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class ReplyUsage:
    """The usage of one saved reply."""

    at: datetime
    profile: str = ""
    model: str = ""
    conversation_id: str = ""
    title: str = ""
    """The title of the conversation."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Cost | None = None


@dataclass(slots=True)
class UsageTotal:
    """The totals of one group."""

    name: str = ""
    """The day, the month, the model, the profile or the id of the conversation."""
    title: str = ""
    """The title of a conversation."""
    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    costs: dict[str, float] = field(default_factory=dict)
    """The sum of the known costs of each currency."""
    without_cost: int = 0
    """The answers whose cost is unknown."""

    def add(self, reply: ReplyUsage) -> None:
        """Count one reply."""
        self.answers += 1
        self.input_tokens += reply.input_tokens or 0
        self.output_tokens += reply.output_tokens or 0
        if reply.cost is None:
            self.without_cost += 1
        else:
            known = self.costs.get(reply.cost.currency, 0.0)
            self.costs[reply.cost.currency] = known + reply.cost.amount


def totals(replies: Iterable[ReplyUsage], by: Grouping, zone: tzinfo | None) -> list[UsageTotal]:
    """Return the totals of each group: days and months in order, else the most expensive first.

    Args:
        replies: The replies to count.
        by: The groups.
        zone: The time zone of the days; None for the local one.
    """
    found: dict[str, UsageTotal] = {}
    for reply in replies:
        name = _name(reply, by, zone)
        group = found.setdefault(name, UsageTotal(name, reply.title))
        group.add(reply)
    if by in (Grouping.DAY, Grouping.MONTH):
        return [found[name] for name in sorted(found)]
    return sorted(
        found.values(),
        key=lambda it: (-sum(it.costs.values()), -it.input_tokens - it.output_tokens, it.name),
    )


def grand_total(replies: Iterable[ReplyUsage]) -> UsageTotal:
    """Return the total of all replies."""
    total = UsageTotal()
    for reply in replies:
        total.add(reply)
    return total


def _name(reply: ReplyUsage, by: Grouping, zone: tzinfo | None) -> str:
    if by is Grouping.DAY:
        return reply.at.astimezone(zone).strftime("%Y-%m-%d")
    if by is Grouping.MONTH:
        return reply.at.astimezone(zone).strftime("%Y-%m")
    if by is Grouping.MODEL:
        return reply.model
    return reply.profile if by is Grouping.PROFILE else reply.conversation_id
