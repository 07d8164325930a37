from __future__ import annotations

from pathlib import Path

import pytest

from tui_chat.core.errors import ConfigError, DownloadError
from tui_chat.local_model.hub.catalog import CATALOG, catalog_model
from tui_chat.local_model.hub.choose_files import HubFile, choose_files, quantization_of
from tui_chat.local_model.hub.find_installed import find_installed, is_built_in, short_name
from tui_chat.local_model.hub.hub_cache import InstalledModel, hub_cache_folder
from tui_chat.local_model.hub.machine import Fit, estimated_file_bytes, fit_of, memory_bytes
from tui_chat.local_model.hub.model_reference import ModelReference, parse_reference
from tui_chat.local_model.hub.progress import Progress, bar


def files(*names: str) -> list[HubFile]:
    return [HubFile(name, 10, "a" * 64) for name in names]


@pytest.mark.parametrize("row", CATALOG, ids=lambda row: row.name)
def test_each_row_of_the_list_is_complete(row: object) -> None:
    assert row in CATALOG
    found = next(one for one in CATALOG if one is row)
    assert catalog_model(found.name.upper()) is found
    assert found.repository.count("/") == 1
    assert found.page.startswith("https://huggingface.co/")
    assert 0 < found.billions < 10
    assert found.languages
    assert found.strength
    assert found.licence in {"Apache-2.0", "MIT"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", ModelReference("a/b")),
        (" a/b ", ModelReference("a/b")),
        ("a/b:q5_k_m", ModelReference("a/b", "Q5_K_M")),
        ("a/b:UD-Q4_K_XL", ModelReference("a/b", "UD-Q4_K_XL")),
        ("a/b/c.gguf", ModelReference("a/b", "", "c.gguf")),
        ("a/b/x y/c-00001-of-00002.gguf", ModelReference("a/b", "", "x y/c-00001-of-00002.gguf")),
        ("hf.co/a/b:Q8_0", ModelReference("a/b", "Q8_0")),
        ("https://huggingface.co/a/b", ModelReference("a/b")),
        ("https://huggingface.co/a/b/tree/main", ModelReference("a/b")),
        ("https://huggingface.co/a/b/blob/main/c.gguf", ModelReference("a/b", "", "c.gguf")),
        ("https://hf.co/a/b/resolve/main/q/c.gguf", ModelReference("a/b", "", "q/c.gguf")),
        ("./x.gguf", Path("/here/x.gguf")),
        ("/x/y.gguf", Path("/x/y.gguf")),
    ],
)
def test_the_ways_to_name_a_model(text: str, expected: ModelReference | Path) -> None:
    assert parse_reference(text, Path("/here")) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "a b/c", "a/b/../c.gguf", "a/b/c.bin", "x\0", "a//b", "a/b:", "-/-"]
)
def test_what_names_no_model_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no model"):
        parse_reference(text, tmp_path)


def test_a_file_in_the_present_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.gguf").write_bytes(b"GGUF")

    assert parse_reference("a/b.gguf", tmp_path) == tmp_path / "a" / "b.gguf"


@pytest.mark.parametrize(
    ("names", "reference", "expected"),
    [
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-F16.gguf"], "a/b", ["m-Q4_K_M.gguf"]),
        (["m-Q8_0.gguf", "m-F16.gguf"], "a/b", ["m-Q8_0.gguf"]),
        (["m.gguf"], "a/b", ["m.gguf"]),
        (["m-Q4_K_M.gguf", "m-UD-Q4_K_XL.gguf"], "a/b:Q4_K_XL", ["m-UD-Q4_K_XL.gguf"]),
        (["m-Q4_K_M.gguf", "m-Q5_K_M.gguf"], "a/b/m-Q5_K_M.gguf", ["m-Q5_K_M.gguf"]),
        (["m.q4_k_m.gguf", "m.q8_0.gguf"], "a/b", ["m.q4_k_m.gguf"]),
        (["m-Q4_0.gguf", "m-imatrix.gguf", "x.txt"], "a/b", ["m-Q4_0.gguf"]),
        (
            ["m-Q4_0-00002-of-00002.gguf", "m-Q4_0-00001-of-00002.gguf"],
            "a/b/m-Q4_0-00001-of-00002.gguf",
            ["m-Q4_0-00001-of-00002.gguf", "m-Q4_0-00002-of-00002.gguf"],
        ),
        (
            ["m-Q4_0.gguf", "mmproj-m-f16.gguf", "mmproj-m-Q8_0.gguf"],
            "a/b",
            ["m-Q4_0.gguf", "mmproj-m-Q8_0.gguf"],
        ),
        (["q4/m-Q4_0.gguf", "q8/mmproj-F16.gguf"], "a/b", ["q4/m-Q4_0.gguf"]),
    ],
)
def test_the_files_of_a_model(names: list[str], reference: str, expected: list[str]) -> None:
    found = parse_reference(reference, Path("/here"))
    assert isinstance(found, ModelReference)

    assert [file.name for file in choose_files(files(*names), found).all] == expected


