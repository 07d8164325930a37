"""What went wrong in the child process, told to a person."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.log_file import telling_lines

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
_ANOTHER: Final = "name another one under [engine] model_path in config.toml"
_LESS_MEMORY: Final = (
    "Close other programs, lower n_ctx or take a smaller model under [engine] in config.toml, "
    "then ask again."
)


def load_failure(model: Path, detail: str, lines: Sequence[str], log_file: Path) -> EngineError:
    """Return in words why a model could not be loaded, from what the child said of it.

    Args:
        model: The file that was tried.
        detail: The exception's own words.
        lines: The child's part of the log.
        log_file: Where everything can be read.
    """
    shown = sanitize_line(model.name, 80)
    text = "\n".join(lines)
    if unknown := _ARCHITECTURE.search(text):
        return EngineError(
            f"The model file {shown} cannot run here: its kind “{sanitize_line(unknown[1], 40)}” "
            "is unknown to the engine.",
            f"Update the engine (`pip install -U xllamacpp`), or {_ANOTHER}.",
        )
    if newer := _NEWER_FORMAT.search(text):
        return EngineError(
            f"The model file {shown} has GGUF version {newer[1]}, which the engine cannot read.",
            f"Update the engine (`pip install -U xllamacpp`), or {_ANOTHER}.",
        )
    if _MEMORY.search(text) or _MEMORY.search(detail):
        return EngineError(f"There is not enough memory for the model {shown}.", _LESS_MEMORY)
    if _DAMAGED.search(text):
        return EngineError(
            f"The model file {shown} is damaged, or was not downloaded to its end.",
            f"Download it again, or {_ANOTHER}.",
        )
    return EngineError(
        f"The local model {shown} cannot be loaded. {_quoted(lines) or _quoted([detail])}".strip(),
        f"The whole story is in {sanitize_line(str(log_file))}.",
    )


def import_failure(detail: str) -> EngineError:
    """Return in words why the engine's own package could not be loaded."""
    return EngineError(
        "The package xllamacpp, which runs the local model, does not load on this machine. "
        f"{_quoted([detail])}".strip(),
        "Install it again (`pip install --force-reinstall xllamacpp`), or use another endpoint.",
    )


def crash_failure(returncode: int, lines: Sequence[str], log_file: Path) -> EngineError:
    """Return in words that the child died twice without saying why.

    Args:
        returncode: How it ended; negative for a signal.
        lines: The child's part of the log.
        log_file: Where everything can be read.
    """
    text = "\n".join(lines)
    story = f"The whole story is in {sanitize_line(str(log_file))}."
    if _MEMORY.search(text) or returncode == -signal.SIGKILL:
        return EngineError(
            f"The local model was ended twice ({how_it_ended(returncode)}), most likely because "
            "memory ran out.",
            f"{_LESS_MEMORY} {story}",
        )
    if returncode == -signal.SIGILL:
        return EngineError(
            "The local model cannot run: this processor lacks an instruction the engine needs.",
            "Use another endpoint, or build xllamacpp from source for this machine.",
        )
    return EngineError(
        f"The local model crashed twice ({how_it_ended(returncode)}). {_quoted(lines)}".strip(),
        f"Ask again to start it anew. {story}",
    )


def how_it_ended(returncode: int) -> str:
    """Return an exit status in words."""
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
    words = signal.strsignal(-returncode)
    return f"{words.lower()}, {name}" if words else name


def _quoted(lines: Sequence[str]) -> str:
    told = telling_lines(list(lines))
    return f"Its last words: “{' / '.join(told)}”." if told else ""
