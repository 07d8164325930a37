"""Writes the completion scripts of bash, zsh and fish, with shtab."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

import shtab

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: Final = {
    "profile": "profiles",
    "model": "models",
    "schema": "schemas",
    "conversation": "conversations",
    "which": "conversations",
    "prompt_name": "prompts",
}
"""Kinds of names, by the attribute of the parsed arguments."""
_ZSH: Final = r"""
{name}() {{
  local -a names
  names=(${{(f)"$({command})"}})
  names=("${{(@)names//:/\:}}")
  names=("${{(@)names/$'\t'/:}}")
  _describe 'name' names
}}
"""
"""shtab would put the names into the script's own words, which runs every command at each Tab."""
_FILES: Final = frozenset(("attach", "input", "output", "file", "files"))


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the completion script of a shell."""
    for action in _actions(parser):
        if action.choices is not None or action.nargs == 0:
            continue
        if kind := _KINDS.get(action.dest):
            action.complete = _completer(kind)  # type: ignore[attr-defined]
        elif action.dest in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    text: str = shtab.complete(parser, shell)
    return text


def _completer(kind: str) -> object:
    """Return how each shell gets the names of a kind: by a command that runs when it needs them."""
    command = f"tui-chat complete-names {kind}"
    described = f"{command} --described 2>/dev/null"
    by_command: dict[str, Any] = {**shtab.cmd(f"{command} 2>/dev/null")}
    function = f"_tui_chat_{kind}"
    zsh = _ZSH.format(name=function, command=described)
    by_command["preamble"] = {**by_command["preamble"], "zsh": zsh}
    return {**by_command, "zsh": function, "fish": f"({described})"}


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from _actions(command)
