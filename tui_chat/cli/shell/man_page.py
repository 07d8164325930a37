"""Writes the man page from the parser, so that both say the same."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from tui_chat import __version__
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPES: Final = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha"})


def man_page(parser: argparse.ArgumentParser) -> str:
    """Return the man page in the format of groff."""
    lines = [
        f'.TH TUI\\-CHAT 1 "" "tui\\-chat {__version__}"',
        ".SH " + _section(_("Name")),
        _text(_("tui-chat - a full-screen chat for any OpenAI-compatible endpoint")),
        ".SH " + _section(_("Synopsis")),
        ".nf",
        _text("tui-chat [OPTIONS] [QUESTION]"),
        _text("tui-chat COMMAND [OPTIONS] ..."),
        ".fi",
        ".SH " + _section(_("Description")),
        _text(parser.description or ""),
        ".PP",
        _text(parser.epilog or ""),
        ".SH " + _section(_("Options")),
        *_options(parser),
        ".SH " + _section(_("Commands")),
    ]
    for path, summary, command in _commands(parser, ()):
        usage = " ".join(command.format_usage().partition(":")[2].split())
        lines += [f".SS {_text(' '.join(path))}", _text(command.description or summary)]
        lines += [".PP", f".B {_text(usage)}", *_options(command)]
    lines += [
        ".SH " + _section(_("Environment")),
        *_item(
            "OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL", _("the endpoint without a profile")
        ),
        *_item("TUI_CHAT_PROFILE", _("the profile to use")),
        ".SH " + _section(_("Files")),
        *_item("~/.config/tui-chat/config.toml", _("profiles and settings")),
        *_item("~/.config/tui-chat/prompts", _("the prompt library")),
        *_item("~/.local/share/tui-chat/conversations.db", _("the saved conversations")),
        *_item("~/.local/state/tui-chat/log/tui-chat.log", _("the log")),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        is_group = isinstance(action, argparse._SubParsersAction)
        if is_group or action.help == argparse.SUPPRESS:
            continue
        words = (action.help or "") % {"default": action.default, "prog": parser.prog}
        yield from _item(_heading(action), words)


def _heading(action: argparse.Action) -> str:
    value = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    )
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return value
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _commands(
    parser: argparse.ArgumentParser, before: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, argparse.ArgumentParser]]:
    """Yield the commands that the help lists, with their own commands after them."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        for listed in action._choices_actions:
            command = action.choices[listed.dest]
            path = (*before, listed.dest)
            yield path, listed.help or "", command
            yield from _commands(command, path)


def _item(heading: str, words: str) -> tuple[str, str, str]:
    return ".TP", f".B {_text(heading)}", _text(words)


def _section(title: str) -> str:
    return f'"{_text(title.upper())}"'


def _text(text: str) -> str:
    """Return text that groff prints unchanged, on one line."""
    escaped = " ".join(text.split()).translate(_ESCAPES)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
