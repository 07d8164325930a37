from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogs import bracketed_texts, untranslated
from tui_chat.local_model.failure_messages import (
    crash_failure,
    exit_label,
    import_failure,
    load_failure,
)

LOG = Path("/state/engine.log")
MODEL = Path("/models/big.gguf")


# Real lines of llama.cpp, produced with corrupted files.
@pytest.mark.parametrize(
    ("line", "what", "todo"),
    [
        (
            "0.00.055.222 E llama_model_load: error loading model: unknown model architecture: "
            "'zlama'",
            "does not know the architecture “zlama”",
            "pip install -U xllamacpp",
        ),
        (
            "0.00.004.330 E gguf_init_from_reader: this GGUF file is version 9 but this software "
            "only supports up to version 3",
            "GGUF version 9",
            "pip install -U xllamacpp",
        ),
        (
            "0.01.786.353 E ggml_aligned_malloc: insufficient memory (attempted to allocate "
            "180000.00 MB)",
            "not enough memory",
            "lower n_ctx",
        ),
        (
            "0.00.031.413 E llama_model_load: error loading model: tensor 'token_embd.weight' data "
            "is not within the file bounds, model is corrupted or incomplete",
            "is damaged",
            "Download it again",
        ),
        ("0.00.006.331 E gguf_init_from_reader: failed to read header", "is damaged", "[engine]"),
        ("0.00.006.331 E srv init: error: something new", "something new", str(LOG)),
    ],
)
def test_a_model_that_cannot_be_loaded_is_reported(line: str, what: str, todo: str) -> None:
    error = load_failure(MODEL, "RuntimeError: Failed to init server", [line], LOG)

    assert what in error.summary
    assert "big.gguf" in error.summary
    assert todo in error.hint


def test_without_a_log_the_exception_is_quoted() -> None:
    error = load_failure(MODEL, "RuntimeError: Failed to init \x1b[0m server", [], LOG)

    assert "“RuntimeError: Failed to init ␛[0m server”" in error.summary


def test_a_library_that_cannot_be_imported_is_quoted() -> None:
    error = import_failure("libgomp.so.1: cannot open shared object file")

    assert "libgomp.so.1" in error.summary
    assert "pip install --force-reinstall xllamacpp" in error.hint


@pytest.mark.parametrize(
    ("returncode", "expected"),
    [
        (-9, "probably by a lack of memory"),
        (-4, "lacks an instruction"),
        (
            -11,
            "twice (segmentation fault, SIGSEGV). Last lines of its log: “error: pipes burst”",
        ),
        (3, "crashed twice (exit status 3)"),
    ],
)
def test_a_crash_is_reported(returncode: int, expected: str) -> None:
    error = crash_failure(returncode, ["error: pipes burst"], LOG)

    assert expected in error.summary
    assert error.hint


def test_a_signal_without_a_name_is_reported() -> None:
    assert exit_label(-200) == "signal 200"


@pytest.mark.parametrize(
    "line", ["model architecture: 'zlama'", "out of memory", "GGUF file is version 9", "x", ""]
)
@pytest.mark.parametrize("returncode", [-9, -4, -11, 3])
def test_every_message_is_translated(line: str, returncode: int) -> None:
    with bracketed_texts():
        errors = [
            load_failure(MODEL, line, [f"error: unknown {line}"], LOG),
            import_failure(line),
            crash_failure(returncode, [line], LOG),
        ]

    for error in errors:
        assert (untranslated(error.summary), untranslated(error.hint)) == ("", "")
