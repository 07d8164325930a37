"""An entry of the palette and of the list after `/`, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.ui.commands.command import Command


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or anything else that can be run by its name."""

    name: str
    """The name after the slash."""
    title: str
    """The name in the palette, translated."""
    description: str
    """A line, translated."""
    run: Callable[[], object]
    key: str = ""
    """The display name of its key; empty without one."""
    aliases: tuple[str, ...] = ()
    argument: str = ""
    """The name of the argument, translated; empty if it takes none."""
    run_with: Callable[[str], object] | None = None
    """Carries it out with an argument: the text after the name, never empty."""
    takes_lines: bool = False
    """True if the argument may have several lines."""


def entries_of(
    commands: Iterable[Command],
    key_of: Callable[[str], str],
    run: Callable[[Command], object],
    run_with: Callable[[Command, str], object] | None = None,
) -> Iterator[Entry]:
    """Yield the listed commands of a table.

    Args:
        commands: The rows of the table.
        key_of: Returns the display name of a binding's key.
        run: Carries a command out.
        run_with: Carries a command out that has an argument.
    """
    for command in commands:
        if command.is_listed:
            yield Entry(
                name=command.slash_name,
                title=_(command.title),
                description=_(command.tooltip),
                run=partial(run, command),
                key=key_of(command.binding_id) if command.key else "",
                aliases=command.aliases,
                argument=_(command.argument) if command.argument else "",
                run_with=partial(run_with, command) if command.argument and run_with else None,
            )


EntrySource = Callable[[], Iterable[Entry]]
"""Returns entries as they are now. The list after `/` takes any number of sources."""
