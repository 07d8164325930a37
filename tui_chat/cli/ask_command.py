"""``tui-chat ask``: checks the flags, and selects what they ask for."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.cli.ask import ask, collect
from tui_chat.cli.ask_object import OutputOptions, requested_format
from tui_chat.cli.repeated_flags import values_of
from tui_chat.cli.tools.ask_tools import ToolFlags
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Coroutine

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.request import ResponseFormat
    from tui_chat.session.launch import Launch


def run_ask(options: argparse.Namespace, launch: Callable[[], Launch]) -> int:
    """Run `ask` and return its exit status.

    Args:
        options: The command line.
        launch: Returns flags, environment and files.

    Raises:
        TuiChatError: A flag, the schema, the input or an attached file is invalid.
    """
    parts = [options.prompt or ""]
    if not sys.stdin.isatty() and "-" not in options.attach:
        parts.append(sys.stdin.buffer.read().decode("utf-8", "replace"))
    prompt = "\n\n".join(part.strip("\n") for part in parts if part.strip())
    started = launch()
    if options.prompt_name is not None or options.values:
        started, prompt = _from_library(started, prompt, options)
    if not prompt and not options.attach:
        raise ConfigError(_("The question is empty. Give it as an argument or on standard input."))
    return asyncio.run(_ask_work(started, prompt, options))


def _from_library(launch: Launch, given: str, options: argparse.Namespace) -> tuple[Launch, str]:
    """Return the start-up parameters and the question of a prompt of the library.

    Raises:
        ConfigError: The prompt cannot be used, or a value is missing.
    """
    from tui_chat.cli.prompts.filled_prompt import find_prompt, question_of, with_prompt

    prompt = find_prompt(launch, options)
    if prompt is None:
        return launch, given
    for problem in prompt.problems:
        sys.stderr.write(f"tui-chat: {problem}\n")
    if prompt.schema and not (hasattr(options, "schema") or hasattr(options, "format")):
        from tui_chat.structured.schemas.prompt_schema import prompt_schema

        schema = prompt_schema(prompt.schema, launch.paths.config_file)
        options.prompt_format = schema.response_format
    question = question_of(prompt, given, options.values, launch)
    return with_prompt(launch, prompt), question


def _ask_work(
    launch: Launch, prompt: str, options: argparse.Namespace
) -> Coroutine[None, None, int]:
    """Return the coroutine that the flags of `ask` select.

    Raises:
        ConfigError: A flag, the schema or the input is invalid.
    """
    name, schema = getattr(options, "format", None), getattr(options, "schema", None)
    of_prompt: ResponseFormat | None = getattr(options, "prompt_format", None)
    response_format = requested_format(launch, name, schema) if of_prompt is None else of_prompt
    output_options = OutputOptions(
        response_format, options.send_as, options.strict, options.json, options.over_limit
    )
    is_batch = options.input or options.output or options.count is not None
    for flag, is_given in (("--strict", options.strict), ("--send-as", options.send_as)):
        if is_given and not output_options.is_object:
            raise ConfigError(
                _("{flag} requires --schema or --format json.").format(flag=flag),
                _("Add one of them."),
            )
    if options.save and (is_batch or launch.is_temporary):
        raise ConfigError(
            _(
                "--save lists a single question among the conversations; it cannot be combined "
                "with --temporary, --input, --output or --count."
            ),
            _("Remove one of them."),
        )
    if options.continues or options.conversation is not None:
        launch = _continued(launch, options.conversation, is_batch=bool(is_batch))
    flags = ToolFlags.of(options)
    attachments = _attachments(options, is_offline=launch.is_offline)
    if len(models := values_of(options, "model")) > 1 or len(values_of(options, "profile")) > 1:
        from tui_chat.cli.ask_several import Question, ask_several

        _require_single(is_batch=bool(is_batch))
        _require_no_tools(flags)
        question = Question(prompt, attachments, is_listed=options.save)
        profiles = values_of(options, "profile")
        return ask_several(launch, question, output_options, models=models, profiles=profiles)
    if not is_batch:
        return ask(
            launch,
            prompt,
            output_options,
            is_listed=options.save,
            attachments=attachments,
            flags=flags,
        )
    _require_no_tools(flags)
    if not output_options.is_object:
        raise ConfigError(
            _("--input, --count and --output require --schema or --format json."),
            _("Add one of them."),
        )
    count = 1 if options.count is None else options.count
    if count < 1:
        raise ConfigError(_("--count must be 1 or more."))
    questions, files = [prompt], list[tuple[Path, ...]]()
    if options.input:
        from tui_chat.cli.attach import row_files
        from tui_chat.structured.batch_rows import fill_templates, read_rows

        rows = read_rows(Path(options.input))
        questions = fill_templates(prompt, rows)
        files = row_files(rows, Path(options.input), options.attach_root)
    output = Path(options.output) if options.output else None
    from tui_chat.cli.ask_batch import BatchFiles

    batch_files = BatchFiles(attachments, files)
    return collect(launch, questions, output_options, count=count, output=output, files=batch_files)


def _attachments(options: argparse.Namespace, *, is_offline: bool) -> list[Attachment]:
    """Return the files to send with the question."""
    if not options.attach:
        return []
    # Imported late: most questions have no file.
    from tui_chat.cli.attach import read_files

    return read_files(options.attach, sys.stdin.buffer.read, is_offline=is_offline)


def _require_single(*, is_batch: bool) -> None:
    if is_batch:
        raise ConfigError(
            _("Several models answer a single question, without --input, --count or --output."),
            _("Name one model, or remove the flag."),
        )


def _require_no_tools(flags: ToolFlags) -> None:
    if flags.tools:
        raise ConfigError(
            _("--tools is for a single question to one model."), _("Remove one of the flags.")
        )


def _continued(launch: Launch, words: str | None, *, is_batch: bool) -> Launch:
    """Return the start-up parameters that continue a saved conversation."""
    if is_batch:
        raise ConfigError(
            _("-c and --in ask a single question; they exclude --input, --output and --count."),
            _("Remove one of them."),
        )
    from tui_chat.cli.shell.named_conversation import continued

    return continued(launch, words)
