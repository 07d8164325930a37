"""Cases: other bodies although a stream was requested."""

from __future__ import annotations

import json

from tests.providers.case import Case, failing
from tests.providers.wire import (
    END,
    completion,
    event,
    hello,
    json_answer,
    page,
)
from tests.sse_server import Answer, Drip, Pause

_LINES = ('{"choices":[{"delta":{"content":"Hel"}}]}', '{"choices":[{"delta":{"content":"lo."}}]}')
_LAST = '{"choices":[{"delta":{},"finish_reason":"stop"}]}'
_NDJSON = "\n".join((*_LINES, _LAST, ""))
_OLLAMA = "\n".join(
    json.dumps(line)
    for line in (
        {"model": "m", "message": {"role": "assistant", "content": "Hel"}, "done": False},
        {"model": "m", "message": {"role": "assistant", "content": "lo."}, "done": False},
        {
            "model": "m",
            "message": {"content": ""},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 3,
            "eval_count": 4,
        },
        {},
    )
)
_LOGIN = (
    "<!DOCTYPE html><html><head><title>Sign in to Café-WiFi</title></head><body>…</body></html>"
)
_PRETTY = json.dumps(completion(), indent=2)


def _body(text: str | bytes, content_type: str = "application/json") -> tuple[Answer, ...]:
    data = text.encode() if isinstance(text, str) else text
    return (Answer((data,), content_type=content_type, framing="length"),)


WHOLE: tuple[Case, ...] = (
    Case("whole_json", (json_answer(completion()),), "Hello.", usage=(3, 4)),
    Case("whole_json_pretty", _body(_PRETTY), "Hello.", usage=(3, 4), finish_reason="stop"),
    Case("whole_json_pretty_crlf", _body(_PRETTY.replace("\n", "\r\n")), "Hello.", usage=(3, 4)),
    Case(
        "whole_json_half_pretty",
        _body(
            '{\n"id": "x",\n"choices": [\n{"index":0,"message":{"content":"Hello."},'
            '"finish_reason":"stop"}\n],\n"usage": {"prompt_tokens":3,"completion_tokens":4}\n}'
        ),
        "Hello.",
        usage=(3, 4),
        finish_reason="stop",
    ),
    Case("whole_json_bom", _body("\ufeff" + _PRETTY), "Hello.", usage=(3, 4)),
    Case(
        "whole_json_said_to_be_events",
        _body(json.dumps(completion()), "text/event-stream"),
        "Hello.",
        usage=(3, 4),
    ),
    Case(
        "whole_json_padded",
        _body("\n\n  \n" + json.dumps(completion()) + "\n"),
        "Hello.",
        usage=(3, 4),
    ),
    Case("whole_json_as_event", (Answer((event(completion()),)),), "Hello.", usage=(3, 4)),
    Case("whole_json_split", (Answer((Drip(_PRETTY.encode(), 7),)),), "Hello.", usage=(3, 4)),
    Case("whole_json_array", _body(json.dumps([completion()])), "Hello.", usage=(3, 4)),
    Case(
        "whole_json_with_brace_lines",
        _body(json.dumps(completion('a\n{\n}\n[1]\n{"error": 1}'), indent=1)),
        'a\n{\n}\n[1]\n{"error": 1}',
        usage=(3, 4),
    ),
    Case(
        "whole_json_thinking",
        (json_answer(completion("<think>Hm.</think>Hello.")),),
        "Hello.",
        reasoning="Hm.",
        usage=(3, 4),
    ),
    Case("chunks_in_json_array", _body("[" + ",\n".join((*_LINES, _LAST)) + "]"), "Hello."),
    Case("ndjson", _body(_NDJSON, "application/x-ndjson"), "Hello."),
    Case(
        "ndjson_one_broken",
        _body(_LINES[0] + '\n{"choi\n' + _LINES[1] + "\n" + _LAST),
        "Hello.",
        fragments=("1 unreadable event", "was skipped"),
    ),
    Case("ndjson_split", (Answer((Drip(_NDJSON.encode(), 3),)),), "Hello."),
    Case("ollama_lines", _body(_OLLAMA, "application/x-ndjson"), "Hello.", usage=(3, 4)),
    Case(
        "ollama_generate",
        _body('{"response":"Hello.","done":false}\n{"response":"","done":true}\n'),
        "Hello.",
    ),
    Case("content_type_absent", (Answer((hello(END),), content_type=""),), "Hello."),
    Case("content_type_html", (Answer((hello(END),), content_type="text/html"),), "Hello."),
    Case(
        "content_type_octets",
        (Answer((hello(END),), content_type="application/octet-stream"),),
        "Hello.",
    ),
    Case(
        "latin1_said",
        (Answer((hello(END),), content_type="text/event-stream; charset=latin1"),),
        "Hello.",
    ),
    Case("framed_by_close", (Answer((hello(END),), framing="close"),), "Hello."),
    Case("framed_by_length", (Answer((hello(END),), framing="length"),), "Hello."),
    Case("status_201", (Answer((hello(END),), status=201),), "Hello."),
    Case(
        "not_streamed",
        (json_answer(completion()),),
        "Hello.",
        usage=(3, 4),
        profile={"stream": False},
    ),
    Case(
        "not_streamed_but_sends_events",
        (Answer((hello(END),)),),
        "Hello.",
        profile={"stream": False},
    ),
    Case(
        "not_streamed_late",
        (
            Answer(
                (b"  ", Pause(0.05), json.dumps(completion()).encode()),
                content_type="application/json",
            ),
        ),
        "Hello.",
        usage=(3, 4),
        profile={"stream": False},
    ),
    Case(
        "not_streamed_length",
        (
            json_answer(
                completion(choices=[{"message": {"content": "Hel"}, "finish_reason": "length"}])
            ),
        ),
        "Hel",
        usage=(3, 4),
        profile={"stream": False},
        fragments=("token limit",),
    ),
)

