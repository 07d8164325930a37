"""The command ``tui-chat``: parses the command line and runs the chat or a subcommand.

Nothing heavy is imported here: the full-screen chat and each subcommand import what they need.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations import arguments as archive
from tui_chat.cli.parameter_flags import (
    PARAMETER_FLAGS,
    add_parameter_flags,
    given_parameters,
)
from tui_chat.cli.parse_question import has_only_flags, is_question, mistyped, parse_question
from tui_chat.cli.shell import arguments as shell
from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from tui_chat.session.launch import Launch

USAGE_ERROR: Final = 2
STOPPED: Final = 130

_VALUE_FLAGS: Final = (
    *("--profile", "--model", "--base-url", "--system", "--format", "--schema"),
    *PARAMETER_FLAGS,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    _open_missing_streams()
    if argv is None:
        # Who gives the arguments has chosen the language too.
        _choose_language()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["help"]:
        arguments = ["--help"]
    if is_question(arguments, _COMMANDS, _VALUE_FLAGS):
        if guess := mistyped(arguments, _COMMANDS, _VALUE_FLAGS):
            _report(
                _(
                    "Unknown command “{typed}”. Did you mean “{command}”? Put a question of "
                    'several words in quotes: tui-chat "..."; put two dashes before a question '
                    "of one word: tui-chat -- {typed}"
                ).format(typed=guess[0], command=guess[1])
            )
            return USAGE_ERROR
        options = parse_question(_chat_parser(_common_flags()), arguments)
    elif has_only_flags(arguments, _VALUE_FLAGS):
        # The parsers of all commands would delay the first paint by 10 ms (measured).
        options = parse_question(_chat_parser(_common_flags()), arguments)
    else:
        options = _parser().parse_args(arguments)
    from tui_chat.core.advice import Face, shown_on
    from tui_chat.core.errors import TuiChatError

    is_chat = options.command not in _COMMANDS or options.command == "open"
    face = Face.CHAT if is_chat else Face.COMMAND_LINE
    try:
        with shown_on(face):
            return _COMMANDS.get(options.command, _chat)(options)
    except TuiChatError as error:
        _report(error.message)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        # Keeps Python from reporting the closed pipe again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _open_missing_streams() -> None:
    """Open the standard streams that the caller closed (`>&-`), or a file gets their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            file = os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8")
            setattr(sys, name, file)


def _choose_language() -> None:
    """Look texts up in the language of config.toml or of the locale from here on."""
    from tui_chat.config.paths import find_paths
    from tui_chat.config.ui_settings import choose_language
    from tui_chat.core.errors import ConfigError
    from tui_chat.core.text.language import language_of, use_language

    try:
        language = choose_language(find_paths(os.environ).config_file, os.environ)
    except ConfigError:
        # Reported by the command that needs the home folder.
        language = language_of(os.environ)
    use_language(language)


def _common_flags() -> argparse.ArgumentParser:
    """Return the flags that the chat, `ask` and `doctor` share."""
    import argparse

    from tui_chat.cli.argparse_texts import translate_argparse
    from tui_chat.cli.repeated_flags import repeated_action

    translate_argparse()
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group(_("model and endpoint"))
    add = group.add_argument
    repeated = repeated_action()
    add(
        "--profile",
        action=repeated,
        metavar="NAME",
        help=_("a profile of config.toml, or “local”"),
    )
    add("--model", action=repeated, metavar="ID", help=_("the model to ask"))
    add("--base-url", metavar="URL", help=_("an OpenAI-compatible endpoint"))
    add("--system", metavar="TEXT", help=_("the system prompt"))
    add("--no-stream", action="store_true", help=_("do not stream answers"))
    add(
        "--insecure",
        action="store_true",
        help=_("allow sending the key over unencrypted http to another machine"),
    )
    add("--temporary", action="store_true", help=_("save nothing to disk"))
    add("--offline", action="store_true", help=_("connect only to this machine"))
    add_parameter_flags(common)
    output = common.add_argument_group(_("structured output"))
    output.add_argument("--format", choices=("text", "json"), help=_("json: any JSON object"))
    output.add_argument(
        "--schema",
        metavar="SCHEMA",
        help=_(
            "the JSON Schema of the answer: a file, the name of a saved schema, module:Class "
            "(Pydantic) or fields such as “name, age int, tags list”"
        ),
    )
    return common


