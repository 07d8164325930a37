"""Cases: legal but odd event streams, odd chunks, and ways to end a reply."""

from __future__ import annotations

import json

from tests.providers.case import Case, cut, failing, whole
from tests.providers.wire import DONE, END, STOP, chunk, delta, event, hello
from tests.sse_server import Answer, Drip

_HELLO = hello(END)
_CONTENT = '{"choices":[{"index":0,"delta":{"content":"Hello."}}]}'

FORMAT: tuple[Case, ...] = (
    whole("plain", _HELLO, finish_reason="stop"),
    whole("crlf", _HELLO.replace(b"\n", b"\r\n")),
    whole("cr_only", _HELLO.replace(b"\n", b"\r")),
    whole("mixed_line_ends", delta("Hel").replace(b"\n", b"\r\n") + delta("lo.") + b"\r" + END),
    whole("byte_order_mark", b"\xef\xbb\xbf" + _HELLO),
    whole("comments", b": hi\n\n" + delta("Hel") + b":\n:\n\n" + delta("lo.") + b": ok\n\n" + END),
    whole("retry_and_id_only", b"retry: 3000\n\nid: 7\n\n" + _HELLO),
    whole("empty_data", b"data:\n\ndata: \n\ndata\n\n" + _HELLO),
    whole("no_blank_after_colon", _HELLO.replace(b"data: ", b"data:")),
    whole("named_events", b"event: message\n" + delta("Hel") + b"event: x\n" + delta("lo.") + END),
    whole(
        "multi_line_data", b'data: {"choices":\ndata:  [{"delta":{"content":"Hello."}}]}\n\n' + END
    ),
    whole("no_blank_lines", hello().replace(b"\n\n", b"\n") + STOP.strip() + b"\ndata: [DONE]\n"),
    whole("no_last_blank_line", hello(STOP) + b"data: [DONE]"),
    whole("leading_blank_lines", b"\n\n\n" + _HELLO),
    whole("unknown_fields", b"foo: bar\nbaz\n\n" + _HELLO),
    whole("data_indented", b"  " + hello().replace(b"\n\ndata", b"\n\n  data") + END),
    whole("separators_in_json", delta("a\u2028b\u2029c\x85d") + END, text="a\u2028b\u2029c\x85d"),
    whole(
        "raw_separators",
        delta("X").replace(b"X", "a\u2028b\x85c".encode()) + END,
        text="a\u2028b\x85c",
    ),
    Case("byte_by_byte", (Answer((Drip(_HELLO),)),), "Hello."),
    Case(
        "byte_by_byte_chinese",
        (Answer((Drip(delta("X").replace(b"X", "中文🙂".encode()) + END),)),),
        "中文🙂",
    ),
    whole("bad_utf8", delta("aXb").replace(b"X", b"\xff") + END, text="a\ufffdb"),
    whole("utf8_cut_by_line", delta("aX").replace(b"X", b"\xe4\xb8") + END, text="a\ufffd"),
    whole(
        "broken_line_among_good",
        delta("Hel") + b'data: {"choi\n\n' + delta("lo.") + END,
        fragments=("1 unreadable event", "was skipped"),
    ),
    whole("done_in_lower_blanks", hello(STOP) + b"data:   [DONE]  \n\n"),
    whole("done_quoted", hello(b'data: "[DONE]"\n\n')),
    whole("text_after_done_is_not_read", _HELLO + delta("MORE")),
    whole("events_far_apart", *(bytes([byte]) for byte in hello(END))),
)

_HALVES = b"".join(
    b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % half
    for half in (b"a\\ud83d", b"\\ude42b")
)

