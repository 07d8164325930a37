from __future__ import annotations

from pathlib import Path

import pytest

from tui_chat.attachments.secret_files import secret_reason

SECRET = [
    "project/.env", "project/.env.local", "prod.env", ".ssh/config", ".aws/credentials",
    ".gnupg/ring.kbx", "id_rsa", "id_ed25519", "server.pem", "cert.key", "vault.kdbx", ".netrc",
    ".bashrc", ".config/tool/settings.toml", "credentials.json", "secrets.yaml", ".git-credentials",
]  # fmt: skip
ORDINARY = [
    "notes.txt", "src/main.py", "id_rsa.pub", "server.crt", "keynote.pdf", "environment.md",
    "keys.py", ".env.example",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_files_with_secrets_are_asked_about(name: str) -> None:
    assert secret_reason(Path("/home/me") / name)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_files_are_not(name: str) -> None:
    assert secret_reason(Path("/home/me") / name) == ""


def test_a_link_to_a_secret_and_a_private_key_by_another_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1")
    link = tmp_path / "settings.txt"
    link.symlink_to(tmp_path / ".env")
    assert secret_reason(link)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert secret_reason(loop) == ""
    assert secret_reason(tmp_path / "a.txt", b"-----BEGIN OPENSSH PRIVATE KEY-----\n")


def test_the_place_of_the_projects_itself_is_no_reason(tmp_path: Path) -> None:
    inside = tmp_path / ".config" / "projects"
    assert secret_reason(inside / "thesis" / "notes.md", inside=inside) == ""
    for name in ("thesis/.env", "thesis/.git/config", "thesis/id_rsa", "../tool/settings.toml"):
        assert secret_reason(inside / name, inside=inside)
