"""The cause of an error is recognized by the words of each endpoint, and the advice fits it."""

from __future__ import annotations

import pytest

from tests.providers.errors.forms import Form, forms
from tui_chat.core.advice import Advice, Face, shown_on
from tui_chat.core.errors import KeyRefused, ProviderError
from tui_chat.core.profile import KeySource, Profile
from tui_chat.core.text.redact import Redactor
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.retry_policy import pause_before_retry

FORMS = forms("causes.jsonl")
_PROFILE = Profile("p", "https://api.example.com/v1", key=KeySource(env="K"))
_ERRORS = HttpErrors(_PROFILE, Redactor([]))
_RETRIED = frozenset({"loading", "overloaded", "rate"})
_ABOUT_URL = frozenset({"url"})


def error_of(form: Form, errors: HttpErrors = _ERRORS) -> ProviderError:
    if form.status == 0:
        return errors.of_stream_error(form.body, has_text=False)
    return errors.of_status(form.status, form.headers, form.sent_body)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_cause_is_recognized(form: Form) -> None:
    error = error_of(form)
    assert error.cause == form.cause, error.message
    assert isinstance(error, KeyRefused) == (form.cause == "key" or form.name == "unknown_403")
    assert ("base_url" in error.hint) == (form.cause in _ABOUT_URL), error.hint
    if form.cause:
        assert (pause_before_retry(error, 1) is not None) == (form.cause in _RETRIED)
        assert error.hint
    assert error.retry_after_s == form.wait_s


@pytest.mark.parametrize(("name", "is_retried"), [
    ("unknown_stream", False), ("provider_error", True), ("unknown_400", False),
    ("cloudflare_524", True), ("litellm_timeout", True),
])  # fmt: skip
def test_unknown_errors_are_not_retried_blindly(name: str, is_retried: bool) -> None:
    error = error_of(next(form for form in FORMS if form.name == name))
    assert (pause_before_retry(error, 1) is not None) == is_retried


def test_the_command_line_names_no_keys_of_the_chat() -> None:
    with shown_on(Face.COMMAND_LINE):
        hints = {error_of(form).hint for form in FORMS}
    assert not [hint for hint in hints if "Ctrl+" in hint or "press " in hint.lower()]
    assert any("--model" in hint for hint in hints)


def test_advice_is_removed_for_either_face() -> None:
    text = f"No. {Advice.READ_ALL.text}"
    with shown_on(Face.COMMAND_LINE):
        assert Advice.READ_ALL.is_in(text)
        assert Advice.READ_ALL.removed_from(text) == "No."


def test_a_key_that_is_set_and_not_sent_is_explained() -> None:
    profile = Profile("p", "https://api.example.com/v1")
    errors = HttpErrors(profile, Redactor([]), has_unsent_key=True)
    error = errors.of_status(401, {}, "")
    assert "OPENAI_API_KEY is set, but was not sent" in error.summary
    assert 'api_key_env = "OPENAI_API_KEY"' in error.hint
    assert "OPENAI_BASE_URL" in error.hint
