"""Chooses the files of a repository that make one model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import DownloadError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.local_model.hub.model_reference import ModelReference

_SHARD: Final = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_QUANTIZATION: Final = re.compile(
    r"(?:^|[._/-])((?:UD-)?(?:I?Q\d\w*|TQ\d_\d|[BF]?F(?:16|32)|MXFP4\w*|NVFP4\w*))(?=[._-]|$)",
    re.IGNORECASE,
)
_NO_MODEL: Final = re.compile(r"mmproj|imatrix|(?:^|[/_.-])mtp[-_.]", re.IGNORECASE)
_PREFERRED: Final = (
    *("Q4_K_M", "UD-Q4_K_XL", "Q4_K_L", "Q4_K_S", "Q4_0", "IQ4_NL", "IQ4_XS", "MXFP4"),
    *("Q5_K_M", "Q5_K_S", "Q5_0", "Q6_K", "Q8_0", "Q3_K_L", "Q3_K_M", "BF16", "F16"),
)
_PROJECTORS: Final = ("Q8_0", "F16", "BF16", "F32")
_MAX_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository, as the hub describes it."""

    name: str
    """With its folder in the repository."""
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of one model."""

    parts: tuple[HubFile, ...]
    """The weights, in several files if the model is split."""
    projector: HubFile | None = None
    """The part that encodes pictures."""

    @property
    def all(self) -> tuple[HubFile, ...]:
        """All files, the projector last."""
        return (*self.parts, self.projector) if self.projector else self.parts

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(file.size for file in self.all)


def choose_files(files: Sequence[HubFile], reference: ModelReference) -> ModelFiles:
    """Return the files of the model that a reference names.

    Raises:
        DownloadError: The repository does not contain it.
    """
    models = _models(files)
    if not models:
        raise DownloadError(
            _(
                "The repository {repository} contains no GGUF file, the only format that runs."
            ).format(repository=reference.repository),
            _("Many models have a second repository with GGUF in its name; search for it."),
        )
    parts = _named(models, reference) if reference.file else _quantized(models, reference)
    return ModelFiles(parts, _projector(files, parts[0]))


def quantization_of(name: str) -> str:
    """Return the quantization in a file name, in capitals; empty without one."""
    found = _QUANTIZATION.findall(_SHARD.sub("", re.sub(r"\.gguf$", "", name, flags=re.I)))
    return found[-1].upper() if found else ""


def is_projector(name: str) -> bool:
    """Return whether a file encodes pictures instead of being a model."""
    return "mmproj" in name.rpartition("/")[2].lower()


def _models(files: Sequence[HubFile]) -> list[tuple[HubFile, ...]]:
    """Return all models; the files of a complete split one are grouped."""
    shards: dict[str, list[HubFile]] = {}
    models: list[tuple[HubFile, ...]] = []
    for file in sorted(files, key=lambda file: file.name):
        if not file.name.lower().endswith(".gguf") or _NO_MODEL.search(file.name):
            continue
        if shard := _SHARD.search(file.name):
            shards.setdefault(file.name[: shard.start()] + shard[2], []).append(file)
        else:
            models.append((file,))
    complete = (tuple(parts) for stem, parts in shards.items() if len(parts) == int(stem[-5:]))
    return [*models, *complete]


def _named(models: list[tuple[HubFile, ...]], reference: ModelReference) -> tuple[HubFile, ...]:
    for parts in models:
        if reference.file in (part.name for part in parts):
            return parts
    raise _missing(models, reference)


def _quantized(models: list[tuple[HubFile, ...]], reference: ModelReference) -> tuple[HubFile, ...]:
    by_name: dict[str, list[tuple[HubFile, ...]]] = {}
    for parts in models:
        by_name.setdefault(quantization_of(parts[0].name), []).append(parts)
    wanted = reference.quantization
    names: tuple[str, ...] = (wanted, f"UD-{wanted}") if wanted else ()
    if not wanted or reference.row is not None:
        names += _PREFERRED
    found = next((by_name[name] for name in names if name in by_name), None)
    if found is None and len(models) == 1 and not wanted:
        found = models
    if found is None or len(found) > 1:
        raise _missing(models, reference)
    return found[0]


def _projector(files: Sequence[HubFile], model: HubFile) -> HubFile | None:
    folder = model.name.rpartition("/")[0]
    found = {
        quantization_of(file.name): file
        for file in sorted(files, key=lambda file: file.name, reverse=True)
        if is_projector(file.name) and file.name.rpartition("/")[0] == folder
    }
    preferred = (found[name] for name in _PROJECTORS if name in found)
    return next(preferred, next(iter(found.values()), None))


def _missing(models: list[tuple[HubFile, ...]], reference: ModelReference) -> DownloadError:
    wanted = reference.file or reference.quantization or "Q4_K_M"
    names = [sanitize_line(parts[0].name, 80) for parts in models]
    listed = join_list(names[:_MAX_LISTED]) + (" …" if len(names) > _MAX_LISTED else "")
    return DownloadError(
        _("The repository {repository} has no single model {wanted}.").format(
            repository=reference.repository, wanted=sanitize_line(wanted, 80)
        ),
        _("Name one of its files as {repository}/FILE: {files}").format(
            repository=reference.repository, files=listed
        ),
    )
