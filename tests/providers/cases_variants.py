"""Cases made by rule: each oddity of a stream with each framing, line end and split.

The oddities are those that endpoints send; a client must not notice how the bytes are packed.
"""

from __future__ import annotations

import gzip
from typing import Final

from tests.providers.case import FAILED, Case
from tests.providers.wire import DONE, END, STOP, chunk, delta, event, hello
from tests.sse_server import Answer, Drip, Step

_FRAMINGS: Final = ("length", "close")
_ODDITIES: Final[dict[str, bytes]] = {
    "plain": hello(END),
    "comments": b": ping\n\n" + hello(b": ping\n\n: ping\n\n", END),
    "ids_and_retry": b"retry: 3000\n\nid: 1\n" + hello(b"id: \n\n", END),
    "event_names": event({}, "ping") + hello(event({"type": "x"}, "metadata"), END),
    "no_space": hello(END).replace(b"data: ", b"data:"),
    "two_line_data": b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "Hello."}}]}\n\n'
    + END,
    "no_done": hello(STOP),
    "done_alone": hello(DONE),
    "done_twice": hello(END, DONE, END),
    "usage_chunk_before_done": hello(STOP, chunk([]), DONE),
    "null_choices": chunk(None) + hello(chunk(None), END),
    "null_delta": chunk([{"index": 0, "delta": None}]) + hello(END),
    "missing_delta": chunk([{"index": 0}]) + hello(END),
    "null_content": chunk([{"index": 0, "delta": {"content": None}}]) + hello(END),
    "empty_content": delta("") + hello(delta(""), END),
    "role_in_each": delta("Hel", role="assistant") + delta("lo.", role="assistant") + END,
    "message_for_delta": chunk([{"index": 0, "message": {"content": "Hello."}}]) + END,
    "parts": delta([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]) + END,
    "second_choice": hello(chunk([{"index": 1, "delta": {"content": "Other."}}]), END),
    "unknown_fields": chunk([{"index": 0, "delta": {"content": "Hello.", "x": [1, {}]}}], y=1)
    + END,
    "blank_events": b"\n\n\n" + hello(b"data:\n\ndata: \n\n\n\n", END),
    "bom": b"\xef\xbb\xbf" + hello(END),
    "finish_with_text": delta("Hel") + delta("lo.", finish="stop") + DONE,
    "tool_calls_null": delta("Hel", tool_calls=None, function_call=None) + delta("lo.") + END,
    "refusal_null": delta("Hel", refusal=None, audio=None) + delta("lo.") + END,
    "logprobs": chunk([{"index": 0, "delta": {"content": "Hello."}, "logprobs": {"content": []}}])
    + END,
    "index_missing": chunk([{"delta": {"content": "Hello."}}]) + END,
    "id_and_model_null": chunk([{"index": 0, "delta": {"content": "Hello."}}], id=None, model=None)
    + END,
    "created_as_text": chunk([{"index": 0, "delta": {"content": "Hello."}}], created="now") + END,
}
_LINE_ENDS: Final = {"crlf": b"\r\n", "cr": b"\r"}


def _case(name: str, *steps: Step, framing: str = "chunked", **headers: str) -> Case:
    return Case(f"variant_{name}", (Answer(steps, framing=framing, headers=headers),), "Hello.")


def _framed() -> list[Case]:
    return [
        _case(f"{name}_{framing}", data, framing=framing)
        for name, data in _ODDITIES.items()
        for framing in _FRAMINGS
    ]


def _ended() -> list[Case]:
    return [
        _case(f"{name}_{end}_in_bytes", Drip(data.replace(b"\n", mark), 3))
        for name, data in _ODDITIES.items()
        for end, mark in _LINE_ENDS.items()
        if name != "bom"
    ]


def _packed() -> list[Case]:
    return [
        _case(f"{name}_gzip", Drip(gzip.compress(data), 7), **{"Content-Encoding": "gzip"})
        for name, data in _ODDITIES.items()
    ]


_STATUSES: Final = {
    400: "request_rejected",
    401: "key_refused",
    404: "request_rejected",
    422: "request_rejected",
}


def _refused() -> list[Case]:
    bodies = {
        "empty": b"",
        "html": b"<html><body><h1>No</h1></body></html>",
        "text": b"No.",
        "detail": b'{"detail": "No."}',
        "list": b'[{"error": {"message": "No."}}]',
        "number": b"7",
        "broken": b'{"error": {"message": "No.',
        "utf16": "No.".encode("utf-16"),
        "controls": b"\x1b[31mNo.\x9b\x00\xff",
    }
    return [
        Case(
            f"variant_status_{status}_{name}",
            (Answer((body,), status=status, content_type="", framing="length"),),
            status=FAILED,
            kind=kind,
            fragments=(str(status),) if name == "empty" else (),
        )
        for status, kind in _STATUSES.items()
        for name, body in bodies.items()
    ]


VARIANTS: Final = (*_framed(), *_ended(), *_packed())
REFUSED: Final = tuple(_refused())

_BOMB: Final = gzip.compress(gzip.compress(bytes(1_000_000)))
HOSTILE: Final = (
    *(
        Case(
            f"variant_encoded_twice_{status}",
            (Answer((_BOMB,), status=status, headers={"Content-Encoding": "gzip, gzip"}),),
            status=FAILED,
            kind=kind,
            fragments=fragments,
        )
        for status, kind, fragments in (
            (200, "bad_reply", ("decompressed",)),
            (400, "request_rejected", ("400",)),
        )
    ),
    Case(
        "variant_error_number",
        (Answer((event({"error": 500}),)),),
        status=FAILED,
        kind="server_failed",
        fragments=("server error",),
        requests=3,
    ),
    Case(
        "variant_error_number_of_a_key",
        (Answer((event({"error": 401}),)),),
        status=FAILED,
        kind="key_refused",
    ),
)
