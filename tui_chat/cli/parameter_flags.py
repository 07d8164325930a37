"""The flags for reasoning effort and sampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _, labelled

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from tui_chat.core.parameters.parameters import Parameters

_FLAGS: Final = {
    "effort": ("LEVEL", N_("the reasoning effort: none, minimal, low, medium, high, xhigh or max")),
    "temperature": ("NUMBER", N_("0 for the most likely words, up to 2 for surprising ones")),
    "top_p": ("NUMBER", N_("choose among the likely words that make up this share, 0 to 1")),
    "max_tokens": ("NUMBER", N_("the longest answer, in tokens")),
    "seed": ("NUMBER", N_("ask for repeatable answers")),
    "frequency_penalty": ("NUMBER", N_("avoid words the more often they occurred, -2 to 2")),
    "presence_penalty": ("NUMBER", N_("avoid words that occurred, -2 to 2")),
    "stop": ("TEXT", N_("end the answer before this text; may be repeated")),
}
PARAMETER_FLAGS: Final = tuple(f"--{name.replace('_', '-')}" for name in _FLAGS)


def add_parameter_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each parameter, except the system prompt."""
    group = parser.add_argument_group(_("effort and sampling"))
    for name, (metavar, words) in _FLAGS.items():
        group.add_argument(
            f"--{name.replace('_', '-')}",
            # A name of its own: other commands have flags such as --max-tokens, too.
            dest=_dest(name),
            metavar=metavar,
            help=_(words),
            action="append" if name == "stop" else "store",
        )


def given_parameters(options: Mapping[str, object]) -> Parameters | None:
    """Return the parameters that flags set; None if there is no such flag.

    Raises:
        ConfigError: A value is invalid; the error names the flag and the valid values.
    """
    given = {name: options[_dest(name)] for name in _FLAGS if _dest(name) in options}
    if not given:
        return None
    from tui_chat.core.parameters.parameters import Parameters
    from tui_chat.core.parameters.values import MOST_STOPS, entered_value

    found = Parameters()
    for name, typed in given.items():
        flag = f"--{name.replace('_', '-')}"
        texts = typed if isinstance(typed, list) else [typed]
        try:
            values = [entered_value(name, str(text)) for text in texts]
        except ConfigError as error:
            raise ConfigError(labelled(flag, error.summary), error.hint) from None
        if None in values or len(values) > MOST_STOPS:
            text = _("{flag} is empty or given too often.").format(flag=flag)
            raise ConfigError(text, _("Change or remove it."))
        value = tuple(text for stops in values for text in stops) if name == "stop" else values[-1]
        found = found.set(name, value)
    return found


def _dest(name: str) -> str:
    return f"parameter_{name}"
