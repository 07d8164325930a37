from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.cli.conversations.conftest import KEY
from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command

SKY = "Why is the sky blue?"


def test_one_conversation_is_exported_to_standard_output(
    run: Command, saved: dict[str, str]
) -> None:
    others = [name for name in saved.values() if name != saved[SKY]]
    # Ids of the same millisecond differ only at the end.
    size = next(n for n in range(4, 33) if not any(it[:n] == saved[SKY][:n] for it in others))
    for which in (saved[SKY], saved[SKY][:size], "why blue"):
        ran = run("export", which)

        assert ran.status == 0
        assert ran.out.startswith(f'---\ntitle: "{SKY}"\n')
        assert ran.out.endswith("## smollm2\n\nAir scatters blue light.\n")
        assert ("Found by its title" in ran.err) is (which == "why blue")


@pytest.mark.usefixtures("saved")
def test_the_last_used_conversation_is_the_default(run: Command) -> None:
    ran = run("export", "--format", "json")

    assert json.loads(ran.out)["conversations"][0]["title"].startswith("Evil")
    assert "Last used" in ran.err


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("zzz", "No conversation has the id zzz"),
        ("w", "2 titles contain “w”"),
        ("deleted", "Found by its title"),
        ("ffffffffffff", "No conversation has the id"),
        ("", "Last used"),
    ],
)
def test_the_chosen_conversation_is_reported(
    run: Command, saved: dict[str, str], which: str, words: str
) -> None:
    ran = run("show", which)

    assert words in ran.err
    assert ran.status == (0 if which in ("", "deleted") else 1)
    if which == "w":
        assert saved[SKY][:8] in ran.err


def test_an_ambiguous_id_prefix_is_reported(run: Command, saved: dict[str, str]) -> None:
    ran = run("show", saved[SKY][:7])

    assert ran.status == 1
    assert "4 ids begin with" in ran.err
    assert ran.out == ""


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("form", ["md", "html"])
def test_all_conversations_are_exported_into_a_folder(
    run: Command, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "out"

    assert run("export", "--all", "--format", form, "-o", str(folder)).status == 0

    assert len(list(folder.glob(f"*.{form}"))) == 3
    assert folder.stat().st_mode & 0o777 == 0o700
    again = run("export", "--all", "--format", form, "-o", str(folder))
    assert (again.status, "--force" in again.err) == (1, True)
    assert run("export", "--all", "--format", form, "-o", str(folder), "--force").status == 0
    assert run("export", "--all", "--format", form, "-o", "-").status == 1


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    ("name", "flags", "start"),
    [
        ("all.html", [], "<!DOCTYPE html>"),
        ("all.htm", ["--format", "html"], "<!DOCTYPE html>"),
        ("all.md", [], "---\n"),
        ("all.json", [], "{"),
        ("all.jsonl", [], '{"'),
    ],
)
def test_the_extension_of_a_file_selects_the_format(
    run: Command, tmp_path: Path, name: str, flags: list[str], start: str
) -> None:
    target = tmp_path / name

    ran = run("export", "--all", "-o", str(target), *flags)

    assert (ran.status, f"Written to {target}: " in ran.err) == (0, True)
    assert target.is_file()
    assert target.read_text(encoding="utf-8").startswith(start)
    one = tmp_path / f"one-{name}"
    assert run("export", "-o", str(one), *flags).status == 0
    assert one.read_text(encoding="utf-8").startswith(start)


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    ("name", "flags", "words"),
    [
        ("all.csv", [], "cannot be exported as .csv"),
        ("all.pdf", [], "Use one of .md, .json, .jsonl, .html"),
        ("all.html", ["--format", "md"], "has the extension of another format than md"),
    ],
)
def test_an_extension_that_does_not_fit_is_reported(
    run: Command, tmp_path: Path, name: str, flags: list[str], words: str
) -> None:
    ran = run("export", "--all", "-o", str(tmp_path / name), *flags)

    assert (ran.status, words in ran.err) == (1, True)
    assert not (tmp_path / name).exists()


