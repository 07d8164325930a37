"""Paths that a user could enter and no system accepts."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534
REFUSED = (
    "long name",
    "long path",
    "NUL",
    "half a character",
    "circle",
    "below a file",
    "forbidden",
)


def refused_path(kind: str, folder: Path, suffix: str = ".json") -> Path:
    """Return a path of a kind and create the files that it needs."""
    if kind == "long name":
        return folder / f"{'x' * 300}{suffix}"
    if kind == "long path":
        return folder.joinpath(*["d" * 200] * 30, f"a{suffix}")
    if kind == "NUL":
        return folder / f"a\0b{suffix}"
    if kind == "half a character":
        return folder / f"a\ud800b{suffix}"
    if kind == "circle":
        circle = folder / f"circle{suffix}"
        circle.symlink_to(circle)
        return circle
    if kind == "below a file":
        (folder / "file").write_text("a file", encoding="utf-8")
        return folder / "file" / f"a{suffix}"
    locked = folder / "locked"
    locked.mkdir()
    (locked / f"a{suffix}").write_text("{}", encoding="utf-8")
    return locked / f"a{suffix}"


@contextmanager
def forbidding(path: Path, kind: str) -> Iterator[None]:
    """Remove the permission to enter the folder of a `forbidden` path, also from root."""
    if kind != "forbidden":
        yield
        return
    path.parent.chmod(0o000)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.parent.chmod(0o700)