CHUNKS: tuple[Case, ...] = (
    whole("choices_empty_first", chunk([]) + _HELLO),
    whole("choices_null", chunk(None) + _HELLO),
    whole("choices_of_odd_types", chunk([None, 3, "x"]) + chunk("x") + chunk({"a": 1}) + _HELLO),
    whole("delta_null", chunk([{"index": 0, "delta": None}]) + _HELLO),
    whole("delta_absent", chunk([{"index": 0}]) + _HELLO),
    whole("content_null", delta(role="assistant", tool_calls=None, refusal=None) + _HELLO),
    whole("content_null_explicit", chunk([{"delta": {"content": None}}]) + _HELLO),
    whole("content_number", delta(5) + _HELLO, text="5Hello."),
    whole("index_absent", chunk([{"delta": {"content": "Hello."}}]) + END),
    whole("index_null", chunk([{"index": None, "delta": {"content": "Hello."}}]) + END),
    whole(
        "other_index_ignored",
        delta("Hel")
        + chunk([{"index": 1, "delta": {"content": "NO"}}])
        + chunk(
            [{"index": 1, "delta": {"content": "NO"}}, {"index": 0, "delta": {"content": "lo."}}]
        )
        + END,
    ),
    whole(
        "other_index_ends_first",
        delta("Hel")
        + chunk([{"index": 1, "delta": {}, "finish_reason": "length"}])
        + delta("lo.")
        + END,
        finish_reason="stop",
    ),
    whole(
        "message_for_delta", chunk([{"message": {"content": "Hello."}, "finish_reason": "stop"}])
    ),
    whole(
        "message_beside_empty_delta",
        chunk([{"delta": {}, "message": {"content": "Hello."}, "finish_reason": "stop"}]),
    ),
    whole(
        "message_repeats_the_deltas",
        hello(),
        chunk([{"delta": {}, "message": {"content": "Hello."}, "finish_reason": "stop"}]),
    ),
    whole(
        "message_in_every_chunk",
        chunk([{"message": {"content": "Hel"}}]),
        chunk([{"message": {"content": "lo."}, "finish_reason": "stop"}]),
    ),
    whole("delta_is_a_text", chunk([{"delta": "Hel"}]), chunk([{"delta": "lo."}]), END),
    whole("index_as_text", chunk([{"index": "0", "delta": {"content": "Hello."}}]), END),
    whole(
        "content_object",
        delta({"type": "text", "text": "Hel"}),
        delta([{"type": "text", "text": {"value": "lo."}}]) + END,
    ),
    whole("text_completion", chunk([{"index": 0, "text": "Hello.", "finish_reason": "stop"}])),
    whole(
        "content_parts",
        delta([{"type": "text", "text": "Hel"}, "lo", {"type": "image_url"}, {"text": "."}, 7])
        + END,
    ),
    whole(
        "content_parts_thinking",
        delta([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}])
        + delta([{"type": "text", "text": "Hello."}])
        + END,
        reasoning="Hm.",
    ),
    whole("role_repeated", delta("Hel", role="assistant") + delta("lo.", role="assistant") + END),
    whole("content_empty_strings", delta("") + delta("Hel") + delta("") + delta("lo.") + END),
    whole("surrogates_over_deltas", _HALVES + END, text="a🙂b"),
    whole("surrogate_alone", _HALVES[: _HALVES.index(b"\n\n") + 2] + END, text="a\ufffd"),
    whole(
        "surrogate_low_first",
        b'data: {"choices":[{"delta":{"content":"\\ude42x"}}]}\n\n' + END,
        text="\ufffdx",
    ),
    whole("chunks_in_a_list", event([json.loads(_CONTENT)]) + END),
    whole(
        "two_chunks_in_one_line",
        f"data: {_CONTENT}{_CONTENT}\n\n".encode() + END,
        text="Hello.Hello.",
    ),
    whole(
        "duplicate_keys",
        b'data: {"choices":[],"choices":[{"delta":{"content":"Hello."}}]}\n\n' + END,
    ),
    whole("nan_and_big_numbers", b'data: {"choices":[],"x":NaN,"y":1e999}\n\n' + _HELLO),
    whole(
        "very_deep_json",
        b"data: " + b"[" * 60_000 + b"\n\n" + _HELLO,
        fragments=("was skipped",),
    ),
    whole(
        "very_long_integer",
        b'data: {"choices":[],"n":' + b"9" * 6_000 + b"}\n\n" + _HELLO,
        fragments=("was skipped",),
    ),
    whole(
        "control_characters",
        delta("a\x1b]52;c;eA==\x07b\x00") + END,
        text="a\x1b]52;c;eA==\x07b\x00",
    ),
    whole("raw_control_in_string", delta("aXb").replace(b"X", b"\t") + END, text="a\tb"),
)

