"""The documents name files that exist, and the README stays short."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tui_chat.cli.main import _parser
from tui_chat.config.settings import load_settings

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"(?<![\w./-])((?:tui_chat/|tests/)?(?:[a-z_]+/)+[a-z_]+\.(?:py|toml|svg))\b")


READMES = ["README.md", "README.zh-CN.md"]
PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("name", [*READMES, "ARCHITECTURE.md", "CONTRIBUTING.md", *PAGES])
def test_every_link_of_a_document_leads_to_a_file(name: str) -> None:
    page = ROOT / name
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_exists(name: str) -> None:
    named = NAMED.findall((ROOT / name).read_text(encoding="utf-8"))
    assert named
    missing = [
        path
        for path in named
        if not any((ROOT / base / path).exists() for base in ("", "tui_chat"))
    ]
    assert not missing


@pytest.mark.parametrize("name", ["README.md", "docs/configuration.md", "docs/gateway.md"])
def test_every_configuration_of_a_document_is_valid(name: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        file = tmp_path / "config.toml"
        file.write_text(block, encoding="utf-8")
        assert load_settings(file, {"HOME": "/home/ada"}).problems == ()


def commands() -> list[str]:
    """Return the command lines of the program in all documents."""
    found: list[str] = []
    for name in [*READMES, *PAGES]:
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`(tui-chat [^`]*)`", text)
        found += [line[line.index("tui-chat ") :] for line in lines if "tui-chat " in line]
    return sorted(set(found))


@pytest.mark.parametrize("line", commands())
def test_every_command_of_a_document_exists(line: str) -> None:
    words = shlex.split(re.split(r" [|<>] |(?<=[\w.\"]) +#", line)[0], comments=True)[1:]
    if not words or words[0] in ("TEXT", "NAME"):
        return
    _parser().parse_args(words)


@pytest.mark.parametrize("name", READMES)
def test_the_readme_leads_to_every_page(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [page for page in PAGES if page not in text] == []


@pytest.mark.parametrize(("name", "most"), [("README.md", 200), ("README.zh-CN.md", 150)])
def test_the_readme_is_short(name: str, most: int) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) < most
