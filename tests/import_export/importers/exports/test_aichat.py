"""Sessions and the log of aichat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.import_export.importers.reading import BOT, USER, outline, read
from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

AICHAT = """\
model: ollama:qwen3
temperature: 0.5
messages:
- role: system
  content: Be brief.
- role: user
  content: |-
    天为什么蓝?
    Two lines.
- role: assistant
  content: 瑞利散射。
- role: user
  content:
  - type: text
    text: 日落呢?
  - type: image_url
    image_url:
      url: data:image/png;base64,aGk=
- role: tool
  content: {tool_results: [{call: {}, output: 3}], text: ''}
"""


def test_a_session_of_aichat_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "天空.yaml"
    path.write_text(AICHAT, encoding="utf-8")

    (found,), tally = read(path)

    assert outline(found) == [
        (USER, "天为什么蓝?\nTwo lines.", ""),
        (BOT, "瑞利散射。", ""),
        (USER, "日落呢?", ""),
    ]
    assert found.conversation.title == "天空"
    assert found.conversation.system_prompt == "Be brief."
    assert found.path[1].model == "ollama:qwen3"
    assert sorted(tally.skipped_counts()) == ["1 image", "1 tool call", "1 tool result"]


LOG = """# CHAT: Why is the sky blue? [2024-05-01T10:00:00+02:00]
Why is the sky blue?
--------
Rayleigh.
--------

# CHAT: 引用 [2024-05-02T10:00:00+02:00] (shell#docs)
# CHAT: quoted [2024-01-01T00:00:00Z]
was my log.
--------
<think>
Hm.
</think>
<tool_calls>
[{"call":{"name":"f"}}]
</tool_calls>

One.

--------
Two.
--------

"""


@pytest.mark.parametrize("name", ["messages.md", "log.txt"])
def test_the_log_of_aichat_is_imported(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(LOG, encoding="utf-8")

    (first, second), tally = read(path)

    assert outline(first) == [(USER, "Why is the sky blue?", ""), (BOT, "Rayleigh.", "")]
    assert first.conversation.title == "Why is the sky blue?"
    assert first.conversation.created_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    quoted = "# CHAT: quoted [2024-01-01T00:00:00Z]\nwas my log."
    assert outline(second) == [(USER, quoted, ""), (BOT, "One.\n\n--------\nTwo.", "Hm.")]
    assert tally.skipped_counts() == ["1 tool call"]


def test_a_folder_is_imported_as_an_archive_of_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "aichat"
    (folder / "sessions").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "messages.md").write_text(LOG, encoding="utf-8")
    (folder / "README.md").write_text("# CHAT: no", encoding="utf-8")
    (folder / "sessions" / "天空.yaml").write_text(AICHAT, encoding="utf-8")
    (folder / ".git" / "x.yaml").write_text(AICHAT, encoding="utf-8")
    (folder / "sessions" / "again").symlink_to(folder)
    (folder / "sessions" / "link.yaml").symlink_to(folder / "sessions" / "天空.yaml")

    found, _tally = read(folder)

    titles = [it.conversation.title for it in found]
    assert titles == ["Why is the sky blue?", "引用", "天空"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("a: &a [x]\nmodel: m\nmessages: [{role: user, content: *a}]", "refers to parts of itself"),
        ("model: m\nsteps: 3", "is not a supported file"),
        ("model: [", "is not a supported file"),
        ("!!python/object/apply:os.system ['true']", "is not a supported file"),
        ("- " * 5_000, "is not a supported file"),
    ],
)
def test_a_hostile_yaml_file_is_refused(tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(StorageError, match=error):
        read(path)
