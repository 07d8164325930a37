from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tui_chat.local_model.engine_log import ROTATE_BYTES, EngineLog, error_lines

if TYPE_CHECKING:
    from pathlib import Path


def written(log: EngineLog, text: str) -> None:
    descriptor = log.open("a start")
    assert descriptor is not None
    os.write(descriptor, text.encode())
    os.close(descriptor)


def test_the_log_is_private(log_file: Path) -> None:
    written(EngineLog(log_file), "x")

    assert log_file.stat().st_mode & 0o777 == 0o600
    assert log_file.parent.stat().st_mode & 0o777 == 0o700


def test_only_the_lines_of_this_start_are_read(log_file: Path) -> None:
    log = EngineLog(log_file)
    written(log, "an old error\n")

    written(log, "a new error\nhalf a line")

    assert log.lines()[1:] == ["a new error", "half a line"]
    assert "an old error" in log_file.read_text(encoding="utf-8")


def test_a_long_log_is_rotated(log_file: Path) -> None:
    log = EngineLog(log_file)
    written(log, "x" * (ROTATE_BYTES + 1))

    written(log, "fresh\n")

    assert log_file.stat().st_size < 1000
    assert log_file.with_name("engine.log.1").stat().st_size > ROTATE_BYTES
    assert log.lines()[-1] == "fresh"


def test_an_unwritable_log_is_optional(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file in the way", encoding="utf-8")
    log = EngineLog(tmp_path / "log" / "engine.log")

    assert log.open("a start") is None
    assert log.lines() == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        (["--- now starting"], []),
        (["0.00.000.324 I srv          init: initializing ..."], ["initializing ..."]),
        (
            [
                "0.00.031.413 E llama_model_load: error loading model: tensor is gone",
                "0.00.031.809 E common_fit_params: encountered an error while trying",
                "0.00.052.721 E llama_model_load: error loading model: tensor is gone",
                "0.00.052.757 I srv    operator(): operator(): cleaning up before exit...",
                "0.00.053.279 E srv          init: exiting due to model loading error",
            ],
            ["error loading model: tensor is gone"],
        ),
        (
            ["GGML_ASSERT(a < b) failed \x1b]52;c;aGk=\x07"],
            ["GGML_ASSERT(a < b) failed ␛]52;c;aGk=␇"],
        ),
        (["error 1", "error 2", "  ", "error 3"], ["error 2", "error 3"]),
        (
            ["Fatal Python error: Segmentation fault", "Current thread 0x1:", '  File "x", line 1'],
            ["Fatal Python error: Segmentation fault"],
        ),
    ],
)
def test_error_lines_are_found(lines: list[str], expected: list[str]) -> None:
    assert error_lines(lines) == expected
