from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.import_export.build import talk, transcripts
from tui_chat.core.errors import StorageError
from tui_chat.core.profile import Secret
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.export.formats import TranscriptFormat, format_of_name, render_all
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.import_export.export.write_file import file_name, write_file, write_transcript
from tui_chat.import_export.json_format import as_json

MD = TranscriptFormat.MD
KEY = "sk-live-4f9d8a7b6c5e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("file_format", TranscriptFormat)
def test_a_file_is_private_and_complete(folder: Path, file_format: TranscriptFormat) -> None:
    path = write_transcript(talk("Why?", "Because"), file_format, folder / "out")

    assert path == folder / "out"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Because" in path.read_text(encoding="utf-8")
    assert list(folder.iterdir()) == [path]


def test_a_file_in_a_folder_gets_a_free_name(folder: Path) -> None:
    first = write_transcript(talk("Why?"), MD, folder)
    second = write_transcript(talk("Why?"), MD, folder)

    assert first.name == "2026-01-02-sky-colours-c1.md"
    assert second.name == "2026-01-02-sky-colours-c1-2.md"
    assert write_transcript(talk("Why?"), MD, folder, overwrite=True) == first


def test_an_existing_file_is_not_overwritten_by_default(folder: Path) -> None:
    path = folder / "out"
    path.write_text("mine")

    with pytest.raises(StorageError, match="already exists"):
        write_transcript(talk("Why?"), MD, path)
    assert path.read_text() == "mine"

    write_transcript(talk("Why?"), MD, path, overwrite=True)
    assert "Why?" in path.read_text()


def test_a_failure_midway_keeps_the_old_file(folder: Path) -> None:
    path = folder / "out"
    path.write_text("mine")

    def pieces() -> Any:
        yield "half"
        raise StorageError("The database broke.")

    with pytest.raises(StorageError, match="broke"):
        write_file(path, pieces(), overwrite=True)

    assert path.read_text() == "mine"
    assert list(folder.iterdir()) == [path]


def test_a_full_disk_leaves_no_partial_file(folder: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from tests.import_export.build import talk
from tui_chat.core.errors import StorageError
from tui_chat.import_export.export.write_file import write_transcript
from tui_chat.import_export.export.formats import TranscriptFormat
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    write_transcript(talk("x" * 100_000), TranscriptFormat.MD, Path(sys.argv[1]) / "out")
except StorageError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert "out" in result.stdout
    assert list(folder.iterdir()) == []


def test_a_missing_folder_is_reported(folder: Path) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        write_transcript(talk("Why?"), MD, folder / "no" / "out")


@settings(max_examples=50, deadline=None)
@given(transcripts())
def test_any_title_gives_a_valid_file_name(transcript: Transcript) -> None:
    name = file_name(transcript.conversation, MD)

    assert Path(name).name == name
    assert len(name.encode()) < 200
    assert name.isprintable()
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Why is the sky blue?", "why-is-the-sky-blue"),
        ("../../etc/passwd", "etc-passwd"),
        ("天空" * 40, "天空" * 19 + "天"),
        ("\x1b]0;x\x07", "0-x"),
        ("???", ""),
    ],
)
def test_file_names_are_slugs_of_titles(title: str, slug: str) -> None:
    parts = ["2026-01-02", slug, "c1.md"]
    name = file_name(talk("x", title=title).conversation, MD)

    assert name.startswith("-".join(part for part in parts if part)[:30])


@pytest.mark.parametrize("file_format", TranscriptFormat)
def test_known_keys_are_redacted_everywhere(folder: Path, file_format: TranscriptFormat) -> None:
    transcript = talk(f"Is {KEY} good?", f"{KEY} is.", title=f"Is {KEY} good?")
    transcript = Transcript(
        replace(
            transcript.conversation,
            draft=KEY,
            system_prompt=KEY,
            settings={KEY: [{"x": f"Bearer {KEY}"}]},
        ),
        [replace(entry, reasoning=KEY, error_text=KEY) for entry in transcript.messages],
    )

    path = write_transcript(transcript, file_format, folder, redact=KeyRedactor([Secret(KEY)]))

    assert KEY not in path.read_text(encoding="utf-8")
    assert KEY not in path.name
    assert "***" in path.read_text(encoding="utf-8")


def test_a_key_truncated_in_a_title_is_redacted() -> None:
    redacted = KeyRedactor([Secret(KEY)])(talk("x", title=f"My key is {KEY[:14]}"))

    assert redacted.conversation.title == "My key is ***"


def test_unknown_keys_are_left_alone() -> None:
    transcript = talk("sk-other-1234567890 Bearer abc123456", title="password: hunter22")

    redacted = KeyRedactor([Secret(KEY), Secret("short")])(transcript)

    assert "".join(as_json([redacted])) == "".join(as_json([transcript]))


def test_several_conversations_are_one_document() -> None:
    text = "".join(render_all([talk("x"), talk("天")], MD))
    assert text.count("## You") == 2


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("a.html", "html"), ("a.HTM", "html"), ("a/b.jsonl", "jsonl"), ("a.md", "md"),
     ("a.csv", None), ("md", None), ("a.txt", None), ("folder.json/x", None)],
)  # fmt: skip
def test_the_extension_names_the_format(name: str, wanted: str | None) -> None:
    assert format_of_name(name) == wanted
