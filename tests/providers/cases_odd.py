"""Cases: streams that are odd in more than one way, each of them seen or likely."""

from __future__ import annotations

from tests.providers.case import SHORT, Case, cut, failing, whole
from tests.providers.wire import DONE, END, STOP, chunk, delta, event, hello
from tests.sse_server import Answer, Cut, Pause, Stall

_HELLO = hello(END)
_EARLY = delta("Hel", finish="stop")
_THOUGHT = delta(reasoning_content="Hm.")


def _ended(reason: str, *words: str) -> Case:
    name = f"finish_told_{reason.lower()}"
    return whole(name, hello(delta(finish=reason), DONE), finish_reason=reason, words=words)


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
        words=("2 events", "could not be read"),
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
        "silent for 0.2 s",
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
    _ended("network_error", "could not go on"),
    _ended("eos_token"),
    failing(
        "safety_at_once", Answer((delta(finish="SAFETY") + DONE,)), "bad_reply", "content filter"
    ),
)
