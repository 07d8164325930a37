from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.config.projects.project import ProjectFolder, new_project_text
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_is_a_file_of_its_own(tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path / "config.toml", {"HOME": "/home/ada"})
    assert folder.names() == []
    text = 'system_prompt = "Be brief."\nprofile = "work"\nfiles = ["a.md", "~/b.md", "/c.md"]\n'
    project = folder.write("翻译", text)
    assert folder.names() == ["翻译"]
    assert (project.system_prompt, project.profile) == ("Be brief.", "work")
    own = str(tmp_path / "projects" / "翻译" / "a.md")
    assert [str(it) for it in project.files] == [own, "/home/ada/b.md", "/c.md"]
    assert project.problems == ()
    assert folder.text("翻译") == text
    assert folder.file("翻译").stat().st_mode & 0o777 == 0o600


def test_a_new_project_has_a_template_that_sets_nothing(tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path / "config.toml", {})
    project = folder.write("new", new_project_text())
    assert (project.system_prompt, project.profile, project.files) == (None, None, ())
    assert project.problems == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sytem_prompt = 'x'\n", "system_prompt"),
        ("files = 3\n", "string"),
        ("profile = \n", "line 1"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, words: str) -> None:
    folder = ProjectFolder(tmp_path / "config.toml", {})
    problem = " ".join(folder.write("p", text).problems)
    assert "project.toml" in problem
    assert words in problem


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b"])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = ProjectFolder(tmp_path / "config.toml", {})
    with pytest.raises(ConfigError, match="name of a project"):
        folder.write(name, "")
    assert not (tmp_path / "projects").exists()


def test_an_unknown_project_suggests_the_nearest_one(tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path / "config.toml", {})
    folder.write("thesis", "")
    with pytest.raises(ConfigError) as caught:
        folder.read("tesis")
    assert "“thesis”" in caught.value.message
    with pytest.raises(ConfigError):
        folder.read("../thesis")
