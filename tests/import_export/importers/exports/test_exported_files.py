"""Files in the archives of ChatGPT and Claude become attachments of their messages."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.attachments.files import picture
from tests.import_export.importers.exports.test_chatgpt import conversation, node
from tests.import_export.importers.exports.test_claude import chat_message
from tests.import_export.importers.reading import read
from tui_chat.core.attachments import AttachmentKind

if TYPE_CHECKING:
    from pathlib import Path

PNG = picture("PNG")
CAT = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-Cat1"}
SKY = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_0000sky"}
GONE = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-Gone"}
VOICE = {
    "content_type": "real_time_user_audio_video_asset_pointer",
    "audio_asset_pointer": {"asset_pointer": "sediment://file_voice#123"},
}
UPLOADS = {"attachments": [{"id": "file-Cat1", "name": "cat.png"},
                           {"id": "file-Notes", "name": "my notes.txt"},
                           {"id": "file-Lost", "name": "lost.txt"}]}  # fmt: skip
CHATGPT = conversation(
    node("q", "root", "user", {"content_type": "multimodal_text", "parts": [CAT, GONE, "What?"]},
         metadata=UPLOADS),
    node("t", "q", "tool", {"content_type": "multimodal_text", "parts": [SKY]}),
    node("a", "t", "assistant", "A cat.", 1),
    node("q2", "a", "user", {"content_type": "multimodal_text", "parts": [VOICE]}, 2),
    shown="q2",
)  # fmt: skip
CHATGPT_FILES = {
    "file-Cat1-cat.png": PNG,
    "dalle-generations/file_0000sky-1234.webp": PNG,
    "file-Notes-my notes.txt": b"one",
    "conv-1/audio/file_voice-9.wav": b"RIFF....WAVE",
    "file-Unused.bin": b"\0",
}
UUID = "0a1b2c3d-0000-4000-8000-0123456789ab"
CLAUDE = {
    "uuid": "c1", "name": "Sky", "created_at": "2026-01-01T00:00:00Z",
    "chat_messages": [
        chat_message("1", "human", "", 1, files=[{"file_uuid": UUID, "file_name": "cat.png"},
                                                 {"file_name": "lost.png"}]),
        chat_message("2", "assistant", "A cat.", 2, files=[{"file_name": "plot.png"}]),
    ],
}  # fmt: skip
CLAUDE_FILES = {f"files/{UUID}.png": PNG, "outputs/plot.png": PNG}


def archive(path: Path, value: Any, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("conversations.json", json.dumps([value]))
        for name, data in files.items():
            target.writestr(name, data)
    return path


@pytest.mark.parametrize("is_folder", [False, True])
def test_files_of_chatgpt(tmp_path: Path, is_folder: bool) -> None:
    path = archive(tmp_path / "x.zip", CHATGPT, CHATGPT_FILES)
    if is_folder:
        with zipfile.ZipFile(path) as source:
            source.extractall(path := tmp_path / "x")
    (found,), tally = read(path)
    question, answer, voice = found.messages
    assert (question.content, answer.content, voice.content) == ("What?", "A cat.", "")
    assert [it.name for it in question.attachments] == ["cat.png", "my notes.txt"]
    assert [it.content.data for it in question.attachments if it.content] == [PNG, b"one"]
    assert [it.kind for it in answer.attachments] == [AttachmentKind.PICTURE]
    assert [it.kind for it in voice.attachments] == [AttachmentKind.SOUND]
    assert sorted(tally.skipped_counts()) == ["1 image"]


def test_files_of_claude(tmp_path: Path) -> None:
    (found,), tally = read(archive(tmp_path / "x.zip", CLAUDE, CLAUDE_FILES))
    question, answer = found.messages
    assert (question.content, [it.name for it in question.attachments]) == ("", ["cat.png"])
    assert [it.name for it in answer.attachments] == ["plot.png"]
    assert tally.skipped_counts() == ["1 attachment"]


def test_files_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    bomb = {"file-Cat1-cat.png": PNG + bytes(60_000_000), "file-Notes": b""}
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("conversations.json", json.dumps([CHATGPT]))
        for name, data in bomb.items():
            target.writestr(name, data)
    (found,), tally = read(path)
    assert not any(message.attachments for message in found.messages)
    assert "3 images" in tally.skipped_counts()
