"""Cases: HTTP statuses, their error messages and retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.providers.case import Case, failing
from tests.providers.wire import END, error_answer, hello, json_answer, page
from tests.sse_server import Answer

_OK = Answer((hello(END),))
_PAST = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
_LATER = format_datetime(datetime.now(UTC) + timedelta(days=10), usegmt=True)


def _limited(name: str, answer: Answer, *fragments: str, requests: int = 1) -> Case:
    kind = "rate_limited" if requests > 1 else "limit_reached"
    return failing(name, answer, kind, *fragments, requests=requests)


STATUSES: tuple[Case, ...] = (
    failing(
        "status_400_plain",
        page("no good", 400, "text/plain"),
        "request_rejected",
        "HTTP 400",
        "no good",
    ),
    failing("status_400_empty", page("", 400), "request_rejected", "HTTP 400"),
    failing(
        "status_401",
        error_answer(401, "Incorrect API key provided"),
        "key_refused",
        "refused the key",
        "HTTP 401",
        "Incorrect API key",
        "TEST_KEY",
    ),
    failing(
        "status_401_without_key",
        error_answer(401, "No auth"),
        "key_refused",
        "requires a key",
        "OPENAI_API_KEY",
        key=None,
    ),
    failing(
        "status_401_text_error",
        json_answer({"error": "Unauthorized"}, 401),
        "key_refused",
        "Unauthorized",
    ),
    failing(
        "status_402",
        error_answer(402, "Insufficient Balance"),
        "limit_reached",
        "used up",
        "Insufficient Balance",
        "billing",
    ),
    failing(
        "status_403",
        error_answer(403, "Country not supported"),
        "request_rejected",
        "does not serve the region",
        "Country not supported",
    ),
    failing(
        "status_403_html",
        page("<html><title>Just a moment...</title></html>", 403),
        "key_refused",
        "Just a moment",
    ),
    failing(
        "status_404_model",
        error_answer(404, "The model `test-model` does not exist", code="model_not_found"),
        "request_rejected",
        "does not have this model",
        "Ctrl+L",
    ),
    failing(
        "status_404_ollama_model",
        json_answer({"error": {"message": 'model "x" not found, try pulling it first'}}, 404),
        "request_rejected",
        "does not have this model",
        "try pulling",
    ),
    failing(
        "status_400_model",
        error_answer(400, "x is not a valid model ID"),
        "request_rejected",
        "does not have this model",
    ),
    failing(
        "status_404_path",
        json_answer({"detail": "Not Found"}, 404),
        "request_rejected",
        "does not know this URL",
        "/v1",
        "Not Found",
    ),
    failing(
        "status_404_html",
        page("<html><title>404 Not Found</title></html>", 404),
        "request_rejected",
        "URL",
        "404 Not Found",
    ),
    failing(
        "status_405",
        page("Method Not Allowed", 405, "text/plain"),
        "request_rejected",
        "does not accept questions",
        "/v1",
    ),
    failing("status_406", error_answer(406, "odd"), "request_rejected", "HTTP 406"),
    failing("status_407", page("login", 407, "text/plain"), "unreachable", "proxy", "HTTPS_PROXY"),
    failing("status_408", error_answer(408, "too slow"), "server_failed", "HTTP 408", requests=3),
    failing("status_409", error_answer(409, "busy"), "server_failed", "HTTP 409", requests=3),
    failing("status_410", error_answer(410, "model retired"), "request_rejected", "model retired"),
    failing("status_413", page("", 413), "request_rejected", "too large", "Ctrl+N"),
    failing("status_415", error_answer(415, "json only"), "request_rejected", "HTTP 415"),
    failing("status_418", page("teapot", 418, "text/plain"), "request_rejected", "teapot"),
    failing(
        "status_422_fastapi",
        json_answer(
            {
                "detail": [
                    {
                        "loc": ["body", "temperature"],
                        "msg": "Input should be less than 2",
                        "type": "x",
                    },
                    {"loc": ["body", "top_p"], "msg": "too big", "type": "x"},
                ]
            },
            422,
        ),
        "request_rejected",
        "temperature",
        "should be less than 2",
    ),
    failing("status_451", error_answer(451, "not here"), "request_rejected", "HTTP 451"),
    failing(
        "status_500", error_answer(500, "boom"), "server_failed", "HTTP 500", "boom", requests=3
    ),
    failing("status_501", error_answer(501, "never"), "request_rejected", "HTTP 501", requests=1),
    failing(
        "status_502_html",
        page("<html><head><title>502 Bad Gateway</title></head></html>", 502),
        "server_failed",
        "HTTP 502",
        "502 Bad Gateway",
        requests=3,
    ),
    failing("status_503_empty", page("", 503), "server_failed", "HTTP 503", requests=3),
    failing(
        "status_503_loading",
        json_answer({"error": {"message": "Loading model", "code": 503}}, 503),
        "server_failed",
        "Loading model",
        requests=3,
    ),
    failing(
        "status_504",
        page("gateway time-out", 504, "text/plain"),
        "server_failed",
        "HTTP 504",
        requests=3,
    ),
    failing(
        "status_529",
        error_answer(529, "Overloaded"),
        "server_failed",
        "HTTP 529",
        "Overloaded",
        requests=3,
    ),
    failing(
        "status_599_garbage",
        Answer((bytes(range(256)),), status=599, framing="length"),
        "server_failed",
        "HTTP 599",
        requests=3,
    ),
    failing("status_300", page("", 300), "request_rejected", "HTTP 300", "base_url"),
    failing("status_304", Answer((), status=304, framing="length"), "request_rejected", "HTTP 304"),
    failing(
        "error_words_nested",
        json_answer({"error": {"error": {"error": {"message": "deep down"}}}}, 400),
        "request_rejected",
        "deep down",
    ),
    failing(
        "error_words_list",
        json_answer([{"error": {"message": "in a list"}}], 400),
        "request_rejected",
        "in a list",
    ),
    failing(
        "error_words_errors",
        json_answer({"errors": [{"message": "one"}, "two"]}, 400),
        "request_rejected",
        "one; two",
    ),
    failing(
        "error_words_hostile",
        error_answer(400, "\x1b]0;owned\x07\u202eevil\x9b2J" + "z" * 9000),
        "request_rejected",
        "␛]0;owned",
    ),
    failing(
        "error_words_json_in_message",
        error_answer(400, '{"error": {"message": "inner words"}}'),
        "request_rejected",
        "inner words",
    ),
    failing("error_words_number", json_answer({"error": 17}, 400), "request_rejected", "HTTP 400"),
    failing(
        "error_words_openrouter",
        json_answer(
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": '{"error": {"message": "the real reason"}}'},
                }
            },
            400,
        ),
        "request_rejected",
        "Provider returned error",
        "the real reason",
    ),
    failing("error_body_deep", page("[" * 100_000, 400), "request_rejected", "HTTP 400"),
)

RETRIES: tuple[Case, ...] = (
    Case("retry_503_then_answer", (error_answer(503, "x"), _OK), "Hello.", requests=2),
    Case(
        "retry_429_seconds",
        (error_answer(429, "x", headers={"Retry-After": "0.01"}), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_429_ms",
        (error_answer(429, "x", headers={"Retry-After-Ms": "10"}), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_429_date_past",
        (error_answer(429, "x", headers={"Retry-After": _PAST}), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_429_nonsense",
        (error_answer(429, "x", headers={"Retry-After": "soon, I hope"}), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_429_negative",
        (error_answer(429, "x", headers={"Retry-After": "-5"}), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_429_words",
        (error_answer(429, "Please try again in 20ms. Visit x."), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "retry_two_kinds",
        (error_answer(500, "x"), error_answer(429, "x"), _OK),
        "Hello.",
        requests=3,
    ),
    _limited(
        "limit_429",
        error_answer(429, "Rate limit reached for requests"),
        "limits the rate of requests",
        "Rate limit reached",
        requests=3,
    ),
    _limited(
        "limit_date_far",
        error_answer(429, "x", headers={"Retry-After": _LATER}),
        "It comes back in 10 days",
    ),
    _limited(
        "limit_seconds_far",
        error_answer(429, "x", headers={"Retry-After": "600"}),
        "It comes back in 10 min",
    ),
    _limited(
        "limit_ten_minutes",
        error_answer(429, "Please try again in 10 minutes"),
        "10 minutes",
        "It comes back in 10 min",
    ),
    _limited(
        "limit_hours",
        error_answer(429, "Limit reached. Please try again in 2h30m15.5s."),
        "It comes back in 2 h 31 min",
    ),
    _limited(
        "limit_huge",
        error_answer(429, "x", headers={"Retry-After": "1e400"}),
        "limits the rate of requests",
        requests=3,
    ),
    _limited(
        "limit_quota",
        error_answer(
            429,
            "You exceeded your current quota, please check your plan",
            code="insufficient_quota",
        ),
        "used up",
        "billing",
    ),
    _limited(
        "limit_html",
        page("<html><title>429</title></html>", 429),
        "limits the rate of requests",
        requests=3,
    ),
    failing(
        "overloaded_far",
        error_answer(503, "x", headers={"Retry-After": "3600"}),
        "server_failed",
        "HTTP 503",
        "60 min",
    ),
    failing("never_retried_400", error_answer(400, "x"), "request_rejected"),
    failing(
        "never_retried_by_profile",
        error_answer(503, "x"),
        "server_failed",
        profile={"max_retries": 0},
    ),
)
