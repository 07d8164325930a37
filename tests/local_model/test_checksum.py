from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from tui_chat.local_model.checksum import Checksum, Stamp, checksum

if TYPE_CHECKING:
    from pathlib import Path


def test_a_checksum_identifies_the_content(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    content = os.urandom(3_000_000)
    path.write_bytes(content)

    found = checksum(path)

    assert found is not None
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.stamp == Stamp(3_000_000, path.stat().st_mtime_ns)


@pytest.mark.parametrize("size", [0, 1, 4, 4095, 4097])
def test_files_of_any_size_have_a_checksum(tmp_path: Path, size: int) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"x" * size)
    found = checksum(path)
    assert found is not None
    assert found.stamp.size == size


def test_all_parts_of_a_split_model_are_read(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"m-0000{number}-of-00003.gguf").write_bytes(b"GGUF" + bytes([number]) * 9)
    first = tmp_path / "m-00001-of-00003.gguf"
    before = checksum(first)

    (tmp_path / "m-00003-of-00003.gguf").write_bytes(b"GGUF" + b"x" * 9)
    after = checksum(first)

    assert before is not None
    assert after is not None
    assert before.stamp.size == after.stamp.size == 39
    assert before.sha256 != after.sha256


def test_a_file_that_changes_meanwhile_has_no_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    read = os.pread

    def grows(descriptor: int, count: int, offset: int) -> bytes:
        with path.open("ab") as file:
            file.write(b"more")
        return read(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", grows)
    assert checksum(path) is None


def test_a_checksum_survives_json(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(os.urandom(10_000))
    found = checksum(path)
    assert found is not None
    assert Checksum.from_json(json.loads(json.dumps(found.as_json()))) == found
