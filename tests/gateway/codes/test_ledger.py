"""The ledger thread, and the estimated token counts."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.codes.database import GatewayDatabase, LedgerEntry
from tui_chat.gateway.codes.ledger import Ledger
from tui_chat.gateway.proxy.message_fields import estimate_input_tokens

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def entry(tokens: int = 1, code_id: int = 1) -> LedgerEntry:
    return LedgerEntry(code_id, MIDNIGHT, "m", tokens, tokens, False, 200, "complete", 5)


async def test_pending_entries_are_written_before_closing(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with closing(GatewayDatabase.open(path)) as database:
        database.add("ada", CodeLimits())
        ledger = await Ledger.open(path)
        for tokens in range(50):
            ledger.record(entry(tokens))
        await ledger.aclose()
        assert database.tokens_since(1, MIDNIGHT) == 2 * sum(range(50))
        assert database.tokens_since(1, MIDNIGHT.replace(day=2)) == 0


async def test_write_errors_are_only_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "g.db"
    ledger = await Ledger.open(path)
    # There is no such code.
    await ledger.record(entry(code_id=7))
    await ledger.aclose()
    assert "was not written to the ledger" in caplog.text


def test_input_token_estimates() -> None:
    messages = [{"role": "user", "content": "word"}, {"role": "assistant", "content": None}]
    assert estimate_input_tokens(messages) == 9
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "x" * 10_000}}
    assert estimate_input_tokens([{"role": "user", "content": [picture]}]) < 20
