"""The commands of the shell side, and the flags of `ask` that continue a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse

COMMANDS: Final = ("open", "completion", "man-page", "complete-names")
SHELLS: Final = ("bash", "zsh", "fish")
KINDS: Final = ("profiles", "models", "conversations", "schemas", "prompts")


def add_commands(
    commands: argparse._SubParsersAction[Any], common: argparse.ArgumentParser
) -> None:
    """Add the commands; those for completion and for packagers are not listed in the help."""
    opened = commands.add_parser(
        "open",
        parents=[common],
        help=_("open the chat with a saved conversation"),
        description=_("Open the full-screen chat with a saved conversation."),
    )
    opened.add_argument(
        "which",
        nargs="*",
        metavar="WORDS or ID",
        help=_("an id, its first characters, or words of the title (default: the last used one)"),
    )
    completion = commands.add_parser(
        "completion",
        help=_("print the completion script for a shell"),
        description=_(
            "Print a script that completes commands, flags, profiles, models, conversations, "
            "schemas and prompts. Completion connects to nothing and runs no key command: models "
            "are those that config.toml and saved conversations name."
        ),
        epilog=_(
            "bash: tui-chat completion bash > ~/.local/share/bash-completion/completions/tui-chat. "
            "zsh: tui-chat completion zsh > a folder of $fpath/_tui-chat. "
            "fish: tui-chat completion fish > ~/.config/fish/completions/tui-chat.fish."
        ),
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    # Without `help`, argparse leaves them out of the list of commands.
    commands.add_parser("man-page", description=_("Print the man page."))
    names = commands.add_parser(
        "complete-names", description=_("Print the names that completion offers, one per line.")
    )
    names.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    names.add_argument(
        "--described", action="store_true", help=_("after each name a tab and a description")
    )
