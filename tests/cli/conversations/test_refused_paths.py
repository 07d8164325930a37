"""Errors of the commands name the rejected path, never standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.user_paths import REFUSED, forbidding, refused_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command

GIVEN_BY_A_SHELL = [kind for kind in REFUSED if kind not in ("NUL", "half a character")]


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("kind", GIVEN_BY_A_SHELL)
@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "--all", "--format", "json", "-o"),
        ("export", "--all", "-o"),
        ("export", "-o"),
        ("export", "--force", "-o"),
        ("backup",),
        ("backup", "--force"),
        ("import",),
        ("import", "--dry-run"),
    ],
)
def test_errors_name_the_path(
    run: Command, tmp_path: Path, kind: str, arguments: tuple[str, ...]
) -> None:
    path = refused_path(kind, tmp_path)
    tmp_path.chmod(0o755)
    if kind == "forbidden":
        pytest.skip("the database itself lies where nothing may be read: test_user_paths.py")

    with forbidding(path, kind):
        ran = run(*arguments, str(path))

    assert ran.status == 1
    assert "standard output" not in ran.err
    assert "Traceback" not in ran.err
    assert str(tmp_path)[:40] in ran.err
