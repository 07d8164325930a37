"""Runs `tui-chat prompts`. Exit status: 0 done, 1 a prompt has mistakes, 2 wrong usage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.cli.conversations.output import Output
from tui_chat.config.file_paths import path_errors_as, shown_path
from tui_chat.config.prompts.fields import field_names
from tui_chat.config.prompts.import_prompts import converted, find_prompts
from tui_chat.config.prompts.prompt_folder import NEW_PROMPT, PromptFolder, checked_name
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list, labelled, ngettext
from tui_chat.core.text.cell_width import padded
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.redact_keys import KeyRedactor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tui_chat.config.prompts.import_prompts import Found
    from tui_chat.config.prompts.prompt import Prompt
    from tui_chat.session.launch import Launch

DONE: Final = 0
HAS_MISTAKES: Final = 1
_WIDEST_NAME: Final = 30


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Run one command and return its exit status.

    Args:
        options: The parsed arguments, see `arguments.add_command`.
        launch: Paths and environment.

    Raises:
        ConfigError: A name or a path is wrong, or a file cannot be read or written.
    """
    output = Output(sys.stdout, sys.stderr, KeyRedactor())
    commands = _PromptCommands(launch, output)
    return _ACTIONS[options.prompts_action](commands, options)


class _PromptCommands:
    """The actions of `tui-chat prompts`."""

    def __init__(self, launch: Launch, output: Output) -> None:
        self._launch = launch
        self._output = output
        self._folder = PromptFolder(launch.paths.config_file)

    def list_all(self, options: argparse.Namespace) -> int:
        """List all prompts with their descriptions, and the mistakes in them."""
        prompts = self._folder.all()
        if options.json:
            record = {"folder": str(self._folder.path), "prompts": [_record(it) for it in prompts]}
            self._output.json(record)
        elif not prompts:
            text = _("No prompts in {folder}. Write one: {command}")
            self._output.report(
                text.format(
                    folder=shown_path(self._folder.path), command="tui-chat prompts edit NAME"
                )
            )
        else:
            widest = max(len(prompt.name) for prompt in prompts)
            for prompt in prompts:
                name = padded(prompt.name, min(widest, _WIDEST_NAME))
                words = prompt.description or sanitize_line(prompt.body, 80)
                self._output.line(f"{name}  {sanitize_line(words, 200)}".rstrip())
        return self._report_problems(prompts)

    def show(self, options: argparse.Namespace) -> int:
        """Print the file of a prompt."""
        name = options.prompt_name
        text = self._folder.text(name)
        prompt = self._folder.load(name)
        if options.json:
            self._output.json(_record(prompt))
        else:
            self._output.line(text.removesuffix("\n"))
        return self._report_problems([prompt])

    def edit(self, options: argparse.Namespace) -> int:
        """Open a prompt in the user's editor."""
        # Imported late: the chat's own way to the editor knows the terminal.
        from tui_chat.ui.terminal.external_editor import editor_command

        name = options.prompt_name
        command = editor_command(self._launch.env)
        is_new = name not in self._folder.names()
        file = self._folder.save(name, NEW_PROMPT) if is_new else self._folder.file(name)
        try:
            status = subprocess.run([*command, str(file)], check=False).returncode  # noqa: S603 - the user's own editor
        except OSError as error:
            status, reason = -1, error.strerror or str(error)
        else:
            reason = _("it ended with the exit status {status}").format(status=status)
        if is_new and file.is_file() and file.read_text(encoding="utf-8") == NEW_PROMPT:
            # Nothing was written, so there is no new prompt.
            file.unlink()
        if status:
            text = _("The editor {editor} has failed: {reason}.")
            raise ConfigError(text.format(editor=sanitize_line(command[0], 60), reason=reason))
        if name not in self._folder.names():
            self._output.report(_("Nothing was saved."))
            return DONE
        return self._report_problems([self._folder.load(name)])

    def import_files(self, options: argparse.Namespace) -> int:
        """Import Markdown prompts; one that exists stays as it is without `--replace`."""
        path = Path(options.file)
        with path_errors_as(ConfigError, path):
            found = find_prompts(path.expanduser())
        known = set(self._folder.names())
        imported, kept = 0, []
        has_failed = False
        for one in found:
            if one.name in known and not options.replace:
                kept.append(one.name)
                continue
            try:
                self._import(one, is_dry=options.dry_run)
            except ConfigError as error:
                has_failed = True
                self._output.report(error.message)
            else:
                imported += 1
        if kept:
            text = _("There already, not replaced: {names}. Use --replace to replace them.")
            self._output.report(text.format(names=join_list(kept)))
        words = (
            ngettext("{count} prompt can be imported", "{count} prompts can be imported", imported)
            if options.dry_run
            else ngettext("{count} prompt imported", "{count} prompts imported", imported)
        )
        self._output.report(labelled(words, shown_path(self._folder.path)))
        return HAS_MISTAKES if has_failed else DONE

    def _import(self, found: Found, *, is_dry: bool) -> None:
        result = converted(found)
        checked_name(found.name)
        if not is_dry:
            self._folder.save(found.name, result.text, replaces=True)
        self._output.line(f"/{found.name}")
        if result.left_out:
            text = _("{name}: left out, because it belongs to another program: {keys}.")
            self._output.report(text.format(name=found.name, keys=join_list(result.left_out)))

    def _report_problems(self, prompts: list[Prompt]) -> int:
        problems = [problem for prompt in prompts for problem in prompt.problems]
        for problem in problems:
            self._output.report(problem)
        return HAS_MISTAKES if problems else DONE


_ACTIONS: Final[dict[str | None, Callable[[_PromptCommands, argparse.Namespace], int]]] = {
    None: _PromptCommands.list_all,
    "show": _PromptCommands.show,
    "edit": _PromptCommands.edit,
    "import": _PromptCommands.import_files,
}


def _record(prompt: Prompt) -> dict[str, Any]:
    """Return the JSON object of a prompt."""
    optional = {
        name: value
        for name in ("system", "profile", "model", "schema")
        if (value := getattr(prompt, name)) is not None
    }
    return {
        "name": prompt.name,
        "description": prompt.description,
        "fields": field_names(prompt.body),
        **optional,
        "tools": list(prompt.tools),
        "text": prompt.body,
        "problems": list(prompt.problems),
    }
