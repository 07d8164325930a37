"""The command ``tui-chat``: reads flags, then wires everything together.

Nothing heavy is imported here: the full-screen chat and `ask` each import what they need.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations import arguments as archive
from tui_chat.cli.question_words import is_question, mistyped, parse_question
from tui_chat.gateway.commands import arguments as gateway

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Sequence

    from tui_chat.session.launch import Launch

USAGE_ERROR: Final = 2
STOPPED: Final = 130

_VALUE_FLAGS: Final = ("--profile", "--model", "--base-url", "--system", "--format", "--schema")
_MISTYPED: Final = (
    "There is no command “{0}”. Did you mean “{1}”? A question of several words stands in quotes: "
    'tui-chat "..."; one of a single word follows two dashes: tui-chat -- {0}'
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    _fill_in_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["help"]:
        arguments = ["--help"]
    if is_question(arguments, _COMMANDS, _VALUE_FLAGS):
        if meant := mistyped(arguments, _COMMANDS, _VALUE_FLAGS):
            _tell(_MISTYPED.format(*meant))
            return USAGE_ERROR
        options = parse_question(_chat_parser(_common_flags()), arguments)
    else:
        options = _parser().parse_args(arguments)
    from tui_chat.core.errors import TuiChatError

    try:
        return _COMMANDS.get(options.command, _chat)(options)
    except TuiChatError as error:
        _tell(error.message)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return STOPPED


def _fill_in_streams() -> None:
    """Open what the caller has closed (`>&-`), before another file gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            file = os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8")
            setattr(sys, name, file)


def _common_flags() -> argparse.ArgumentParser:
    """Return the flags that the chat, `ask` and `doctor` share."""
    import argparse

    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group("which model, and how")
    group.add_argument("--profile", metavar="NAME", help="a profile of config.toml, or “local”")
    group.add_argument("--model", metavar="ID", help="the model to ask")
    group.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible endpoint")
    group.add_argument("--system", metavar="TEXT", help="the system prompt")
    group.add_argument("--no-stream", action="store_true", help="ask for whole answers")
    group.add_argument(
        "--insecure",
        action="store_true",
        help="send the key over plain http, though others can read it on the way",
    )
    group.add_argument("--temporary", action="store_true", help="write nothing to the disk")
    group.add_argument(
        "--offline", action="store_true", help="send nothing anywhere but to this machine"
    )
    form = common.add_argument_group("an object as the answer")
    form.add_argument("--format", choices=("text", "json"), help="json: any JSON object")
    form.add_argument(
        "--schema",
        metavar="SCHEMA",
        help="the JSON Schema it must fit: a file, the name of a kept one, module:Class (Pydantic) "
        "or fields such as “name, age int, tags list”",
    )
    return common


