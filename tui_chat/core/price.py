"""Prices of tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in currency units per million tokens, which is millionths of a unit per token."""

    input: float = 0.0
    output: float = 0.0

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Return the cost in millionths of a currency unit, rounded up."""
        return math.ceil(input_tokens * self.input + output_tokens * self.output)


FREE: Final = Price()
