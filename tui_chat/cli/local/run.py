"""Runs `tui-chat local`. Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl+C."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations.output import Output
from tui_chat.cli.local.listing import Listing
from tui_chat.cli.local.progress_line import ProgressLine
from tui_chat.config.editing.engine_model import set_engine_model
from tui_chat.config.file_paths import shown_path
from tui_chat.config.paths import home_folder
from tui_chat.core.errors import ConfigError, DownloadError, EngineError
from tui_chat.core.labels import N_, _, join_list, join_sentences
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.local_model.hub.find_installed import find_installed, is_built_in
from tui_chat.local_model.hub.get_model import OfferedModel, download, missing_bytes, offer
from tui_chat.local_model.hub.hub_cache import HubCache, hub_cache_folder
from tui_chat.local_model.hub.hub_client import HubClient
from tui_chat.local_model.hub.machine import Fit, memory_bytes, needed_memory
from tui_chat.local_model.hub.model_reference import parse_reference
from tui_chat.local_model.model_file import checked_file, is_engine_installed, missing_packages

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from tui_chat.session.launch import Launch

DONE: Final = 0
FAILED: Final = 1
STOPPED: Final = 130
_FILE_HINT: Final = N_("Name another file, a repository, or a model of `tui-chat local`.")


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Run one command and return its exit status.

    Args:
        options: The parsed arguments, see `arguments.add_commands`.
        launch: Paths, environment and configuration.

    Raises:
        ConfigError: A name or the configuration is wrong.
    """
    output = Output(sys.stdout, sys.stderr, KeyRedactor())
    commands = _LocalCommands(launch, output)
    try:
        return _ACTIONS[options.local_action](commands, options)
    except (DownloadError, EngineError) as error:
        output.report(error.message)
        return FAILED


class _LocalCommands:
    """The actions of `tui-chat local`."""

    def __init__(self, launch: Launch, output: Output) -> None:
        self._launch = launch
        self._output = output
        self._cache = HubCache(hub_cache_folder(launch.env))

    def show(self, options: argparse.Namespace) -> int:
        """Show what is in use, installed and on the list."""
        settings = self._launch.settings
        for problem in settings.problems:
            self._output.report(problem.message)
        listing = Listing(self._cache, settings.engine.model_path, memory_bytes())
        if options.json:
            self._output.json(listing.as_json())
        else:
            for line in listing.lines():
                self._output.line(line)
        self._output.flush()
        return DONE

    def get(self, options: argparse.Namespace) -> int:
        """Download a model, or take a file of this machine, and use it."""
        reference = parse_reference(options.name, Path.cwd())
        if isinstance(reference, Path):
            self._choose(checked_file(str(reference), _FILE_HINT), None)
            return DONE
        client = HubClient(self._launch.env, sends_token=options.with_token)
        self._output.progress(_("asking {host} …").format(host=client.host))
        model = offer(client, reference)
        self._describe(client, model)
        if not self._fits(model, is_forced=options.force):
            return FAILED
        return self._download(client, model)

    def use(self, options: argparse.Namespace) -> int:
        """Choose an installed model, or the one that comes with the program."""
        if is_built_in(options.name):
            self._choose(None, None)
            return DONE
        model = find_installed(options.name, self._cache.installed())
        self._choose(checked_file(str(model.path), _FILE_HINT), model.projector)
        return DONE

    def remove(self, options: argparse.Namespace) -> int:
        """Delete an installed model that is not in use."""
        model = find_installed(options.name, self._cache.installed())
        name = sanitize_line(model.path.name, 80)
        if model.path == self._launch.settings.engine.model_path:
            raise ConfigError(
                _("{file} is in use.").format(file=name),
                _("Choose another model first: tui-chat local use built-in"),
            )
        question = _("Delete {file} ({size}) of {repository}? [y/N] ").format(
            file=name, size=byte_size(model.size), repository=model.repository
        )
        if not options.yes and not self._agrees(question):
            self._output.report(_("Nothing was deleted."))
            return FAILED
        self._cache.remove(model)
        text = _("{file} was deleted; {size} are free again.")
        self._output.report(text.format(file=name, size=byte_size(model.size)))
        return DONE

    def _agrees(self, question: str) -> bool:
        if not sys.stdin.isatty():
            raise ConfigError(_("Deleting needs a confirmation."), _("Add --yes."))
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip().casefold() in ("y", "yes")

    def _describe(self, client: HubClient, model: OfferedModel) -> None:
        names = join_list(sanitize_line(file.name, 80) for file in model.files.all)
        text = _("{repository} at {host}: {files}, {size}, licence: {licence}.")
        self._output.report(
            text.format(
                repository=model.repository.name,
                host=client.host,
                files=names,
                size=byte_size(model.files.size),
                licence=model.repository.licence or _("not named"),
            )
        )

    def _fits(self, model: OfferedModel, *, is_forced: bool) -> bool:
        amounts = {
            "needed": byte_size(needed_memory(model.files.size)),
            "memory": byte_size(memory_bytes()),
        }
        if model.fit is Fit.TOO_LARGE and not is_forced:
            text = _(
                "It needs about {needed} of memory; this machine has {memory}. Choose a smaller "
                "one, or add --force."
            )
            self._output.report(text.format(**amounts))
            return False
        if model.fit is not Fit.COMFORTABLE:
            text = _("It needs about {needed} of the {memory} of memory here and may be slow.")
            self._output.report(text.format(**amounts))
        return True

    def _download(self, client: HubClient, model: OfferedModel) -> int:
        line = ProgressLine(self._output, model.files.size)
        try:
            found = download(
                client,
                self._cache,
                model,
                on_bytes=line.update,
                on_notice=self._output.report,
            )
        except KeyboardInterrupt:
            kept = model.files.size - missing_bytes(self._cache, model)
            text = _("Stopped. {kept} of {size} are kept; the same command continues there.")
            self._output.report(text.format(kept=byte_size(kept), size=byte_size(model.files.size)))
            return STOPPED
        self._choose(found.path, found.projector)
        return DONE

    def _choose(self, path: Path | None, projector: Path | None) -> None:
        file = self._launch.paths.config_file
        set_engine_model(file, path, projector, home_folder(self._launch.env))
        if path is None:
            text = _("The built-in model is the embedded model again (changed: {config}).")
        else:
            text = _("{file} is now the embedded model (changed: {config}).")
        name = sanitize_line(path.name, 80) if path else ""
        self._output.report(text.format(file=name, config=shown_path(file)))
        if not is_engine_installed():
            self._output.report(join_sentences(*missing_packages(str(path) if path else None)))
        elif self._launch.settings.profile not in (None, "local", "embedded"):
            self._output.report(_("Start it with: tui-chat --profile local"))


_ACTIONS: Final[Mapping[str | None, Callable[[_LocalCommands, argparse.Namespace], int]]] = {
    None: _LocalCommands.show,
    "get": _LocalCommands.get,
    "use": _LocalCommands.use,
    "remove": _LocalCommands.remove,
}
