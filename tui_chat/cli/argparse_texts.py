"""Translates and wraps the texts that argparse prints: usage, headings and errors.

argparse looks its texts up in the catalog of the process; `translate_argparse` replaces that lookup
by the one of this program. The texts are listed here, so that they are extracted into the catalog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.cell_width import wrapped

if TYPE_CHECKING:
    import argparse

TEXTS: Final = (
    N_("usage: "),
    N_("%(heading)s:"),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
)


def translate_argparse() -> None:
    """Make argparse look its texts up in the catalog of `tui_chat.core.labels`."""
    import argparse

    # argparse has no setting for it; both names are the gettext imports of the module.
    vars(argparse).update(_=_, ngettext=ngettext)
    # Its own lines are measured in characters, of which Chinese ones take two cells.
    for name, method in (("_split_lines", _split_lines), ("_fill_text", _fill_text)):
        setattr(argparse.HelpFormatter, name, method)


def _split_lines(_formatter: argparse.HelpFormatter, text: str, width: int) -> list[str]:
    return wrapped(text, width)


def _fill_text(_formatter: argparse.HelpFormatter, text: str, width: int, indent: str) -> str:
    lines = wrapped(text, width - len(indent))
    return "\n".join(indent + line for line in lines)
