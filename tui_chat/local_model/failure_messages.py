"""Translates failures of the child process into errors with a message for the user."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.labels import N_, _, join_sentences
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.engine_log import error_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MEMORY: Final = re.compile(
    r"insufficient memory|failed to allocate|out of memory|unable to allocate|bad_alloc"
    r"|unable to fit model|MemoryError|cannot allocate",
    re.IGNORECASE,
)
_ARCHITECTURE: Final = re.compile(r"unknown (?:model architecture|pre-tokenizer type): '([^']*)'")
_NEWER_FORMAT: Final = re.compile(r"GGUF file is version (\d+)")
_DAMAGED: Final = re.compile(
    r"corrupted or incomplete|gguf_init_\S+: (?:failed to read|number of|invalid|bad|key|tensor)"
    r"|invalid magic",
    re.IGNORECASE,
)
_UPDATE: Final = N_(
    "Update the engine (`pip install -U xllamacpp`), or set another file as [engine] model_path in "
    "config.toml."
)


def load_failure(model: Path, detail: str, lines: Sequence[str], log_file: Path) -> EngineError:
    """Return the error for a model that could not be loaded.

    Args:
        model: The model file.
        detail: The message of the exception in the child.
        lines: The child's part of the log.
        log_file: The log, which the message names.
    """
    name = sanitize_line(model.name, 80)
    text = "\n".join(lines)
    if unknown := _ARCHITECTURE.search(text):
        summary = _(
            "The model file {name} cannot run here: the engine does not know the architecture "
            "“{architecture}”."
        )
        architecture = sanitize_line(unknown[1], 40)
        return EngineError(summary.format(name=name, architecture=architecture), _(_UPDATE))
    if newer := _NEWER_FORMAT.search(text):
        summary = _("The model file {name} has GGUF version {version}, which is too new.")
        return EngineError(summary.format(name=name, version=newer[1]), _(_UPDATE))
    if _MEMORY.search(text) or _MEMORY.search(detail):
        summary = _("There is not enough memory for the model {name}.").format(name=name)
        return EngineError(summary, _memory_hint())
    if _DAMAGED.search(text):
        return EngineError(
            _("The model file {name} is damaged or incomplete.").format(name=name),
            _("Download it again, or set another file as [engine] model_path in config.toml."),
        )
    summary = _("The local model {name} cannot be loaded.").format(name=name)
    return EngineError(_with_quote(summary, lines, detail), _log_hint(log_file))


def import_failure(detail: str) -> EngineError:
    """Return the error for an engine package that cannot be imported."""
    summary = _("The package xllamacpp, which runs the local model, cannot be imported.")
    return EngineError(
        _with_quote(summary, [detail]),
        _("Reinstall it (`pip install --force-reinstall xllamacpp`), or use another endpoint."),
    )


def crash_failure(returncode: int, lines: Sequence[str], log_file: Path) -> EngineError:
    """Return the error for a child that ended twice without reporting a reason.

    Args:
        returncode: Exit status; negative for a signal.
        lines: The child's part of the log.
        log_file: The log, which the message names.
    """
    reason = exit_label(returncode)
    if _MEMORY.search("\n".join(lines)) or returncode == -signal.SIGKILL:
        summary = _("The local model was killed twice ({reason}), probably by a lack of memory.")
        hint = f"{_memory_hint()} {_log_hint(log_file)}"
        return EngineError(summary.format(reason=reason), hint)
    if returncode == -signal.SIGILL:
        return EngineError(
            _("The local model cannot run: this processor lacks an instruction it needs."),
            _("Use another endpoint, or build xllamacpp from source for this machine."),
        )
    summary = _("The local model crashed twice ({reason}).").format(reason=reason)
    hint = join_sentences(_("Ask again to restart it."), _log_hint(log_file))
    return EngineError(_with_quote(summary, lines), hint)


def exit_label(returncode: int) -> str:
    """Return an exit status as text, with the name of a signal."""
    if returncode >= 0:
        return _("exit status {status}").format(status=returncode)
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        return _("signal {number}").format(number=-returncode)
    label = signal.strsignal(-returncode)
    return f"{label.lower()}, {name}" if label else name


def _memory_hint() -> str:
    return _(
        "Close other programs, or lower n_ctx or choose a smaller model under [engine] in "
        "config.toml; then ask again."
    )


def _log_hint(log_file: Path) -> str:
    return _("The full log is {path}.").format(path=sanitize_line(str(log_file)))


def _with_quote(summary: str, lines: Sequence[str], detail: str = "") -> str:
    """Return a summary and the lines of the log that explain it; without any, a detail."""
    found = error_lines(list(lines)) or error_lines([detail])
    if not found:
        return summary
    quote = _("Last lines of its log: “{lines}”.").format(lines=" / ".join(found))
    return join_sentences(summary, quote)
