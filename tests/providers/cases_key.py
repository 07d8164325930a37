"""Cases: servers that echo the key in every spelling; it must always be redacted."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

from tests.providers.case import Case, cut, failing, whole
from tests.providers.wire import (
    END,
    KEY,
    chunk,
    delta,
    error_answer,
    event,
    hello,
    json_answer,
    page,
)
from tests.sse_server import Answer

_BASE64 = base64.b64encode(KEY.encode()).decode()
_BASIC = base64.b64encode(f"user:{KEY}".encode()).decode()

ECHOES: tuple[Case, ...] = tuple(
    failing(
        f"key_echo_{name}",
        error_answer(400, f"Your key {spelling} is odd"),
        "request_rejected",
        "is odd",
    )
    for name, spelling in {
        "raw": KEY,
        "bearer": f"Bearer {KEY}",
        "header": f"Authorization: Bearer {KEY}",
        "header_dict": f"{{'authorization': 'Bearer {KEY}'}}",
        "percent": quote(KEY, safe=""),
        "percent_lower": quote(KEY, safe="").lower(),
        "percent_some": KEY.replace("/", "%2F"),
        "percent_twice": quote(quote(KEY, safe="")),
        "json_in_json": json.dumps(json.dumps(KEY)),
        "slash_escaped": KEY.replace("/", "\\/"),
        "html": html.escape(KEY.replace("+", "&#43;")),
        "base64": _BASE64,
        "base64_unpadded": _BASE64.rstrip("="),
        "basic": f"Basic {_BASIC}",
        "first_part": KEY[:16],
        "last_part": KEY[-14:],
        "middle": KEY[8:22],
        "starred_middle": f"{KEY[:12]}*****{KEY[-10:]}",
        "upper": KEY.upper(),
        "in_a_word": f"x{KEY}y",
        "twice": f"{KEY}{KEY}",
        "by_characters": "\u200b".join(KEY),
        "hex_escapes": "".join(f"\\u{ord(letter):04x}" for letter in KEY),
        "reversed_quotes": f"'{KEY}'",
    }.items()
)

OTHER_KEYS: tuple[Case, ...] = (
    failing(
        "key_in_status_401",
        error_answer(401, f"Incorrect API key provided: {KEY}."),
        "key_refused",
        "Incorrect API key provided: ***",
    ),
    failing(
        "key_in_html_title",
        page(f"<html><title>No {KEY}</title></html>", 403),
        "key_refused",
        "No ***",
    ),
    failing(
        "key_in_plain_text", page(f"bad {KEY}", 400, "text/plain"), "request_rejected", "bad ***"
    ),
    failing("key_in_detail", json_answer({"detail": f"token {KEY}"}, 401), "key_refused"),
    failing("key_in_success_page", page(f"<html><title>{KEY}</title></html>"), "bad_reply"),
    failing(
        "key_in_stream_error",
        Answer((event({"error": {"message": f"no {KEY}"}}),)),
        "server_failed",
        "no ***",
    ),
    failing("key_at_the_cut_of_the_words", error_answer(400, "x" * 280 + KEY), "request_rejected"),
    failing(
        "key_at_the_cut_of_long_words", error_answer(400, "x" * 1_185 + KEY), "request_rejected"
    ),
    failing(
        "key_at_the_cut_of_the_body",
        page("x" * 65_520 + KEY, 400, "text/plain"),
        "request_rejected",
    ),
    failing(
        "key_in_location",
        Answer(
            (), status=302, headers={"Location": f"https://evil.example/{KEY}"}, framing="length"
        ),
        "request_rejected",
        "evil.example",
    ),
    failing(
        "key_as_host",
        Answer(
            (), status=302, headers={"Location": f"https://{KEY[:16]}.example/"}, framing="length"
        ),
        "request_rejected",
        "redirects",
    ),
    failing(
        "key_in_tool_name",
        Answer(
            (
                chunk(
                    [
                        {
                            "delta": {"tool_calls": [{"function": {"name": KEY}}]},
                            "finish_reason": "tool_calls",
                        }
                    ]
                ),
            )
        ),
        "bad_reply",
        "***",
    ),
    whole(
        "key_in_tool_name_beside_text",
        delta("Hello.")
        + chunk(
            [
                {
                    "delta": {"tool_calls": [{"function": {"name": KEY}}]},
                    "finish_reason": "tool_calls",
                }
            ]
        ),
        fragments=("***",),
    ),
    whole("key_in_finish_reason", delta("Hello.", finish=KEY), fragments=("***",)),
    whole("key_in_model", chunk([], model=KEY) + hello(END)),
    cut("key_in_error_after_text", Answer((hello(event({"error": {"message": KEY}})),)), "***"),
    failing(
        "key_in_response_header",
        Answer((b"{}",), status=400, headers={"X-Echo": KEY}, framing="length"),
        "request_rejected",
    ),
    failing(
        "another_key",
        error_answer(400, "Use sk-proj-abcDEF1234567890abcd here"),
        "request_rejected",
        "Use *** here",
    ),
    Case(
        "key_in_header_of_the_profile",
        (error_answer(400, "header value was Zq81-secret-value-77"),),
        status=failing("x", Answer(), "x").status,
        kind="request_rejected",
        fragments=("header value was ***",),
        profile={"headers": {"api-key": "Zq81-secret-value-77"}},
    ),
)
