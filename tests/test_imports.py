"""Modules that start-up must not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "openai",
    "pydantic",
    "httpx2",
    "starlette",
    "uvicorn",
    "xllamacpp",
    "json_repair",
    "jsonschema",
    "keyring",
    "tomlkit",
)


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(result.stdout.split())


def test_the_app_starts_without_anything_heavy() -> None:
    assert not loaded_by("import tui_chat.ui.app") & set(HEAVY)


def test_the_first_paint_needs_no_stream_events() -> None:
    code = "import sys; import tui_chat.ui.run; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    late = {"tui_chat.core.stream_events", "tui_chat.core.tools.call", "tui_chat.core.cost.cost"}
    assert not set(result.stdout.split()) & late


@pytest.mark.parametrize(
    "statement", ["from tui_chat.cli.main import _parser; _parser()", "import tui_chat.cli.ask"]
)
def test_ask_imports_no_ui(statement: str) -> None:
    assert not loaded_by(statement) & {*HEAVY, "textual", "rich"}


def test_a_question_imports_only_the_transport_of_the_sdk() -> None:
    """`openai` takes 0.3 s to import and `pydantic` 0.07 s; neither is needed."""
    loaded = loaded_by("import asyncio, tui_chat.providers as p; asyncio.run(p.warm_up())")
    assert "httpx2" in loaded
    assert not loaded & {*HEAVY, "textual", "rich", "sqlite3"} - {"httpx2"}


_FIRST_REQUEST = """
import asyncio, sys
from tui_chat.core.conversation import Role
from tui_chat.core.errors import ProviderError
from tui_chat.core.profile import Profile
from tui_chat.core.request import CompletionRequest, RequestMessage
from tui_chat.providers import open_provider, warm_up

async def answer(reader, writer):
    await reader.readuntil(b"hi")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 14\\r\\n\\r\\ndata: [DONE]\\n\\n")
    writer.close()

async def main():
    await warm_up()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = "http://127.0.0.1:%d/v1" % server.sockets[0].getsockname()[1]
    before = set(sys.modules)
    provider = await open_provider(Profile("test", url, max_retries=0), None)
    try:
        async for _ in provider.stream(CompletionRequest("m", (RequestMessage(Role.USER, "hi"),))):
            pass
    except ProviderError as error:
        print(error.kind, *sorted(set(sys.modules) - before))
    await provider.aclose()
    server.close()

asyncio.run(main())
"""


def test_the_first_request_imports_nothing_on_the_event_loop() -> None:
    result = subprocess.run(
        [sys.executable, "-c", _FIRST_REQUEST],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.stdout.split() == ["bad_reply"]


def test_the_first_paint_needs_no_markdown() -> None:
    code = (
        "import sys, tui_chat.ui.run;"
        "print([m for m in ('markdown_it', 'pygments', 'sqlite3') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert result.stdout.strip() == "[]"


def test_writing_a_conversation_as_text_needs_no_markdown_and_no_highlighter() -> None:
    loaded = loaded_by(
        "import tui_chat.import_export.export.write_file, tui_chat.cli.conversations.run"
    )
    assert not loaded & {"markdown_it", "pygments", "textual", "rich", *HEAVY}
