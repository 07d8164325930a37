"""The documents name files that exist, and the README stays short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"(?<![\w./-])((?:tui_chat/|tests/)?(?:[a-z_]+/)+[a-z_]+\.(?:py|toml|svg))\b")


PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", *PAGES])
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


def test_the_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if page not in text] == []


def test_the_readme_is_under_200_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200
