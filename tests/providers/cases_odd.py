"""Cases: streams with several oddities, all of them observed or likely."""

from __future__ import annotations

from tests.providers.case import SHORT, Case, cut, failing, whole
from tests.providers.wire import DONE, END, STOP, chunk, delta, event, hello, json_answer
from tests.sse_server import Answer, Cut, Pause, Repeat, Stall

_HELLO = hello(END)
_EARLY = delta("Hel", finish="stop")
_THOUGHT = delta(reasoning_content="Hm.")


def _ended(reason: str, *fragments: str) -> Case:
    name = f"finish_told_{reason.lower()}"
    return whole(name, hello(delta(finish=reason), DONE), finish_reason=reason, fragments=fragments)


def _open(name: str, data: bytes) -> Case:
    answer = Answer((data, Stall()))
    return Case(f"{name}_stays_open", (answer,), "Hello.", profile={"timeouts": SHORT})


FRAMES: tuple[Case, ...] = (
    whole("bom_before_a_later_event", delta("Hel") + b"\xef\xbb\xbf" + delta("lo.") + END),
    whole("bom_in_the_data", b"data: \xef\xbb\xbf" + delta("Hello.")[6:] + END),
    whole("event_in_an_event", _HELLO.replace(b"data: ", b"data: data: ")),
    _open("done_without_blank_line", hello(b"data: [DONE]\n")),
    _open("done_without_line_end", hello(b"data: [DONE]")),
    _open("done_without_field", hello(b"[DONE]\n")),
)

CONTENT: tuple[Case, ...] = (
    whole("content_float", delta("pi ") + delta(3.14) + END, text="pi 3.14"),
    whole("content_list_in_a_list", delta([["Hel", "lo."]]) + END),
    whole("content_part_with_content", delta([{"type": "text", "content": "Hello."}]) + END),
    whole("choices_one_object", chunk({"index": 0, "delta": {"content": "Hello."}}) + END),
    failing(
        "only_unreadable_events", Answer((b"data: {'a': 'b'}\n\n" + END,)), "bad_reply", "JSON"
    ),
    whole(
        "two_unreadable_events",
        delta("Hello") + b"data: {'a'}\n\ndata: {'b'}\n\n" + delta(".") + END,
        fragments=("2 unreadable events", "were skipped"),
    ),
    whole("unreadable_after_the_end", hello(STOP) + b'data: {"usage": {"prom\n\n' + DONE),
)

ENDS: tuple[Case, ...] = (
    whole("finish_null_as_text", delta("Hel", finish="null") + delta("lo.") + END),
    cut(
        "finish_null_as_text_cut",
        Answer((delta("Hel", finish="null") + delta("lo.", finish="null"),)),
        "before the end",
    ),
    whole("finish_object", hello(delta(finish={"type": "stop"})), finish_reason="stop"),  # type: ignore[arg-type]
    whole("finish_early", _EARLY + delta("lo."), finish_reason="stop"),
    cut("finish_early_then_reset", Answer((_EARLY + delta("lo."), Pause(0.05), Cut(resets=True)))),
    cut(
        "finish_early_then_silent",
        Answer((_EARLY + delta("lo."), Stall())),
        "sent nothing for 0.2 s",
        profile={"timeouts": SHORT},
    ),
    failing(
        "thought_then_closed", Answer((_THOUGHT,)), "cut_off", "before the end", reasoning="Hm."
    ),
    cut(
        "ended_by_a_plain_text",
        Answer((hello(b"Internal Server Error"),)),
        "before the end",
        "“Internal Server Error”",
    ),
    cut(
        "ended_by_a_page",
        Answer((hello(b"<html><head><title>504 Gateway Time-out</title></head></html>\n"),)),
        "“504 Gateway Time-out”",
    ),
    cut(
        "ended_by_an_error_field",
        Answer((hello(b"error: upstream died\n\n"),)),
        "“error: upstream died”",
    ),
    whole("plain_text_before_text", event("warming up") + b"data: ping\n\n" + _HELLO),
    _ended("MAX_TOKENS", "token limit"),
    _ended("max_output_tokens", "token limit"),
    _ended("context_length_exceeded", "context is full"),
    _ended("SAFETY", "content filter"),
    _ended("sensitive", "content filter"),
    _ended("network_error", "by an error of the endpoint"),
    _ended("eos_token"),
    failing(
        "safety_at_once", Answer((delta(finish="SAFETY") + DONE,)), "bad_reply", "content filter"
    ),
)


def _rejecting(name: str, body: object) -> Case:
    return failing(name, json_answer(body, 400), "request_rejected", "HTTP 400", "Boom here")


def _text(name: str, text: str, charset: str) -> Case:
    answer = Answer(
        (text.encode(charset),),
        status=400,
        content_type=f"text/plain; charset={charset}",
        framing="length",
    )
    return failing(name, answer, "request_rejected", f"“{text}”")


ERROR_BODIES: tuple[Case, ...] = (
    _rejecting("error_rails", {"errors": {"model": ["Boom here"]}}),
    _rejecting("error_apigee", {"fault": {"faultstring": "Boom here"}}),
    _rejecting("error_aws", {"__type": "Refused", "Message": "Boom here"}),
    _rejecting("error_upper_case", {"Error": {"Code": "x", "Message": "Boom here"}}),
    _rejecting("error_errmsg", {"errno": 1, "errmsg": "Boom here"}),
    _rejecting("error_of_no_known_shape", {"foo": {"bar": "Boom here"}}),
    _rejecting("error_code_alone", {"error": {"code": "Boom here"}}),
    failing(
        "whole_json_of_no_known_shape",
        json_answer({"success": False, "result": "Boom here"}),
        "bad_reply",
        "did not respond like",
        "Boom here",
    ),
    failing(
        "error_code_alone_in_a_stream",
        Answer((event({"error": {"code": "Boom here"}}),)),
        "server_failed",
        "Boom here",
        profile={"max_retries": 0},
    ),
    _text("error_in_gbk", "参数不对", "gbk"),
    _text("error_in_latin_1", "Clé refusée", "iso-8859-1"),
    failing(
        "error_of_unknown_charset",
        Answer((b"Boom here",), status=400, content_type="text/plain; charset=rot13"),
        "request_rejected",
        "Boom here",
    ),
    Case(
        "whole_json_without_reason",
        (
            json_answer(
                {"object": "chat.completion", "choices": [{"message": {"content": "Hello."}}]}
            ),
        ),
        "Hello.",
        finish_reason="stop",
    ),
    failing(
        "error_body_stalls_longer_than_the_clock",
        Answer((b'{"error":', Stall()), status=400),
        "request_rejected",
        "HTTP 400",
        profile={"timeouts": SHORT},
    ),
    failing(
        "retry_after_absurd",
        Answer(status=429, headers={"Retry-After": "1e300"}, framing="length"),
        "limit_reached",
        "It comes back in more than a year",
    ),
    failing(
        "models_for_ever",
        Answer((_HELLO,)),
        "bad_reply",
        "list of models",
        models=Answer((Repeat(b" " * 65_536),), content_type="application/json"),
        profile={"model": None},
        requests=0,
    ),
)