NO_ANSWER: tuple[Case, ...] = (
    failing(
        "html_login", page(_LOGIN), "bad_reply", "web page", "Sign in to Café-WiFi", "log in", "/v1"
    ),
    failing(
        "html_plain",
        page("<html><body><h1>It works!</h1></body></html>"),
        "bad_reply",
        "web page",
        "It works!",
        "/v1",
    ),
    failing(
        "html_said_to_be_json",
        page(_LOGIN, content_type="application/json"),
        "bad_reply",
        "web page",
    ),
    failing(
        "html_in_lines",
        page("\n\n<HTML>\n<head>\n<title>\nHi &amp; bye\n</title>\n"),
        "bad_reply",
        "web page",
        "Hi & bye",
    ),
    failing(
        "html_after_comment",
        page("<!-- proxy -->\n<html><title>Gate</title></html>"),
        "bad_reply",
        "web page",
        "Gate",
    ),
    failing(
        "xml",
        page("<?xml version='1.0'?><Error><Message>AccessDenied</Message></Error>"),
        "bad_reply",
        "AccessDenied",
    ),
    failing("empty_body", page(""), "bad_reply", "without an answer"),
    failing("empty_stream", Answer(()), "bad_reply", "without an answer"),
    failing(
        "status_204", Answer((), status=204, framing="length"), "bad_reply", "without an answer"
    ),
    failing(
        "plain_text",
        page("Hello, I am a web server", content_type="text/plain"),
        "bad_reply",
        "did not respond like",
        "Hello, I am a web server",
    ),
    failing(
        "json_of_something_else", json_answer({"status": "ok"}), "bad_reply", "did not respond like"
    ),
    failing("json_null", page("null"), "bad_reply", "did not respond like"),
    failing(
        "json_number",
        page("42", content_type="application/json"),
        "bad_reply",
        "did not respond like",
    ),
    failing(
        "json_list_empty",
        page("[]", content_type="application/json"),
        "bad_reply",
        "did not respond like",
    ),
    failing(
        "json_cut",
        page(json.dumps(completion())[:60], content_type="application/json"),
        "bad_reply",
        "did not respond like",
    ),
    failing(
        "choices_empty_whole",
        json_answer(completion(choices=[])),
        "bad_reply",
        "did not respond like",
    ),
    failing("binary", Answer((bytes(range(256)) * 40,)), "bad_reply", "did not respond like"),
    failing(
        "events_not_json", Answer((b"data: hello\n\ndata: there\n\n",)), "bad_reply", "not JSON"
    ),
    failing("comments_only", Answer((b": hi\n\n: there\n\n",)), "bad_reply", "without an answer"),
    failing(
        "model_list",
        json_answer({"object": "list", "data": [{"id": "m"}]}),
        "bad_reply",
        "did not respond like",
    ),
)
