"""Cases: error messages about rejected settings and conversations that are too long."""

from __future__ import annotations

from typing import Any

from tests.providers.case import Case, failing
from tests.providers.wire import END, error_answer, hello, json_answer
from tests.sse_server import Answer
from tui_chat.core.profile import Sampling

_OK = Answer((hello(END),))


def _rejected(name: str, message: str, *fragments: str, status: int = 400, **fields: Any) -> Case:
    return failing(
        name,
        error_answer(status, message, **fields),
        "request_rejected",
        f"HTTP {status}",
        *fragments,
    )


def _too_long(name: str, answer: Answer, *fragments: str) -> Case:
    return failing(name, answer, "context_too_long", "too long", "Ctrl+N", *fragments)


PARAMETERS: tuple[Case, ...] = (
    _rejected(
        "param_temperature",
        "Unsupported value: 'temperature' does not support 0.2",
        "temperature",
        param="temperature",
        code="unsupported_value",
    ),
    _rejected(
        "param_max_tokens",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.",
        "max_tokens",
        param="max_tokens",
    ),
    _rejected("param_top_p", "top_p must be in (0, 1], got 3.0.", "top_p"),
    _rejected(
        "param_frequency", "Extra inputs are not permitted: frequency_penalty", "frequency_penalty"
    ),
    _rejected("param_presence", "`presence_penalty` is deprecated", "presence_penalty"),
    _rejected("param_seed", "property 'seed' is unsupported", "“seed”"),
    _rejected("param_stop", "Invalid 'stop': array too long", "“stop”", param="stop"),
    _rejected("param_unknown_kept_quiet", "something is wrong", "something is wrong"),
    _rejected("param_stop_in_a_sentence", "We had to stop: unexpected end of input", "rejected"),
    _rejected(
        "param_422",
        "temperature: Input should be less than or equal to 2",
        "temperature",
        status=422,
    ),
    _rejected(
        "param_response_format", "response_format json_schema is not supported", "response_format"
    ),
    Case(
        "stream_options_refused",
        (error_answer(400, "Unrecognized request argument supplied: stream_options"), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "stream_options_refused_422",
        (
            json_answer(
                {
                    "detail": [
                        {"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}
                    ]
                },
                422,
            ),
            _OK,
        ),
        "Hello.",
        requests=2,
    ),
    Case(
        "include_usage_refused",
        (error_answer(400, "unknown field include_usage"), _OK),
        "Hello.",
        requests=2,
    ),
    failing(
        "stream_options_refused_twice",
        error_answer(400, "stream_options: bad"),
        "request_rejected",
        "stream_options",
        requests=2,
    ),
    Case(
        "sampling_sent",
        (_OK,),
        "Hello.",
        profile={"sampling": Sampling(temperature=0.5, stop=("x",), seed=3)},
    ),
    _too_long(
        "context_openai",
        error_answer(
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted "
            "in 9001 tokens. Please reduce the length of the messages.",
            code="context_length_exceeded",
        ),
        "8192",
    ),
    _too_long(
        "context_vllm",
        json_answer(
            {
                "object": "error",
                "message": "This model's maximum context length is 4096 tokens. "
                "However, you requested 5000 tokens",
                "type": "BadRequestError",
                "code": 400,
            },
            400,
        ),
    ),
    _too_long(
        "context_llamacpp",
        json_answer(
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size, try increasing it",
                    "type": "exceed_context_size_error",
                    "n_ctx": 4096,
                }
            },
            400,
        ),
    ),
    _too_long(
        "context_llamacpp_500",
        json_answer(
            {
                "error": {
                    "code": 500,
                    "message": "Input is too large to process. context size exceeded",
                    "type": "server_error",
                }
            },
            500,
        ),
    ),
    _too_long(
        "context_anthropic", error_answer(400, "prompt is too long: 215463 tokens > 200000 maximum")
    ),
    _too_long(
        "context_gemini",
        error_answer(
            400, "The input token count (1200000) exceeds the maximum number of tokens allowed"
        ),
    ),
    _too_long(
        "context_mistral",
        json_answer(
            {
                "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for "
                "model with 32768 maximum context length"
            },
            400,
        ),
    ),
    _too_long("context_qwen", error_answer(400, "Range of input length should be [1, 30720]")),
    _too_long(
        "context_413_groq",
        error_answer(413, "Please reduce the length of the messages or completion."),
    ),
    _too_long(
        "context_tgi",
        json_answer(
            {
                "error": "Input validation: `inputs` tokens + `max_new_tokens` must be <= 2048",
                "error_type": "validation",
            },
            422,
        ),
    ),
    _too_long(
        "context_lmstudio",
        json_answer(
            {
                "error": "Trying to keep the first 5000 tokens when context the overflows. "
                "However, the model is loaded with context length of only 4096 tokens"
            },
            400,
        ),
    ),
    _too_long(
        "context_in_whole_json",
        json_answer(
            {"error": {"message": "context window exceeded", "code": "context_length_exceeded"}}
        ),
    ),
)
