"""The valid values of each parameter, and those that a user enters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.parameters.effort import EFFORTS, known_effort

if TYPE_CHECKING:
    from collections.abc import Callable

_INT64: Final = 2**63 - 1
MOST_TOKENS: Final = 100_000_000
MOST_STOPS: Final = 16
LONGEST_PROMPT: Final = 100_000
NUMBERS: Final = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
}
"""Least and greatest value of each number."""
INTEGERS: Final = {"max_tokens": (1, MOST_TOKENS), "seed": (-_INT64, _INT64)}
"""Least and greatest value of each integer."""
_QUOTED: Final = 20


def valid_value(name: str, value: Any) -> Any:
    """Return a stored value of a parameter; None if it is missing or invalid.

    Stored values may come from a file that anybody wrote.
    """
    check = _CHECKS.get(name)
    return value if check is not None and check(name, value) else None


def entered_value(name: str, text: str) -> Any:
    """Return the value that a text means; None for an empty text.

    Args:
        name: The parameter.
        text: As the user typed it.

    Raises:
        ConfigError: It is invalid; the hint has the valid values.
    """
    if name == "system_prompt":
        return text[:LONGEST_PROMPT]
    if name == "stop":
        return (text,) if text else None
    text = text.strip()
    if not text:
        return None
    if name == "effort":
        value: Any = known_effort(text)
    else:
        value = _number(text, is_integer=name in INTEGERS)
    if valid_value(name, value) is None:
        summary = _("“{value}” is not a value of {name}.")
        raise ConfigError(summary.format(value=text[:_QUOTED], name=name), allowed_values(name))
    return value


def allowed_values(name: str) -> str:
    """Return the valid values of a parameter, as a sentence."""
    if name == "effort":
        return _("Use one of {values}.").format(values=join_list(EFFORTS))
    if name in NUMBERS:
        low, high = NUMBERS[name]
        return _("Use a number from {low} to {high}.").format(low=f"{low:g}", high=f"{high:g}")
    if name == "max_tokens":
        return _("Use an integer from {low} to {high}.").format(low=1, high=MOST_TOKENS)
    return _("Use an integer.")


def _number(text: str, *, is_integer: bool) -> float | int | None:
    # Some keyboards and languages write a decimal comma.
    text = text.replace(",", ".") if text.count(",") == 1 else text
    try:
        return int(text) if is_integer else float(text)
    except ValueError:
        return None


def _is_number(name: str, value: Any) -> bool:
    low, high = NUMBERS[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and low <= value <= high


def _is_integer(name: str, value: Any) -> bool:
    low, high = INTEGERS[name]
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _are_stops(_name: str, value: Any) -> bool:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_STOPS:
        return False
    return all(isinstance(text, str) and text for text in value)


_CHECKS: Final[dict[str, Callable[[str, Any], bool]]] = {
    **dict.fromkeys(NUMBERS, _is_number),
    **dict.fromkeys(INTEGERS, _is_integer),
    "stop": _are_stops,
    "effort": lambda _name, value: value in EFFORTS if isinstance(value, str) else False,
    "system_prompt": lambda _name, value: isinstance(value, str),
}
