"""Child process that looks one model up in the price table of the package genai-prices.

Importing the table takes a second in which nothing else of its process runs. The child reads a JSON
object with `url` and `model`, and writes one with the prices, or `null`. It connects to nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

_STEPS: Final = (1_000, 32_000, 128_000, 200_000, 256_000, 1_000_000)
"""Input tokens at which a price that depends on the length of the input may change."""
_OUTPUT: Final = 1_000
_MILLION: Final = 1_000_000
_TOLERANCE: Final = 1e-9


def main() -> int:
    """Look one model up."""
    asked = json.load(sys.stdin)
    results, sys.stdout = sys.stdout, sys.stderr
    json.dump(_prices(asked["url"], asked["model"]), results)
    return 0


def _prices(url: str, model: str) -> dict[str, Any] | None:
    from genai_prices import Usage, calc_price

    def amount(given: int, output: int = 0, cached: int = 0) -> float:
        usage = Usage(input_tokens=given, output_tokens=output, cache_read_tokens=cached)
        found = calc_price(usage, model_ref=model, provider_api_url=url)
        return float(found.total_price)

    try:
        rates = [amount(step) / step for step in _STEPS]
        small = _STEPS[0]
        output = (amount(small, output=_OUTPUT) - amount(small)) / _OUTPUT
        cached = amount(small, cached=small) / small
    except LookupError:
        return None
    same = [
        step
        for at, step in enumerate(_STEPS)
        if all(abs(rate - rates[0]) <= _TOLERANCE for rate in rates[: at + 1])
    ]
    return {
        "input": rates[0] * _MILLION,
        "output": output * _MILLION,
        "cached": cached * _MILLION,
        "up_to": None if len(same) == len(_STEPS) else same[-1],
    }


if __name__ == "__main__":
    sys.exit(main())
