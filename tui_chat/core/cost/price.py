"""Prices of tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

US_DOLLAR: Final = "USD"
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in currency units per million tokens, which is millionths of a unit per token."""

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None
    """For input that the endpoint had in its cache; None for the price of other input."""
    currency: str = US_DOLLAR
    """The code of the currency (ISO 4217)."""

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Return the cost in millionths of a currency unit, rounded up."""
        return math.ceil(input_tokens * self.input + output_tokens * self.output)

    def amount(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """Return the cost in currency units.

        Args:
            input_tokens: All input tokens.
            output_tokens: All output tokens.
            cached_tokens: The input tokens that the endpoint had in its cache.
        """
        cached = min(cached_tokens, input_tokens)
        at = self.input if self.cached is None else self.cached
        millionths = (input_tokens - cached) * self.input + cached * at
        return (millionths + output_tokens * self.output) / _MILLION


FREE: Final = Price()
