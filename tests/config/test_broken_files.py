"""Invalid TOML, invalid text and special files are reported; everything else applies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.conftest import Load

GOOD = '[profiles.good]\nbase_url = "https://good/v1"\nmodel = "m"\n'


def only_problem(settings: Settings) -> str:
    (problem,) = settings.problems
    return problem.message


def test_an_invalid_line_is_ignored(load: Load) -> None:
    settings = load('[profiles.x]\nbase_url = "https://h"\nmodel = gpt-4o\nstream = false\n' + GOOD)

    assert "line 3: Invalid TOML at column 9: invalid value." in only_problem(settings)
    assert "This line is ignored. Put text in quotes." in only_problem(settings)
    assert settings.problems[0].key == "profiles.x.model"
    assert settings.profiles["x"].model is None
    assert settings.profiles["x"].stream is False
    assert "good" in settings.profiles


def test_an_unclosed_quote_is_explained(load: Load) -> None:
    problem = only_problem(load('nickname = "Al\n' + GOOD))
    assert "line 1: Invalid TOML at column 15: a quote is not closed." in problem
    assert "This line is ignored. Close the quote." in problem


def test_each_invalid_line_is_reported(load: Load) -> None:
    settings = load("profile = good\nnickname = Al\n[ui]\nwidth = 9O\nmouse = false\n" + GOOD)

    assert [problem.line for problem in settings.problems] == [1, 2, 4]
    assert settings.ui.mouse is False
    assert "good" in settings.profiles


def test_a_base_url_without_quotes_is_reported_once(load: Load) -> None:
    settings = load("[profiles.x]\nbase_url = https://h\n")

    assert settings.problems[0].key == "profiles.x.base_url"
    assert len(settings.problems) == 1


def test_a_broken_header_drops_its_table(load: Load) -> None:
    settings = load(
        '[profiles.a]\nbase_url = "https://a"\n[profiles.b\napi_key_env = "B_KEY"\n' + GOOD
    )

    # The key of b must not move to a, which is another host.
    assert list(settings.profiles) == ["a", "good"]
    assert settings.profiles["a"].key.env is None
    assert "line 3" in only_problem(settings)
    assert "The table that begins here is ignored." in only_problem(settings)


@pytest.mark.parametrize("value", ['["x"', "[", '{ a = "b"', '"x'])
def test_an_unclosed_value_drops_no_profile(load: Load, value: str) -> None:
    settings = load(
        f'[profiles.a]\nbase_url = "https://a"\nextra_body.a = {value}\nmodel = "m"\n\n' + GOOD
    )

    assert list(settings.profiles) == ["a", "good"]
    assert settings.profiles["a"].extra_body == {}
    assert 3 in [problem.line for problem in settings.problems]


def test_an_unclosed_list_at_the_end_of_a_table_drops_no_other_table(load: Load) -> None:
    settings = load('[profiles.a]\nbase_url = "https://a"\nstop = ["x"\n\n' + GOOD + "[ui]\n")

    assert list(settings.profiles) == ["a", "good"]
    assert len(settings.problems) == 1


def test_a_multiline_error_drops_the_whole_table(load: Load) -> None:
    settings = load(
        '[profiles.a]\nbase_url = "https://a"\nheaders = {\n  model = "x"\n}\n'
        "[profiles.a.timeouts]\nidle = 3\n" + GOOD
    )

    assert list(settings.profiles) == ["good"]
    assert "line 3" in only_problem(settings)
    assert "The table [profiles.a] is ignored." in only_problem(settings)


def test_an_unclosed_string_drops_the_rest(load: Load) -> None:
    settings = load(GOOD + '[profiles.x]\nbase_url = "https://h"\nsystem_prompt = """\nno end\n')

    assert list(settings.profiles) == ["good"]
    assert "x" in only_problem(settings)


def test_a_duplicate_table_is_ignored(load: Load) -> None:
    settings = load(GOOD + GOOD.replace('"m"', '"other"'))

    assert settings.profiles["good"].model == "m"
    assert settings.problems[0].line == 4


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "9" * 5000,
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 5000,
        "[" * 500,
        "=\n" * 2000,
        "[a\n" * 500,
        '"""',
        "a.b.c" + ".d" * 3000 + " = 1",
        "profiles.x.extra_body" + ".d" * 3000 + " = 1",
        "\x00",
        "x = '\x00'",
        "]",
        "[profiles.x]\n" * 100,
    ],
)
def test_no_content_raises(load: Load, text: str) -> None:
    settings = load(text)

    assert settings.problems
    assert len(settings.problems) < 100


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000, "{a=" * 5000])
@pytest.mark.parametrize("begin", ["", "[ui]\n"])
def test_of_a_value_without_bounds_only_its_line_is_lost(
    load: Load, value: str, begin: str
) -> None:
    settings = load(f"{begin}x = {value}\n{GOOD}")

    line = begin.count("\n") + 1
    assert f"line {line}: Invalid TOML: a value is too long" in only_problem(settings)
    assert settings.profiles["good"].model == "m"


def test_a_line_that_is_not_utf8_is_ignored(load: Load) -> None:
    settings = load(
        GOOD.encode() + '[ui]\nwidth = 70\ntheme = "é"\nmouse = false'.encode("latin-1")
    )

    assert "line 6: The file is not UTF-8. This line is ignored." in only_problem(settings)
    assert settings.ui.width == 70
    assert settings.ui.mouse is False
    assert settings.ui.theme is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_another_encoding_is_reported_once(load: Load, encoding: str) -> None:
    assert "not UTF-8 and is ignored. Save it" in only_problem(load(GOOD.encode(encoding)))


def test_windows_line_endings_and_a_bom_are_accepted(load: Load) -> None:
    settings = load("\ufeff" + GOOD.replace("\n", "\r\n") + "wrong = 1\r\n")

    assert "good" in settings.profiles
    assert settings.problems[0].line == 4


def test_a_folder_instead_of_the_file_is_reported(tmp_path: Path) -> None:
    assert "is not a file" in only_problem(load_settings(tmp_path, {}))


def test_a_pipe_instead_of_the_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "is not a file" in only_problem(load_settings(tmp_path / "pipe", {}))


def test_an_unreadable_file_is_reported(tmp_path: Path, load: Load) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")

    assert "is unreadable: Too many levels" in only_problem(load_settings(tmp_path / "loop", {}))
    assert load_settings(tmp_path / "dangling", {}) == Settings()
    assert "is unreadable" in only_problem(load_settings(tmp_path / ("x" * 300), {}))
    if os.geteuid() != 0:
        assert "is unreadable: Permission denied" in only_problem(load(GOOD, mode=0))


def test_a_huge_file_is_not_read(load: Load) -> None:
    assert "too large" in only_problem(load("#" * 1_000_001))


def test_multiline_strings_keep_line_numbers(load: Load) -> None:
    settings = load(
        '[profiles.good]\nbase_url = "https://h"\nsystem_prompt = """\n[ui]\nwidth = 3\n"""\n'
        "zzz = 1\n[ui]\nwidth = 3\n"
    )

    assert [(p.key, p.line) for p in settings.problems] == [
        ("profiles.good.zzz", 7),
        ("ui.width", 9),
    ]