def _chat_parser(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the parser of the full-screen chat, without commands."""
    import argparse

    from tui_chat import __version__

    parser = argparse.ArgumentParser(
        prog="tui-chat",
        parents=[common],
        description="A full-screen, keyboard-driven chat for any OpenAI-compatible endpoint. "
        "With nothing configured it talks to a small model that runs on this machine.",
        epilog='tui-chat "QUESTION" opens the chat with that question. F1 shows all keys there.',
    )
    parser.add_argument("--new", action="store_true", help="begin with a new conversation")
    parser.add_argument("--version", action="version", version=f"tui-chat {__version__}")
    return parser


def _parser() -> argparse.ArgumentParser:
    common = _common_flags()
    parser = _chat_parser(common)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    ask = commands.add_parser(
        "ask",
        parents=[common],
        help="ask one question and print the answer",
        description="Ask one question; the answer goes to standard output, all else to standard "
        "error. Exit status: 0 complete, 1 failed, 2 wrong usage, 3 interrupted or cut off, "
        "4 no valid object came, 130 stopped by Ctrl+C.",
    )
    ask.add_argument(
        "prompt", nargs="?", metavar="PROMPT", help="the question; standard input is its context"
    )
    ask.add_argument(
        "--save", action="store_true", help="list the question among the chats, to go on with it"
    )
    ask.add_argument("--json", action="store_true", help="print one JSON object; with --schema or "
        "--format json only the object that was answered")  # fmt: skip
    _add_object_flags(ask.add_argument_group("objects for scripts"))
    commands.add_parser(
        "doctor",
        parents=[common],
        help="look whether everything works, and say what to do",
        description="Look at the configuration, the saved conversations, the endpoint and the "
        "terminal: one line for each, beginning with ok, !! (wrong) or -- (not looked at). "
        "Exit status: 0 nothing is wrong, 1 something is.",
    )
    archive.add_commands(commands)
    gateway.add_commands(commands)
    return parser


def _add_object_flags(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--strict", action="store_true", help="take no repaired object")
    add(
        "--send-as",
        choices=("json_schema", "json_object", "prompt"),
        help="the strongest form the endpoint is asked in (else what it takes)",
    )
    add("--input", metavar="FILE", help="ask once for each row of a JSON Lines file; {field} in "
        "the prompt stands for a field of the row")  # fmt: skip
    add("--count", type=int, metavar="N", help="ask N times, and collect the objects")
    add("--output", metavar="FILE", help="collect the objects in a .jsonl, .json or .csv file; "
        "what is done already is not asked again")  # fmt: skip


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
    )


def _chat(options: argparse.Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _tell("The chat needs a terminal. For a single question use: tui-chat ask")
        return USAGE_ERROR
    import gc

    # No collection until the first paint; the chat tunes it afterwards.
    gc.disable()
    from tui_chat.ui.run import run_chat

    launch = _launch(options)
    form, schema = getattr(options, "format", None), getattr(options, "schema", None)
    if form or schema:
        from dataclasses import replace

        from tui_chat.cli.ask_object import wanted_format

        # A schema that is wrong is told before anything is opened.
        launch = replace(launch, response_format=wanted_format(launch, form, schema))
    return run_chat(launch)


def _ask(options: argparse.Namespace) -> int:
    parts = [options.prompt or ""]
    if not sys.stdin.isatty():
        parts.append(sys.stdin.buffer.read().decode("utf-8", "replace"))
    prompt = "\n\n".join(part.strip("\n") for part in parts if part.strip())
    if not prompt:
        _tell("There is no question. Give one as an argument or on standard input.")
        return USAGE_ERROR
    import asyncio

    try:
        return asyncio.run(_asking(_launch(options), prompt, options))
    except BrokenPipeError:
        return _reader_has_gone()


def _asking(launch: Launch, prompt: str, options: argparse.Namespace) -> Coroutine[None, None, int]:
    """Return the work that the flags of `ask` ask for.

    Raises:
        ConfigError: A flag, the schema or the input is wrong.
    """
    from pathlib import Path

    from tui_chat.cli.ask import ask, collect
    from tui_chat.cli.ask_object import OutputOptions, wanted_format
    from tui_chat.core.errors import ConfigError

    form, schema = getattr(options, "format", None), getattr(options, "schema", None)
    wanted = wanted_format(launch, form, schema)
    wish = OutputOptions(wanted, options.send_as, options.strict, options.json)
    is_many = options.input or options.output or options.count is not None
    for flag, is_given in (("--strict", options.strict), ("--send-as", options.send_as)):
        if is_given and not wish.is_object:
            raise ConfigError(f"{flag} is about objects.", "Add --schema or --format json.")
    if options.save and (is_many or launch.is_temporary):
        raise ConfigError(
            "--save lists a single question among the chats; --temporary, --input, --output and "
            "--count save none.",
            "Leave one of them out.",
        )
    if not is_many:
        return ask(launch, prompt, wish, is_listed=options.save)
    if not wish.is_object:
        raise ConfigError(
            "--input, --count and --output collect objects.", "Add --schema or --format json."
        )
    count = 1 if options.count is None else options.count
    if count < 1:
        raise ConfigError("--count must be 1 or more.")
    questions = [prompt]
    if options.input:
        from tui_chat.structured.batch_rows import fill_templates, read_rows

        questions = fill_templates(prompt, read_rows(Path(options.input)))
    output = Path(options.output) if options.output else None
    return collect(launch, questions, wish, count=count, output=output)


def _doctor(options: argparse.Namespace) -> int:
    import asyncio

    from tui_chat.cli.doctor.run import examine

    try:
        return asyncio.run(examine(_launch(options)))
    except BrokenPipeError:
        return _reader_has_gone()


def _archive(options: argparse.Namespace) -> int:
    from tui_chat.cli.conversations.run import run

    try:
        return run(options, _launch(options))
    except BrokenPipeError:
        return _reader_has_gone()
    except KeyboardInterrupt:
        return STOPPED


def _gateway(options: argparse.Namespace) -> int:
    try:
        return gateway.run(options, _launch(options))
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        return _reader_has_gone()


def _reader_has_gone() -> int:
    # Python must not complain about it at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _tell(words: str) -> None:
    sys.stderr.write(f"tui-chat: {words}\n")


_COMMANDS: Final = {
    "ask": _ask,
    "doctor": _doctor,
    "gateway": _gateway,
    "join": _gateway,
    **dict.fromkeys(archive.COMMANDS, _archive),
}
