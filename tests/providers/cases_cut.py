"""Cases: replies that are cut at every stage, stall, drip or never end."""

from __future__ import annotations

import json

from tests.providers.case import FAILED, SHORT, Case, cut, failing
from tests.providers.wire import END, STOP, chunk, completion, delta, hello
from tests.sse_server import Answer, Cut, Drip, Pause, Raw, Repeat, Stall
from tui_chat.core.profile import Timeouts

_FLOOD = [*(f"{number} " for number in range(2_000)), "\n\nThe end of it."]
"""Without repetition, which would end the reply."""
_SHORT = {"timeouts": SHORT}
_ONE_TRY = {"max_retries": 0}
_USAGE = chunk([], usage={"prompt_tokens": 3, "completion_tokens": 4})

CUTS: tuple[Case, ...] = (
    failing(
        "cut_before_headers",
        Answer((Cut(),), framing="none"),
        "unreachable",
        "closed the connection",
        requests=3,
    ),
    failing(
        "reset_before_headers",
        Answer((Cut(resets=True),), framing="none"),
        "unreachable",
        "broke the connection",
        requests=3,
    ),
    failing(
        "cut_in_status_line",
        Answer((b"HTTP/1.1 20", Cut()), framing="none"),
        "unreachable",
        "closed the connection",
        requests=3,
    ),
    failing(
        "cut_in_headers",
        Answer((b"HTTP/1.1 200 OK\r\nContent-Type: text/eve", Cut()), framing="none"),
        "unreachable",
        "closed the connection",
        requests=3,
    ),
    failing(
        "cut_after_headers", Answer((Cut(),)), "unreachable", "closed the connection", requests=3
    ),
    failing(
        "reset_after_headers",
        Answer((Pause(0.02), Cut(resets=True))),
        "unreachable",
        "broke the connection",
        requests=3,
    ),
    failing("cut_in_first_event", Answer((b'data: {"choi', Cut())), "unreachable", requests=3),
    failing("cut_in_chunk_size", Answer((Raw(b"1f"), Cut())), "unreachable", requests=3),
    failing(
        "cut_by_length_at_once",
        Answer((Cut(),), headers={"Content-Length": "500"}, framing="close"),
        "unreachable",
        requests=3,
    ),
    Case(
        "cut_once_then_answer",
        (Answer((Cut(),), framing="none"), Answer((hello(END),))),
        "Hello.",
        requests=2,
    ),
    cut("cut_after_text", Answer((hello(), Cut())), "was lost", "Ask again"),
    cut("reset_after_text", Answer((hello(), Pause(0.02), Cut(resets=True))), "was lost"),
    cut(
        "cut_in_later_event",
        Answer((hello(b'data: {"choices":[{"delta":{"cont'), Cut())),
        "was lost",
    ),
    cut("cut_in_later_chunk_size", Answer((hello(), Raw(b"ff"), Cut())), "was lost"),
    cut("cut_in_a_chunk", Answer((hello(), Raw(b"ff\r\ndata: "), Cut())), "was lost"),
    cut(
        "cut_mid_character",
        Answer((hello(b'data: {"choices":[{"delta":{"content":"\xe4\xb8'), Cut())),
        "was lost",
    ),
    cut("ended_by_close_without_end", Answer((hello(),), framing="close"), "before the end"),
    cut("bad_chunk_size", Answer((hello(), Raw(b"zz\r\n"), Stall())), "was lost"),
    cut(
        "cut_by_length",
        Answer((hello(), Cut()), headers={"Content-Length": "50000"}, framing="close"),
        "was lost",
    ),
    Case("cut_after_finish", (Answer((hello(STOP), Cut())),), "Hello.", finish_reason="stop"),
    Case("reset_after_finish", (Answer((hello(STOP), Pause(0.02), Cut(resets=True))),), "Hello."),
    Case("cut_after_done", (Answer((hello(END), Cut())),), "Hello."),
    Case("open_after_done", (Answer((hello(END), Stall())),), "Hello."),
    Case("open_after_finish", (Answer((hello(STOP), Stall())),), "Hello."),
    Case(
        "open_after_finish_with_comments",
        (Answer((hello(STOP), Repeat(b": hi\n\n", 0.02))),),
        "Hello.",
    ),
    Case(
        "usage_late_after_finish",
        (Answer((hello(STOP), Pause(0.05), _USAGE, Stall())),),
        "Hello.",
        usage=(3, 4),
    ),
    Case(
        "finish_without_blank_line",
        (Answer((hello(STOP.strip()), Stall())),),
        "Hello.",
        profile=_SHORT,
    ),
    Case("done_without_line_end", (Answer((hello(b"data: [DONE]"),)),), "Hello."),
    Case(
        "think_unfinished_cut",
        (Answer((delta("<think>Hm."), Cut())),),
        status=FAILED,
        kind="cut_off",
        fragments=("was lost",),
        reasoning="Hm.",
    ),
    Case(
        "length_longer_than_body",
        (Answer((hello(END), Stall()), headers={"Content-Length": "50000"}, framing="close"),),
        "Hello.",
    ),
)

