"""Cases: errors inside a successful response, before and after its text."""

from __future__ import annotations

import json

from tests.providers.case import FAILED, Case, cut, failing, whole
from tests.providers.wire import (
    DONE,
    END,
    delta,
    event,
    hello,
    json_answer,
)
from tests.sse_server import Answer


def _body(text: str | bytes, content_type: str = "application/json") -> tuple[Answer, ...]:
    data = text.encode() if isinstance(text, str) else text
    return (Answer((data,), content_type=content_type, framing="length"),)


ERRORS: tuple[Case, ...] = (
    failing(
        "error_object",
        json_answer({"error": {"message": "boom", "type": "server_error"}}),
        "server_failed",
        "boom",
        requests=3,
    ),
    failing(
        "error_event",
        Answer((event({"error": {"message": "boom", "code": 500}}),)),
        "server_failed",
        "boom",
        requests=3,
    ),
    failing(
        "error_text",
        Answer((event({"error": "model is broken"}),)),
        "server_failed",
        "model is broken",
    ),
    failing(
        "error_named_event",
        Answer((event({"message": "boom"}, "error"),)),
        "server_failed",
        "boom",
    ),
    failing(
        "error_named_event_text",
        Answer((b"event: error\ndata: boom\n\n",)),
        "server_failed",
        "boom",
    ),
    failing(
        "error_named_after_data",
        Answer((b'data: {"message":"boom"}\nevent: error\n\n',)),
        "server_failed",
        "boom",
    ),
    failing(
        "error_pretty",
        _body(json.dumps({"error": {"message": "boom"}}, indent=2))[0],
        "server_failed",
        "boom",
    ),
    failing(
        "error_detail",
        json_answer({"detail": "Not authenticated"}),
        "key_refused",
        "Not authenticated",
    ),
    failing(
        "error_message",
        json_answer({"message": "no such route"}),
        "request_rejected",
        "no such route",
    ),
    failing(
        "error_code_429",
        Answer((event({"error": {"message": "slow", "code": 429}}),)),
        "rate_limited",
        "slow",
        requests=3,
    ),
    failing(
        "error_code_text_429",
        Answer((event({"error": {"message": "slow", "code": "rate_limit_exceeded"}}),)),
        "rate_limited",
        "slow",
        requests=3,
    ),
    failing(
        "error_code_401",
        Answer((event({"error": {"message": "who?", "code": 401}}),)),
        "key_refused",
        "who?",
    ),
    failing(
        "error_type_auth",
        Answer((event({"error": {"message": "no", "type": "authentication_error"}}),)),
        "key_refused",
    ),
    failing(
        "error_invalid_request",
        Answer((event({"error": {"message": "bad", "type": "invalid_request_error"}}),)),
        "request_rejected",
        "bad",
    ),
    failing(
        "error_context_in_stream",
        Answer(
            (
                event(
                    {
                        "error": {
                            "message": "maximum context length is 4096 tokens",
                            "code": "context_length_exceeded",
                        }
                    }
                ),
            )
        ),
        "context_too_long",
        "too long",
        "4096",
    ),
    failing(
        "error_ollama",
        _body('{"error":"model requires more system memory"}\n')[0],
        "server_failed",
        "more system memory",
    ),
    failing(
        "error_in_choice",
        Answer(
            (
                event(
                    {
                        "choices": [
                            {
                                "index": 0,
                                "delta": {"content": ""},
                                "finish_reason": "error",
                                "error": {"message": "Upstream died", "code": 502},
                            }
                        ]
                    }
                ),
            )
        ),
        "server_failed",
        "Upstream died",
        requests=3,
    ),
    failing(
        "error_list",
        Answer((event([{"error": {"message": "boom"}}]),)),
        "server_failed",
        "boom",
    ),
    failing(
        "error_object_error",
        json_answer({"object": "error", "message": "boom", "code": 400}),
        "request_rejected",
        "boom",
    ),
    failing(
        "error_status_field",
        json_answer({"error": {"message": "quota", "status": "RESOURCE_EXHAUSTED", "code": 429}}),
        "rate_limited",
        "quota",
        requests=3,
    ),
    failing(
        "error_vendor_base_resp",
        json_answer(
            {
                "choices": None,
                "base_resp": {"status_code": 1004, "status_msg": "login fail: bad key"},
            }
        ),
        "bad_reply",
        "login fail",
    ),
    cut(
        "error_after_text",
        Answer((hello(event({"error": {"message": "boom"}})),)),
        "boom",
        "Ask again",
    ),
    cut("error_after_text_named", Answer((hello(event({"message": "boom"}, "error")),)), "boom"),
    cut("error_text_after_text", Answer((hello(b"event: error\ndata: boom\n\n"),)), "boom"),
    cut("error_after_text_bare", Answer((hello(b'{"error": {"message": "boom"}}\n'),)), "boom"),
    cut("error_then_done", Answer((hello(event({"error": {"message": "boom"}}), DONE),)), "boom"),
    whole("error_null", delta("Hello.") + event({"error": None, "choices": []}) + END),
    whole("error_empty", delta("Hello.") + event({"error": {}, "choices": []}) + END),
    Case(
        "error_once_then_answer",
        (
            Answer((event({"error": {"message": "overloaded", "code": 503}}),)),
            Answer((hello(END),)),
        ),
        "Hello.",
        requests=2,
    ),
    Case(
        "error_after_reasoning",
        (Answer((delta(reasoning="Hm.") + event({"error": {"message": "boom"}}),)),),
        status=FAILED,
        kind="server_failed",
        fragments=("boom",),
        reasoning="Hm.",
    ),
)