REASONING: tuple[Case, ...] = (
    whole("reasoning_content", delta(reasoning_content="Hm.") + _HELLO, reasoning="Hm."),
    whole("reasoning", delta(reasoning="H") + delta(reasoning="m.") + _HELLO, reasoning="Hm."),
    whole(
        "reasoning_both_spellings",
        delta(reasoning="Hm.", reasoning_content="Hm.") + _HELLO,
        reasoning="Hm.",
    ),
    whole(
        "reasoning_with_null_content",
        chunk([{"delta": {"content": None, "reasoning_content": "Hm."}}]) + _HELLO,
        reasoning="Hm.",
    ),
    whole(
        "reasoning_details",
        delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]) + _HELLO,
        reasoning="Hm.",
    ),
    whole("reasoning_object", delta(reasoning={"content": "Hm."}) + _HELLO, reasoning="Hm."),
    whole("think_block", delta("<think>Hm.</think>\n\nHello.") + END, reasoning="Hm."),
    whole(
        "think_split",
        *(delta(letter) for letter in "<think>Hm.</think>\n\nHello."),
        END,
        reasoning="Hm.",
    ),
    whole("think_blank", delta("<think>\n\n</think>\n\nHello.") + END),
    whole(
        "reasoning_surrogates_over_deltas",
        delta(reasoning_content="Hm \ud83d") + delta(reasoning_content="\ude42.") + hello(END),
        reasoning="Hm 🙂.",
    ),
    whole("think_after_blank", delta("\n <think>\nHm.\n</think>Hello.") + END, reasoning="\nHm.\n"),
    whole(
        "think_later_is_text", delta("Hello <think>x</think>") + END, text="Hello <think>x</think>"
    ),
    whole("think_lookalike", delta("<thin") + delta("g> Hello.") + END, text="<thing> Hello."),
    whole("think_lookalike_at_end", delta("<thi") + END, text="<thi"),
    whole(
        "think_closed_twice",
        delta("<think>Hm.</think>Hello</think>.") + END,
        text="Hello</think>.",
        reasoning="Hm.",
    ),
    failing(
        "reasoning_only",
        Answer((delta(reasoning="Hm.") + END,)),
        "bad_reply",
        "reasoned",
        "no answer",
        reasoning="Hm.",
    ),
    failing(
        "think_never_closed",
        Answer((delta("<think>Hm.") + END,)),
        "bad_reply",
        "reasoned",
        reasoning="Hm.",
    ),
    failing(
        "reasoning_cut_by_length",
        Answer((delta(reasoning="Hm.") + delta(finish="length"),)),
        "bad_reply",
        "token limit",
        "max_tokens",
        reasoning="Hm.",
    ),
)

_USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}

