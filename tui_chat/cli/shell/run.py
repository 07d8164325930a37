"""Runs `completion`, `man-page` and `complete-names`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tui_chat.session.launch import Launch


def run(
    options: argparse.Namespace, launch: Launch, parser: Callable[[], argparse.ArgumentParser]
) -> int:
    """Run one command and return its exit status.

    Args:
        options: The parsed arguments.
        launch: Paths and environment.
        parser: Returns the parser of the program.

    Raises:
        ConfigError: The package that writes the scripts is missing.
    """
    if options.command == "complete-names":
        from tui_chat.cli.shell.names import names

        for name in names(options.kind, launch, is_described=options.described):
            sys.stdout.write(f"{name}\n")
    elif options.command == "man-page":
        from tui_chat.cli.shell.man_page import man_page

        sys.stdout.write(man_page(parser()))
    else:
        try:
            from tui_chat.cli.shell.completion import script
        except ImportError as error:
            raise ConfigError(
                _("Completion scripts need the package {name}.").format(name=error.name),
                _("Install it beside tui-chat: pip install shtab"),
            ) from error
        sys.stdout.write(f"{script(parser(), options.shell)}\n")
    sys.stdout.flush()
    return 0
