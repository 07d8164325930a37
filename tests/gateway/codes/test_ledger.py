"""The ledger beside the loop, and the tokens that are estimated for it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.codes.database import Entry, GatewayDatabase
from tui_chat.gateway.codes.ledger import Ledger
from tui_chat.gateway.proxy.token_count import estimated, estimated_input

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def entry(tokens: int = 1, code_id: int = 1) -> Entry:
    return Entry(code_id, MIDNIGHT, "m", tokens, tokens, False, 200, "complete", 5)


async def test_what_was_noted_is_written_before_it_closes(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with closing(GatewayDatabase.open(path)) as records:
        records.add("ada", CodeLimits())
        ledger = await Ledger.open(path)
        for tokens in range(50):
            ledger.note(entry(tokens))
        await ledger.aclose()
        assert records.tokens_since(1, MIDNIGHT) == 2 * sum(range(50))
        assert records.tokens_since(1, MIDNIGHT.replace(day=2)) == 0


async def test_what_cannot_be_written_is_logged_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "g.db"
    ledger = await Ledger.open(path)
    # There is no such code.
    await ledger.note(entry(code_id=7))
    await ledger.aclose()
    assert "missing in the ledger" in caplog.text


def test_estimates() -> None:
    assert estimated("") == 0
    assert estimated("word") == 1
    assert estimated("words") == 2
    assert estimated("你好 world") == 4
    messages = [{"role": "user", "content": "word"}, {"role": "assistant", "content": None}]
    assert estimated_input(messages) == 9
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "x" * 10_000}}
    assert estimated_input([{"role": "user", "content": [picture]}]) < 20