@pytest.mark.parametrize(
    ("names", "reference", "words"),
    [
        (["model.safetensors"], "a/b", "contains no GGUF file"),
        (["m-Q4_0-00001-of-00002.gguf"], "a/b", "contains no GGUF file"),
        (["m-Q4_0.gguf", "m-Q8_0.gguf"], "a/b:Q6_K", "has no single model Q6_K"),
        (["m-Q4_0.gguf"], "a/b/other.gguf", r"has no single model other\.gguf"),
        (["a-1b-Q4_0.gguf", "a-7b-Q4_0.gguf"], "a/b", r"a/b/FILE: a-1b-Q4_0\.gguf, a-7b"),
        (["one.gguf", "two.gguf"], "a/b", r"a/b/FILE: one\.gguf, two\.gguf"),
    ],
)
def test_a_model_that_is_not_there(names: list[str], reference: str, words: str) -> None:
    found = parse_reference(reference, Path("/here"))
    assert isinstance(found, ModelReference)

    with pytest.raises(DownloadError, match=words):
        choose_files(files(*names), found)


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("Qwen3.5-2B-Q4_K_M.gguf", "Q4_K_M"),
        ("SmolLM3-Q4_K_M.gguf", "Q4_K_M"),
        ("x-UD-IQ2_XXS.gguf", "UD-IQ2_XXS"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("m-bf16-00001-of-00002.gguf", "BF16"),
        ("Qwen3-4B.gguf", ""),
    ],
)
def test_the_quantization_in_a_file_name(name: str, quantization: str) -> None:
    assert quantization_of(name) == quantization


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"HOME": "/h"}, "/h/.cache/huggingface/hub"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"HOME": "/h", "HF_HOME": "/hf", "XDG_CACHE_HOME": "/c"}, "/hf/hub"),
        ({"HF_HUB_CACHE": "/hub", "HF_HOME": "/hf"}, "/hub"),
        ({"HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": " "}, "/old"),
    ],
)
def test_the_folder_of_the_cache(env: dict[str, str], folder: str) -> None:
    assert hub_cache_folder(env) == Path(folder)


def test_installed_models_are_found_by_any_of_their_names() -> None:
    def model(repository: str, name: str) -> InstalledModel:
        return InstalledModel(repository, Path("/hub") / repository / name, None, 1)

    qwen = model("unsloth/Qwen3.5-2B-GGUF", "Qwen3.5-2B-Q4_K_M.gguf")
    one, two = model("a/x", "Same-Q4_0.gguf"), model("b/x", "Same-Q8_0.gguf")
    models = [qwen, one, two]

    for name in ("qwen3.5-2b", "QWEN3.5-2B", "unsloth/qwen3.5-2b-gguf", str(qwen.path)):
        assert find_installed(name, models) is qwen
    assert find_installed(short_name(one, models), models) is one
    assert short_name(two, models) == "same-q8_0"
    with pytest.raises(ConfigError, match=r"Several installed.*same-q4_0, same-q8_0"):
        find_installed("same", models)
    with pytest.raises(ConfigError, match=r"Did you mean “qwen3\.5-2b”"):
        find_installed("qwen3.5-2", models)
    assert is_built_in(" Built-In ")


def test_the_memory_of_a_container_counts(tmp_path: Path) -> None:
    limit, none = tmp_path / "limit", tmp_path / "none"
    limit.write_text("1000000\n", encoding="ascii")
    none.write_text("max\n", encoding="ascii")

    assert memory_bytes((tmp_path / "absent", none)) == memory_bytes(())
    assert memory_bytes((limit,)) == 1_000_000


def test_the_estimate_grows_with_parameters_and_bits() -> None:
    assert 1.2e9 < estimated_file_bytes(2.0, "Q4_K_M") < 1.4e9
    assert 0.9e9 < estimated_file_bytes(0.9, "Q8_0") < 1.0e9
    assert [fit_of(needed, 100) for needed in (50, 80, 90)] == list(Fit)


def test_the_progress_says_share_size_speed_and_time() -> None:
    now = 0.0
    progress = Progress(2_000_000_000, lambda: now)
    progress.update(0)
    assert progress.text() == "0 % · 0 bytes of 2.0 GB"

    now = 4.0
    progress.update(400_000_000)
    assert progress.text() == "20 % · 400.0 MB of 2.0 GB · 100.0 MB/s · 16 s left"

    # A continued download begins with what was there: that is no speed.
    now = 100.0
    progress.update(2_000_000_000)
    assert progress.text() == "100 % · 2.0 GB of 2.0 GB"
    assert bar(0.5, 4) == "██░░"
