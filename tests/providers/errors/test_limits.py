"""Rate limits are retried; limits per day, empty accounts and oversized requests are not."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.providers.errors.forms import NOW_S, Form, forms
from tui_chat.core.errors import ContextTooLong, LimitReached, ProviderError, RateLimited
from tui_chat.core.profile import KeySource, Profile
from tui_chat.core.text.redact import Redactor
from tui_chat.providers import retry_after
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.retry_policy import pause_before_retry

_PROFILE = Profile("p", "https://api.example.com/v1", key=KeySource(env="K"))
_ERRORS = HttpErrors(_PROFILE, Redactor([]))
FORMS = forms("limits.jsonl")
_DATE = {"date": format_datetime(datetime.fromtimestamp(NOW_S, UTC), usegmt=True)}
_CLASSES = {
    "rate": RateLimited,
    "limit": LimitReached,
    "balance": LimitReached,
    "request_size": ContextTooLong,
}


class _Clock(datetime):
    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(NOW_S, UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_after, "datetime", _Clock)


def error_of(form: Form) -> ProviderError:
    if form.status == 0:
        return _ERRORS.of_stream_error(form.body, has_text=False)
    return _ERRORS.of_status(form.status, {**_DATE, **form.headers}, form.sent_body)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_limits_are_distinguished(form: Form) -> None:
    error = error_of(form)
    assert (error.cause, type(error)) == (form.cause, _CLASSES[form.cause]), error.message
    assert error.retry_after_s == (None if form.wait_s is None else pytest.approx(form.wait_s))
    pause_s = pause_before_retry(error, 1)
    assert (pause_s is not None) == (form.cause == "rate")
    if form.wait_s is not None and pause_s is not None:
        assert pause_s == pytest.approx(form.wait_s)


def test_the_error_says_when_a_limit_is_lifted() -> None:
    days = next(form for form in FORMS if form.name == "openrouter_day")
    assert "It comes back in 10 h." in error_of(days).message
    account = next(form for form in FORMS if form.name == "anthropic_usage")
    assert "It comes back in 24 h." in error_of(account).message


def test_no_advice_about_billing_beside_a_rate_limit() -> None:
    rates = [form for form in FORMS if form.cause == "rate"]
    assert len(rates) > 50
    assert not [form.name for form in rates if "plan and billing there" in error_of(form).hint]