def test_conversations_with_the_same_name_get_separate_files(
    run: Command, database: Path, tmp_path: Path
) -> None:
    with Store(database) as store:
        for number in range(3):
            turn = asked("The same")
            owner = f"{number}abcdef"
            store.add_turn(
                replace(turn.conversation, id=owner),
                replace(turn.question, content=f"Question {number}", conversation_id=owner),
                replace(turn.replied("Yes.", MessageStatus.COMPLETE), conversation_id=owner),
            )
    for flags in ([], ["--force"]):
        assert run("export", "--all", "-o", str(tmp_path / "out"), *flags).status == 0
    texts = "".join(file.read_text("utf-8") for file in (tmp_path / "out").iterdir())
    assert [texts.count(f"Question {number}") for number in range(3)] == [1, 1, 1]


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_lossless_export_can_be_imported(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    file = tmp_path / "all"
    assert "4 conversations" in run("export", "--all", "--format", form, "-o", str(file)).err
    printed = run("export", "--all", "--format", form).out
    assert printed == file.read_text(encoding="utf-8")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    ran = run("import", str(file))

    assert ran.status == 0
    assert "imported: 4 conversations, 8 messages" in ran.out
    assert run("export", "--all", "--format", form).out == printed
    assert "already saved: 3 conversations" in run("import", str(file)).out


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("form", ["md", "json", "jsonl", "html"])
def test_exports_redact_configured_keys(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    assert KEY in run("export", "evil", "--format", form).out
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    out = run("export", "evil", "--format", form).out
    run("export", "evil", "--format", form, "-o", str(tmp_path / "out"))

    assert KEY not in out
    assert "***" in out
    assert KEY not in (tmp_path / "out").read_text(encoding="utf-8")
    for command in (("show", "evil"), ("show", "evil", "--json"), ("search", "key")):
        assert KEY not in run(*command).out


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("source", ["file", "header", "body", "command", "cancel"])
@pytest.mark.parametrize("command", ["export", "show", "show --json", "search", "search --json"])
def test_keys_of_every_source_are_redacted(
    run: Command, tmp_path: Path, source: str, command: str
) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(f"{KEY}\n")
    key_file.chmod(0o600)
    config = tmp_path / "home" / ".config" / "tui-chat" / "config.toml"
    config.parent.mkdir()
    line = {
        "file": f'api_key_file = "{key_file}"',
        "header": f'headers = {{ "x-api-key" = "{KEY}" }}',
        "body": f'extra_body.provider.api_key = "{KEY}"',
        "command": f'api_key_command = "cat {key_file}"',
        "cancel": f'cancel.url = "{{base_url}}/cancel?token={KEY}"',
    }
    config.write_text(f'[profiles.p]\nbase_url = "http://127.0.0.1:9/v1"\n{line[source]}\n')
    config.chmod(0o600)

    verb, *flags = command.split()
    ran = run(verb, "key" if verb == "search" else "evil", *flags)
    assert ran.status == 0
    assert KEY not in ran.out
    assert "***" in ran.out


@pytest.mark.usefixtures("saved")
def test_a_failed_key_command_is_reported(run: Command, tmp_path: Path) -> None:
    config = tmp_path / "home" / ".config" / "tui-chat" / "config.toml"
    config.parent.mkdir()
    config.write_text(
        '[profiles.p]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_command = "false"\n'
    )
    config.chmod(0o600)
    ran = run("export", "evil")
    assert ran.status == 0
    assert "profile “p”" in ran.err
    assert "not redacted" in ran.err


@pytest.mark.usefixtures("saved")
def test_the_key_command_runs_only_if_needed(run: Command, tmp_path: Path) -> None:
    config = tmp_path / "home" / ".config" / "tui-chat" / "config.toml"
    config.parent.mkdir()
    ran_file = tmp_path / "ran"
    config.write_text(
        f'[profiles.p]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_command = "touch {ran_file}"\n'
    )
    config.chmod(0o600)
    assert run("list").status == 0
    assert not ran_file.exists()


@pytest.mark.usefixtures("saved")
def test_wrong_usage(run: Command) -> None:
    assert run("export", "sky", "--all").status == 2
    assert run("export", "--format", "pdf").status == 2
    assert run("backup").status == 2
    assert run("import").status == 2


@pytest.mark.parametrize(
    "command",
    [("show",), ("export",), ("export", "--all"), ("backup", "x"), ("show", "x", "--json")],
)
def test_commands_without_a_database_fail(
    run: Command, database: Path, command: tuple[str, ...]
) -> None:
    ran = run(*command)

    assert (ran.status, ran.out) == (1, "")
    assert "No conversation is saved yet." in ran.err
    assert not database.exists()


@pytest.mark.parametrize("command", ["list", "search"])
def test_lists_without_a_database_are_empty(run: Command, database: Path, command: str) -> None:
    words = ["x"] if command == "search" else []
    ran = run(command, *words)
    assert (ran.status, ran.out) == (0, "")
    assert "No conversation is saved yet." in ran.err
    assert json.loads(run(command, "--json", *words).out) == []
    assert not database.parent.exists()


@pytest.mark.usefixtures("saved")
def test_a_missing_folder_is_reported(run: Command, tmp_path: Path) -> None:
    for arguments in (["blue"], ["--all", "--format", "json"]):
        ran = run("export", *arguments, "-o", f"{tmp_path / 'new'}/")
        assert (ran.status, "does not exist" in ran.err) == (1, True)
    assert not list(tmp_path.glob("new*"))
