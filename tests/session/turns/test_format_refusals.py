"""Rejected formats and schemas, in the words of endpoints."""

from __future__ import annotations

import json

import pytest

from tui_chat.core.errors import ProviderError, RequestRejected
from tui_chat.core.profile import Profile
from tui_chat.core.text.redact import Redactor
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.session.turns.format_refusals import FormatRefusals

_ERRORS = HttpErrors(Profile("p", "https://x/v1"), Redactor([]))
_SCHEMA_FAULTS = (
    (400,
     "Invalid JSON payload received. Unknown name \"additionalProperties\" at "
     "'generation_config.response_schema': Cannot find field."),
    (400,
     "The specified schema produces a constraint that has too many states for serving. "
     "Typical causes of this error are schemas with lots of text."),
    (400, "The provided JSON schema contains features not supported by xgrammar."),
    (400, "JSON schema conversion failed:\nUnrecognized schema: {\"not\":{}}"),
    (400, "Failed to initialize samplers: failed to parse grammar"),
    (500, "failed to load model vocabulary required for format"),
    (500, "invalid JSON schema in format"),
    (400, "Unsupported JSON schema fields: {'minLength', 'pattern'}"),
    (400, "Failed to parse json_schema: grammar compile error"),
    (400,
     "litellm.BadRequestError: OpenAIException - Error code: 400 - {'detail': 'invalid "
     "structured outputs config'}"),
    (400,
     "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
     "explicitly set to false"),
    (422, "Value error, schema too complex in response_format"),
    (400,
     "Invalid schema for response_format 'a': context=(), $ref cannot have keywords "
     "{'description'}."),
    (400,
     "Invalid schema for response_format 'a': In context=('properties', 'x'), schema "
     "must have a 'type' key."),
    (400, "Invalid schema for response_format 'a': enum value is too long"),
    (0, "Failed to compile grammar from json_schema"),
    (400, "Guided decoding: keyword 'uniqueItems' is not supported"),
)  # fmt: skip
_FORM_FAULTS = (
    (400,
     "This model does not support response format `json_schema`. See supported models "
     "at https://console.groq.com/docs/structured-outputs#supported-models"),
    (400, "'response_format.type' must be 'json_object' or 'text'"),
    (400, "This response_format type is unavailable now"),
    (400,
     "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
     "this model."),
    (400, "Unrecognized request argument supplied: response_format"),
    (422, "body.response_format: Extra inputs are not permitted"),
    (400, "response_format json_schema is not supported with this model"),
    (400, "JSON mode is not enabled for this model"),
    (400, "json_schema is not supported"),
    (400, "Structured outputs are not supported by this model"),
)  # fmt: skip


def _error(status: int, message: str) -> ProviderError:
    body = {"error": {"message": message, "type": "invalid_request_error"}}
    if status == 0:
        return _ERRORS.of_stream_error(body, has_text=False)

    return _ERRORS.of_status(status, {}, json.dumps(body))


@pytest.mark.parametrize(("status", "message"), _SCHEMA_FAULTS)
def test_a_rejected_schema_weakens_that_schema_only(status: int, message: str) -> None:
    refusals, step, steps = FormatRefusals(), "strict", list[str]()
    error = _error(status, message)
    for _ in range(2):
        step = refusals.next(step, error)  # type: ignore[arg-type]
        steps.append(step)
    assert steps == ["json_schema", "json_object"]
    assert not refusals.is_of_form


@pytest.mark.parametrize(("status", "message"), _FORM_FAULTS)
def test_a_rejected_format_is_remembered(status: int, message: str) -> None:
    refusals = FormatRefusals()
    assert refusals.next("strict", _error(status, message)) == "json_object"  # type: ignore[arg-type]
    assert refusals.is_of_form


@pytest.mark.parametrize("message", [
    "json_validate_failed: Failed to generate JSON. Please adjust your prompt.",
    "Failed to validate JSON. See 'failed_generation' for more details.",
])  # fmt: skip
def test_an_object_that_failed_is_asked_for_once_more(message: str) -> None:
    refusals = FormatRefusals()
    error = _error(400, message)
    assert refusals.next("strict", error) == "strict"  # type: ignore[arg-type]
    with pytest.raises(RequestRejected):
        refusals.next("strict", error)  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "message"), [
    (400, "The model `x` does not exist"), (402, "Insufficient Balance"),
    (403, "response_format"),
    (400, "maximum context length is 8192 tokens, json_schema"), (401, "json_schema"),
])  # fmt: skip
def test_other_errors_are_raised(status: int, message: str) -> None:
    with pytest.raises(ProviderError):
        FormatRefusals().next("strict", _error(status, message))  # type: ignore[arg-type]