ENDINGS: tuple[Case, ...] = (
    whole("usage_only_chunk", hello(STOP) + chunk([], usage=_USAGE) + DONE, usage=(3, 4)),
    whole(
        "usage_in_every_chunk",
        chunk([{"delta": {"content": "Hel"}}], usage={"prompt_tokens": 3, "completion_tokens": 1})
        + chunk([{"delta": {"content": "lo."}}], usage=_USAGE)
        + END,
        usage=(3, 4),
    ),
    whole(
        "usage_in_last_choice",
        hello() + chunk([{"delta": {}, "finish_reason": "stop", "usage": _USAGE}]) + DONE,
        usage=(3, 4),
    ),
    whole("usage_null_everywhere", chunk([], usage=None) + _HELLO),
    whole(
        "usage_in_x_groq", hello(STOP) + chunk([], x_groq={"usage": _USAGE}) + DONE, usage=(3, 4)
    ),
    whole(
        "usage_in_timings",
        hello()
        + chunk(
            [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            timings={"prompt_n": 1, "cache_n": 2, "predicted_n": 4},
        ),
        usage=(3, 4),
    ),
    whole(
        "usage_anthropic_names",
        hello(STOP) + chunk([], usage={"input_tokens": 3, "output_tokens": 4}) + DONE,
        usage=(3, 4),
    ),
    whole(
        "usage_of_odd_types",
        hello(STOP) + chunk([], usage={"prompt_tokens": "3", "completion_tokens": -1}) + DONE,
    ),
    whole(
        "usage_floats",
        hello(STOP) + chunk([], usage={"prompt_tokens": 3.0, "completion_tokens": 4.0}) + DONE,
        usage=(3, 4),
    ),
    whole("usage_before_text", chunk([], usage=_USAGE) + _HELLO, usage=(3, 4)),
    whole("finish_with_text", delta("Hel") + delta("lo.", finish="stop"), finish_reason="stop"),
    whole("done_without_finish", hello(DONE), finish_reason="stop"),
    whole("finish_without_done", hello(STOP), finish_reason="stop"),
    whole("finish_empty_string", delta("Hello.", finish="") + END, finish_reason="stop"),
    whole(
        "finish_twice",
        hello(delta(finish="stop"), delta(finish="length"), DONE),
        finish_reason="length",
        fragments=("token limit",),
    ),
    whole(
        "finish_length",
        hello(delta(finish="length"), DONE),
        finish_reason="length",
        fragments=("token limit",),
    ),
    whole("finish_max_tokens", hello(delta(finish="max_tokens"), DONE), fragments=("token limit",)),
    whole(
        "finish_content_filter",
        hello(delta(finish="content_filter"), DONE),
        fragments=("content filter",),
    ),
    whole("finish_upper_case", hello(delta(finish="STOP"), DONE)),
    cut(
        "finish_error",
        Answer((hello(delta(finish="error"), DONE),)),
        "ended the answer with an error",
    ),
    cut(
        "finish_abort",
        Answer((hello(delta(finish="abort"), DONE),)),
        "ended the answer with the reason “abort”",
    ),
    failing(
        "finish_error_at_once",
        Answer((delta(finish="error") + DONE,)),
        "server_failed",
        "reported a server error",
        profile={"max_retries": 0},
    ),
    whole("finish_unknown", hello(delta(finish="banana"), DONE), fragments=("“banana”",)),
    whole(
        "finish_hostile",
        hello(delta(finish="x\x1b]0;owned\x07" + "y" * 5_000), DONE),
        fragments=("x",),
    ),
    whole(
        "finish_tool_calls",
        hello(
            delta(tool_calls=[{"index": 0, "function": {"name": "get_weather", "arguments": ""}}]),
            delta(finish="tool_calls"),
            DONE,
        ),
        fragments=("tool", "get_weather"),
    ),
    whole(
        "refusal",
        delta(refusal="I will ") + delta(refusal="not.") + END,
        text="I will not.",
        fragments=("refused",),
    ),
    failing(
        "tool_call_only",
        Answer(
            (
                delta(tool_calls=[{"index": 0, "function": {"name": "get_weather"}}])
                + delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}])
                + delta(finish="tool_calls")
                + DONE,
            )
        ),
        "bad_reply",
        "get_weather",
        "no answer",
    ),
    failing(
        "function_call_only",
        Answer(
            (
                delta(function_call={"name": "look", "arguments": "{"})
                + delta(finish="function_call")
                + DONE,
            )
        ),
        "bad_reply",
        "look",
    ),
    failing(
        "filtered_at_once",
        Answer((delta("", finish="content_filter") + DONE,)),
        "bad_reply",
        "content filter",
    ),
    failing(
        "length_at_once", Answer((delta("", finish="length") + DONE,)), "bad_reply", "token limit"
    ),
    failing("empty_answer", Answer((END,)), "bad_reply", "empty"),
    failing("blank_answer", Answer((delta(" \n") + END,)), "bad_reply", "empty", text=" \n"),
    failing("done_only", Answer((DONE,)), "bad_reply", "empty"),
    cut("no_finish_no_done", Answer((hello(),)), "before the end", "Ask again"),
)