CLOCKS: tuple[Case, ...] = (
    failing(
        "never_answers",
        Answer((Stall(),), framing="none"),
        "no_answer",
        "0.2 s",
        "first_token",
        profile=_SHORT,
    ),
    failing("headers_then_silence", Answer((Stall(),)), "no_answer", "0.2 s", profile=_SHORT),
    failing(
        "headers_drip",
        Answer((Drip(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500, 1, 0.01),), framing="none"),
        "no_answer",
        profile=_SHORT,
    ),
    failing(
        "comments_for_ever",
        Answer((Repeat(b": keep-alive\n\n", 0.01),)),
        "no_answer",
        "sent nothing for",
        profile=_SHORT,
    ),
    failing(
        "comments_flood", Answer((Repeat(b": keep-alive\n\n" * 500),)), "no_answer", profile=_SHORT
    ),
    failing(
        "empty_deltas_for_ever", Answer((Repeat(delta(""), 0.01),)), "no_answer", profile=_SHORT
    ),
    failing("empty_deltas_flood", Answer((Repeat(delta("") * 200),)), "no_answer", profile=_SHORT),
    failing(
        "role_only_then_silence",
        Answer((delta(role="assistant"), Stall())),
        "no_answer",
        profile=_SHORT,
    ),
    failing("blanks_for_ever", Answer((Repeat(b"\n", 0.01),)), "no_answer", profile=_SHORT),
    failing(
        "half_event_for_ever",
        Answer((b'data: {"choices":[', Repeat(b" ", 0.01))),
        "no_answer",
        profile=_SHORT,
    ),
    failing(
        "not_streamed_never",
        Answer((Stall(),)),
        "no_answer",
        "0.2 s",
        profile=_SHORT | {"stream": False},
    ),
    failing(
        "not_streamed_stalls",
        Answer((json.dumps(completion()).encode()[:50], Stall()), content_type="application/json"),
        "no_answer",
        profile=_SHORT | {"stream": False},
    ),
    failing(
        "not_streamed_blanks",
        Answer((Repeat(b" ", 0.01),), content_type="application/json"),
        "no_answer",
        profile=_SHORT | {"stream": False},
    ),
    failing(
        "error_body_never_ends",
        Answer(
            (b'{"error": {"message": "boom"', Stall()), status=500, content_type="application/json"
        ),
        "server_failed",
        "HTTP 500",
        "boom",
        profile=_ONE_TRY,
    ),
    failing(
        "error_body_drips",
        Answer((Repeat(b"x", 0.01),), status=503),
        "server_failed",
        "HTTP 503",
        profile=_ONE_TRY,
    ),
    failing(
        "error_body_flood",
        Answer((Repeat(b"x" * 5_000),), status=400),
        "request_rejected",
        "HTTP 400",
        profile=_ONE_TRY,
    ),
    cut(
        "silent_after_text",
        Answer((hello(), Stall())),
        "sent nothing for 0.2 s",
        "idle",
        profile=_SHORT,
    ),
    cut(
        "comments_after_text",
        Answer((hello(), Repeat(b": hi\n\n", 0.01))),
        "sent nothing for",
        profile=_SHORT,
    ),
    cut(
        "empty_deltas_after_text",
        Answer((hello(), Repeat(delta(""), 0.01))),
        "sent nothing for",
        profile=_SHORT,
    ),
    cut(
        "empty_delta_flood_after_text",
        Answer((hello(), Repeat(delta("") * 200))),
        "sent nothing for",
        profile=_SHORT,
    ),
    Case(
        "silent_after_reasoning",
        (Answer((delta(reasoning="Hm."), Stall())),),
        status=FAILED,
        kind="cut_off",
        fragments=("sent nothing for",),
        reasoning="Hm.",
        profile=_SHORT,
    ),
    Case(
        "slow_but_alive",
        (
            Answer(
                (Drip(b"".join(delta(letter) for letter in "Hello."), len(delta("H")), 0.07), END)
            ),
        ),
        "Hello.",
        profile=_SHORT,
    ),
    Case("first_late_but_in_time", (Answer((Pause(0.1), hello(END))),), "Hello.", profile=_SHORT),
)

LIMITS: tuple[Case, ...] = (
    Case("flood", (Answer((*map(delta, _FLOOD), END)),), "".join(_FLOOD)),
    failing(
        "event_too_long",
        Answer((b"data: ", Repeat(b"x" * 60_000))),
        "bad_reply",
        "too long",
        "64 MB",
    ),
    failing("line_too_long_without_end", Answer((Repeat(b"x" * 60_000),)), "bad_reply", "too long"),
    failing(
        "event_of_many_lines_too_long",
        Answer((Repeat(b"data: xxxxxxxxxxxxxx\n" * 3_000),)),
        "bad_reply",
        "too long",
        profile={"timeouts": Timeouts(connect_s=1.0, first_token_s=20.0)},
    ),
    cut("event_too_long_after_text", Answer((hello(b"data: "), Repeat(b"x" * 60_000))), "too long"),
)
