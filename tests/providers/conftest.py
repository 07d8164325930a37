"""Small pauses, so that nothing is waited for."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tui_chat.providers import retry_policy as retries
from tui_chat.providers import timeouts as clocks
from tui_chat.providers.http import client as http_client

# A machine under load is no fault of the reader; what takes long is looked for by other tests.
settings.register_profile("providers", deadline=None)
settings.load_profile("providers")


@pytest.fixture(autouse=True)
def _small_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr(clocks, "USAGE_GRACE_S", 0.15)
    monkeypatch.setattr(http_client, "BODY_PATIENCE_S", 0.1)