def _chat_parser(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the parser of the full-screen chat, without commands."""
    import argparse

    from tui_chat import __version__

    parser = argparse.ArgumentParser(
        prog="tui-chat",
        parents=[common],
        description=_(
            "A full-screen, keyboard-driven chat for any OpenAI-compatible endpoint. Without "
            "any configuration it uses a small model that runs on this machine."
        ),
        epilog=_(
            'tui-chat "QUESTION" opens the chat and asks the question. Press F1 there for all keys.'
        ),
    )
    parser.add_argument("--new", action="store_true", help=_("start a new conversation"))
    parser.add_argument(
        "--version",
        action="version",
        version=f"tui-chat {__version__}",
        help=_("show the version and exit"),
    )
    return parser


def _parser() -> argparse.ArgumentParser:
    from tui_chat.cli import ask_arguments
    from tui_chat.cli.local import arguments as local
    from tui_chat.cli.prompts import arguments as prompts
    from tui_chat.cli.setup import arguments as setup
    from tui_chat.cli.tools import arguments as tools
    from tui_chat.gateway.commands import arguments as gateway

    common = _common_flags()
    parser = _chat_parser(common)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    ask_arguments.add_command(commands, common)
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        help=_("check the setup, suggest fixes"),
        description=_(
            "Check the configuration, the saved conversations, the endpoint and the terminal. "
            "Each check prints one line that begins with ok, !! (failed) or -- (skipped). "
            "Exit status: 0 no check failed, 1 a check failed."
        ),
    )
    setup.add_command(commands)
    doctor.add_argument(
        "--forget",
        action="store_true",
        help=_("forget what endpoints have refused: response formats and details of requests"),
    )
    archive.add_commands(commands)
    local.add_commands(commands)
    tools.add_commands(commands)
    prompts.add_command(commands)
    gateway.add_commands(commands)
    shell.add_commands(commands, common)
    return parser


def _launch(options: argparse.Namespace) -> Launch:
    from tui_chat.config.paths import find_paths
    from tui_chat.session.launch import Launch

    given = vars(options)
    environment = dict(os.environ)
    names = ("profile", "model", "base_url", "system")
    return Launch(
        paths=find_paths(environment),
        env=environment,
        flags={name: given[name] for name in names if name in given},
        is_streaming=False if given.get("no_stream") else None,
        is_insecure=given.get("insecure", False),
        is_temporary=given.get("temporary", False),
        is_new=given.get("new", False),
        is_offline=given.get("offline", False),
        question=given.get("question", "").strip(),
        given_parameters=given_parameters(given),
    )


def _chat(options: argparse.Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _report(_("The chat needs a terminal. To ask a single question, use: tui-chat ask"))
        return USAGE_ERROR
    import gc

    # Disabled until the first paint; the chat tunes the collector afterwards.
    gc.disable()
    from tui_chat.ui.run import run_chat

    launch = _launch(options)
    if options.command == "open":
        from tui_chat.cli.shell.named_conversation import continued

        launch = continued(launch, " ".join(options.which))
    name, schema = getattr(options, "format", None), getattr(options, "schema", None)
    if name or schema:
        from dataclasses import replace

        from tui_chat.cli.ask_object import requested_format

        # Reports an invalid schema before anything is opened.
        launch = replace(launch, response_format=requested_format(launch, name, schema))
    return run_chat(launch)


def _ask(options: argparse.Namespace) -> int:
    from tui_chat.cli.ask_command import run_ask

    return run_ask(options, lambda: _launch(options))


def _doctor(options: argparse.Namespace) -> int:
    import asyncio

    from tui_chat.cli.doctor.forget import forget_refusals
    from tui_chat.cli.doctor.run import run_checks

    if options.forget:
        return forget_refusals(_launch(options).paths.state_dir)
    return asyncio.run(run_checks(_launch(options)))


def _setup(options: argparse.Namespace) -> int:
    from tui_chat.cli.setup.run import run_setup

    return run_setup(options, _launch(options))


def _archive(options: argparse.Namespace) -> int:
    from tui_chat.cli.conversations.run import run

    return run(options, _launch(options))


def _local(options: argparse.Namespace) -> int:
    from tui_chat.cli.local.run import run

    return run(options, _launch(options))


def _tools(options: argparse.Namespace) -> int:
    from tui_chat.cli.tools.run import run

    return run(options, _launch(options))


def _prompts(options: argparse.Namespace) -> int:
    from tui_chat.cli.prompts.run import run

    return run(options, _launch(options))


def _gateway(options: argparse.Namespace) -> int:
    from tui_chat.gateway.commands.arguments import run

    return run(options, _launch(options))


def _shell(options: argparse.Namespace) -> int:
    from tui_chat.cli.shell.run import run

    return run(options, _launch(options), _parser)


def _report(text: str) -> None:
    sys.stderr.write(f"tui-chat: {text}\n")


_COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "ask": _ask,
    "doctor": _doctor,
    "setup": _setup,
    "gateway": _gateway,
    "join": _gateway,
    "local": _local,
    "tools": _tools,
    "prompts": _prompts,
    **dict.fromkeys(archive.COMMANDS, _archive),
    **dict.fromkeys(shell.COMMANDS, _shell),
    "open": _chat,
}
