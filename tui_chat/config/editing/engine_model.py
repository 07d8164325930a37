"""Chooses the embedded model: [engine] model_path and mmproj_path in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.editing.config_file import edit_config
from tui_chat.config.editing.setting_line import setting_line
from tui_chat.core.labels import _, join_list

if TYPE_CHECKING:
    from pathlib import Path


def set_engine_model(
    file: Path, model: Path | None, projector: Path | None, home: Path | None = None
) -> None:
    """Choose the embedded model in config.toml.

    This may wait for another window: call it in a thread.

    Args:
        file: The configuration, which need not exist.
        model: A GGUF file; None for the model that comes with the program.
        projector: Its multimodal projector, if it has one.
        home: The home folder, to shorten paths in it to `~`.

    Raises:
        ConfigError: The file cannot be changed; the hint shows the line to add.
    """
    paths: dict[tuple[str, ...], str | None] = {
        ("engine", "model_path"): _written(model, home),
        ("engine", "mmproj_path"): _written(projector, home),
    }
    lines = [f"`{setting_line(path, value)}`" for path, value in paths.items() if value]
    by_hand = (
        _("Add {line}.").format(line=join_list(lines))
        if lines
        else _("Remove {key} from the table [engine].").format(key="`model_path`")
    )
    edit_config(file, lambda _before: {**paths}, by_hand=by_hand)


def _written(path: Path | None, home: Path | None) -> str | None:
    if path is None:
        return None
    if home is not None and path.is_relative_to(home):
        return f"~/{path.relative_to(home)}"
    return str(path)
