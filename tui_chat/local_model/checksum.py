"""Checksums of model files, which the child process computes while it serves."""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK: Final = 1 << 20
_SAMPLES: Final = 4096
_SHARD: Final = re.compile(r"-\d{5}-of-(\d{5})\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size and modification time, which can be compared without reading the file."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the stamp of a model, including all files of a split one.

        Raises:
            OSError: A file cannot be examined.
        """
        stats = [part.stat() for part in _parts(path)]
        return cls(sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats))


@dataclass(frozen=True, slots=True)
class Checksum:
    """Identifies the content of a model."""

    stamp: Stamp
    sha256: str
    samples: str
    """Single bytes at even distances (base64), which distinguish damage from another model."""

    @classmethod
    def from_json(cls, fields: Any) -> Self:
        """Return the checksum from the result of `as_json`.

        Raises:
            KeyError: A field is missing.
            TypeError: The value is not an object.
            ValueError: A field has an invalid value.
        """
        stamp = Stamp(int(fields["size"]), int(fields["mtime_ns"]))
        return cls(stamp, str(fields["sha256"]), str(fields["samples"]))

    def as_json(self) -> dict[str, int | str]:
        """Return the checksum as a JSON object."""
        return {
            "size": self.stamp.size,
            "mtime_ns": self.stamp.mtime_ns,
            "sha256": self.sha256,
            "samples": self.samples,
        }


def checksum(path: Path) -> Checksum | None:
    """Read a model and return its checksum; None if the file changed meanwhile.

    Raises:
        OSError: A file cannot be read.
    """
    stamp = Stamp.of(path)
    digest = hashlib.sha256()
    parts = _parts(path)
    samples = bytearray()
    for part in parts:
        with part.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            samples += _samples(file.fileno(), _SAMPLES // len(parts) or 1)
    if Stamp.of(path) != stamp:
        return None
    return Checksum(stamp, digest.hexdigest(), b64encode(samples).decode())


def _samples(descriptor: int, count: int) -> bytes:
    step = max(os.fstat(descriptor).st_size // count, 1)
    return b"".join(os.pread(descriptor, 1, number * step) for number in range(count))


def _parts(path: Path) -> list[Path]:
    """Return all files of a model that may be split as `-00001-of-00003`."""
    split = _SHARD.search(path.name)
    if split is None:
        return [path]
    stem, count = path.name[: split.start()], int(split[1])
    names = (f"{stem}-{number:05}-of-{split[1]}.gguf" for number in range(1, count + 1))
    return [part for part in map(path.with_name, names) if part.exists()] or [path]
