"""Streams of tool calls as servers and models really send them: right, or reported; none wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.providers.wire import DONE, chunk, completion, delta, event
from tui_chat.core.stream_events import TextDelta
from tui_chat.core.tools.events import CallWriting, RequestedCall
from tui_chat.core.tools.tool import Tool
from tui_chat.providers.stream.reply_parser import Ending, ReplyParser

_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
}
TOOLS = {
    "w__get_weather": Tool("w", "get_weather", "The weather.", _SCHEMA),
    "t__now": Tool("t", "now", "The time."),
}
PARIS, ROME = ("w__get_weather", {"city": "Paris"}), ("w__get_weather", {"city": "Rome"})
NOW: tuple[str, dict[str, Any]] = ("t__now", {})
_PARIS, _ROME = '{"city": "Paris"}', '{"city": "Rome"}'
END = delta(finish="tool_calls") + DONE


def _calls(*entries: Any, **fields: Any) -> bytes:
    return delta(tool_calls=list(entries), **fields)


def _entry(
    name: str | None = None, arguments: Any = None, *, at: Any = 0, call_id: Any = None, **more: Any
) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    entry: dict[str, Any] = {"index": at, "id": call_id, "type": "function", "function": function}
    entry["function"] = {key: value for key, value in function.items() if value is not None}
    return {key: value for key, value in entry.items() if value is not None} | more


def _pieces(arguments: str, size: int = 5) -> list[str]:
    return [arguments[at : at + size] for at in range(0, len(arguments), size)]


def _message(*entries: Any, finish: str | None = "tool_calls") -> bytes:
    message = {"role": "assistant", "content": None, "tool_calls": list(entries)}
    return json.dumps(
        completion(choices=[{"index": 0, "message": message, "finish_reason": finish}])
    ).encode()


W, T = "w__get_weather", "t__now"
SHAPES: dict[str, tuple[bytes, list[tuple[str, dict[str, Any]]]]] = {
    "openai": (
        _calls(_entry(W, "", call_id="a"), role="assistant")
        + b"".join(_calls(_entry(None, it)) for it in _pieces(_PARIS))
        + END,
        [PARIS],
    ),
    "two_by_index": (
        _calls(_entry(W, "", call_id="a"))
        + _calls(_entry(None, _PARIS))
        + _calls(_entry(W, "", at=1, call_id="b"))
        + _calls(_entry(None, _ROME, at=1))
        + END,
        [PARIS, ROME],
    ),
    "interleaved": (
        _calls(_entry(W, "", call_id="a"), _entry(W, "", at=1, call_id="b"))
        + _calls(_entry(None, _PARIS[:7]), _entry(None, _ROME[:4], at=1))
        + _calls(_entry(None, _ROME[4:], at=1), _entry(None, _PARIS[7:]))
        + END,
        [PARIS, ROME],
    ),
    "all_in_one_chunk": (
        _calls(_entry(W, _PARIS, call_id="a"), _entry(T, "{}", at=1, call_id="b")) + END,
        [PARIS, NOW],
    ),
    "no_index": (
        _calls(_entry(W, "", at=None, call_id="a"))
        + _calls(_entry(None, _PARIS, at=None))
        + _calls(_entry(T, "{}", at=None, call_id="b"))
        + END,
        [PARIS, NOW],
    ),
    "no_index_two_in_one_chunk": (
        _calls(_entry(W, _PARIS, at=None), _entry(W, _ROME, at=None)) + END,
        [PARIS, ROME],
    ),
    "index_as_text": (
        _calls(_entry(W, "", at="0", call_id="a")) + _calls(_entry(None, _PARIS, at="0")) + END,
        [PARIS],
    ),
    "index_from_one_with_gaps": (
        _calls(_entry(W, _PARIS, at=1)) + _calls(_entry(T, "{}", at=7)) + END,
        [PARIS, NOW],
    ),
    "index_always_zero": (
        _calls(_entry(W, _PARIS, call_id="a")) + _calls(_entry(W, _ROME, call_id="b")) + END,
        [PARIS, ROME],
    ),
    "index_always_zero_and_no_id": (
        _calls(_entry(W, _PARIS)) + _calls(_entry(T, "{}")) + END,
        [PARIS, NOW],
    ),
    "index_zero_in_one_chunk": (
        _calls(_entry(W, _PARIS, call_id="a"), _entry(W, _ROME, call_id="a")) + END,
        [PARIS, ROME],
    ),
    "id_repeated_in_every_piece": (
        b"".join(
            _calls(_entry(None, it, call_id="a", at=None)) for it in ["", *_pieces(_PARIS)]
        ).replace(b'"function": {"arguments": ""}', b'"function": {"name": "w__get_weather"}')
        + END,
        [PARIS],
    ),
    "id_new_in_every_piece": (
        _calls(_entry(W, "", at=None, call_id="a"))
        + _calls(_entry(None, _PARIS[:5], at=None, call_id="b"))
        + _calls(_entry(None, _PARIS[5:], at=None, call_id="c"))
        + END,
        [PARIS],
    ),
    "id_empty": (
        _calls(_entry(W, "", call_id="")) + _calls(_entry(None, _PARIS, call_id="")) + END,
        [PARIS],
    ),
    "id_of_two_calls_is_the_same": (
        _calls(_entry(W, _PARIS, at=None, call_id="a"))
        + _calls(_entry(W, _ROME, at=None, call_id="a"))
        + END,
        [PARIS, ROME],
    ),
    "id_is_a_number": (_calls(_entry(W, _PARIS, call_id=7)) + END, [PARIS]),
    "name_in_the_second_chunk": (
        _calls(_entry(None, "", call_id="a")) + _calls(_entry(W, _PARIS)) + END,
        [PARIS],
    ),
    "name_after_the_arguments": (
        _calls(_entry(None, _PARIS, call_id="a")) + _calls(_entry(W)) + END,
        [PARIS],
    ),
    "name_with_every_piece": (
        b"".join(_calls(_entry(W, it, call_id="a")) for it in _pieces(_PARIS)) + END,
        [PARIS],
    ),
    "name_in_pieces": (
        _calls(_entry("w__get_", "", call_id="a"))
        + _calls(_entry("weather", ""))
        + _calls(_entry(None, _PARIS))
        + END,
        [PARIS],
    ),
    "name_growing": (
        _calls(_entry("w__get_", "")) + _calls(_entry(W, "")) + _calls(_entry(None, _PARIS)) + END,
        [PARIS],
    ),
    "name_is_null_later": (
        _calls(_entry(W, "", call_id="a"))
        + delta(tool_calls=[{"index": 0, "function": {"name": None, "arguments": _PARIS}}])
        + END,
        [PARIS],
    ),
    "arguments_whole": (_calls(_entry(W, _PARIS, call_id="a")) + END, [PARIS]),
    "arguments_as_object": (_calls(_entry(W, {"city": "Paris"}, call_id="a")) + END, [PARIS]),
    "arguments_encoded_twice": (
        _calls(_entry(W, json.dumps(_PARIS), call_id="a")) + END,
        [PARIS],
    ),
    "arguments_missing": (_calls(_entry(T, None, call_id="a")) + END, [NOW]),
    "arguments_empty": (_calls(_entry(T, "", call_id="a")) + END, [NOW]),
    "arguments_null_text": (
        _calls(_entry(T, "null", call_id="a"), _entry(None, "{}")) + END,
        [NOW],
    ),
    "arguments_begin_with_an_empty_object": (
        _calls(_entry(W, "{}", call_id="a"))
        + b"".join(_calls(_entry(None, it)) for it in _pieces(_PARIS))
        + END,
        [PARIS],
    ),
    "arguments_again_at_the_end": (
        _calls(_entry(W, "", call_id="a"))
        + b"".join(_calls(_entry(None, it)) for it in _pieces(_PARIS))
        + _calls(_entry(None, _PARIS))
        + END,
        [PARIS],
    ),
    "arguments_cumulative": (
        _calls(_entry(W, "", call_id="a"))
        + b"".join(_calls(_entry(None, _PARIS[:end])) for end in (4, 9, len(_PARIS)))
        + END,
        [PARIS],
    ),
    "arguments_named_parameters": (
        delta(tool_calls=[{"name": W, "parameters": {"city": "Paris"}}]) + END,
        [PARIS],
    ),
    "arguments_with_an_end_token": (_calls(_entry(W, _PARIS + "<|im_end|>")) + END, [PARIS]),
    "same_call_twice_as_a_whole": (
        _calls(_entry(W, _PARIS, at=None, call_id="a"))
        + _calls(_entry(W, _PARIS, at=None, call_id="a"))
        + END,
        [PARIS],
    ),
    "message_after_deltas": (
        _calls(_entry(W, _PARIS, call_id="a"))
        + chunk(
            [
                {
                    "index": 0,
                    "message": {"tool_calls": [_entry(W, _PARIS, call_id="a")]},
                    "finish_reason": "tool_calls",
                }
            ]
        )
        + DONE,
        [PARIS],
    ),
    "finish_reason_stop": (_calls(_entry(W, _PARIS)) + delta(finish="stop") + DONE, [PARIS]),
    "no_finish_reason": (_calls(_entry(W, _PARIS)) + DONE, [PARIS]),
    "finish_reason_in_the_same_chunk": (
        _calls(_entry(W, _PARIS), finish="tool_calls") + DONE,
        [PARIS],
    ),
    "pieces_after_the_finish_reason": (
        _calls(_entry(W, ""), finish="tool_calls") + _calls(_entry(None, _PARIS)) + DONE,
        [PARIS],
    ),
    "text_before": (delta("I look.") + _calls(_entry(W, _PARIS)) + END, [PARIS]),
    "content_null_everywhere": (
        chunk([{"index": 0, "delta": {"content": None, "tool_calls": [_entry(W, _PARIS)]}}]) + END,
        [PARIS],
    ),
    "calls_are_one_object": (delta(tool_calls=_entry(W, _PARIS)) + END, [PARIS]),
    "function_is_a_name": (
        delta(tool_calls=[{"function": W, "arguments": {"city": "Paris"}}]) + END,
        [PARIS],
    ),
    "function_call": (
        delta(function_call={"name": W, "arguments": ""})
        + delta(function_call={"arguments": _PARIS})
        + delta(finish="function_call")
        + DONE,
        [PARIS],
    ),
    "not_streamed": (_message(_entry(W, _PARIS, call_id="a", at=None)), [PARIS]),
    "not_streamed_two": (
        _message(_entry(W, _PARIS, at=None), _entry(T, "{}", at=None), finish="stop"),
        [PARIS, NOW],
    ),
    "ollama_ndjson": (
        json.dumps(
            {
                "model": "m",
                "message": {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"function": {"name": W, "arguments": {"city": "Paris"}}}],
                },
                "done": False,
            }
        ).encode()
        + b'\n{"model": "m", "message": {"content": ""}, "done": true, "done_reason": "stop"}\n',
        [PARIS],
    ),
    "other_choice": (
        chunk(
            [
                {"index": 0, "delta": {"tool_calls": [_entry(W, _PARIS)]}},
                {"index": 1, "delta": {"tool_calls": [_entry(T, "{}")]}},
            ]
        )
        + END,
        [PARIS],
    ),
    "junk_entries": (delta(tool_calls=[None, 3, "x", {}, _entry(W, _PARIS)]) + END, [PARIS]),
}
"""Calls in the fields of the protocol."""


def _said(text: str) -> bytes:
    return b"".join(delta(it) for it in _pieces(text, 3)) + delta(finish="stop") + DONE


WRITTEN: dict[str, tuple[str, str, list[tuple[str, dict[str, Any]]]]] = {
    "hermes": (f'<tool_call>\n{{"name": "{W}", "arguments": {_PARIS}}}\n</tool_call>', "", [PARIS]),
    "hermes_two_and_text": (
        f'I look.\n<tool_call>\n{{"name": "{W}", "arguments": {_PARIS}}}\n</tool_call>\n'
        f'<tool_call>\n{{"name": "{T}", "arguments": {{}}}}\n</tool_call>',
        "I look.\n",
        [PARIS, NOW],
    ),
    "hermes_not_closed": (f'<tool_call>{{"name": "{W}", "arguments": {_PARIS}}}', "", [PARIS]),
    "hermes_a_brace_too_few": (f'<tool_call>{{"name": "{W}", "arguments": {_PARIS}', "", [PARIS]),
    "qwen_coder": (
        f"<tool_call>\n<function={W}>\n<parameter=city>\nParis\n</parameter>\n"
        "<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
        "",
        [(W, {"city": "Paris", "days": 3})],
    ),
    "glm": (
        f"<tool_call>{W}\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n</tool_call>",
        "",
        [PARIS],
    ),
    "mistral_list": (f'[TOOL_CALLS][{{"name": "{W}", "arguments": {_PARIS}}}]', "", [PARIS]),
    "mistral_named": (
        f"[TOOL_CALLS]{W}[ARGS]{_PARIS}[TOOL_CALLS]{T}[CALL_ID]a1[ARGS]{{}}",
        "",
        [PARIS, NOW],
    ),
    "llama_python_tag": (
        f'<|python_tag|>{{"name": "{W}", "parameters": {_PARIS}}}<|eom_id|>',
        "",
        [PARIS],
    ),
    "llama_bare": (f'{{"name": "{W}", "parameters": {_PARIS}}}', "", [PARIS]),
    "llama_bare_typed": (
        f'{{"type": "function", "name": "{W}", "parameters": {_PARIS}}}',
        "",
        [PARIS],
    ),
    "llama_two_with_semicolon": (
        f'{{"name": "{W}", "parameters": {_PARIS}}}; {{"name": "{T}", "parameters": {{}}}}',
        "",
        [PARIS, NOW],
    ),
    "llama_function": (f"<function={W}>{_PARIS}</function>", "", [PARIS]),
    "llama_python_list": (f'[{W}(city="Paris"), {T}()]', "", [PARIS, NOW]),
    "fenced": (f'```json\n{{"name": "{W}", "arguments": {_PARIS}}}\n```', "", [PARIS]),
    "gpt_oss": (
        "<|channel|>analysis<|message|>Weather.<|end|><|start|>assistant<|channel|>commentary "
        f"to=functions.{W} <|constrain|>json<|message|>{_PARIS}<|call|>",
        "",
        [PARIS],
    ),
    "deepseek": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>{W}\n```json\n{_PARIS}\n```"
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        [PARIS],
    ),
    "deepseek_31": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{W}<｜tool▁sep｜>{_PARIS}<｜tool▁call▁end｜>"
        f"<｜tool▁call▁begin｜>{T}<｜tool▁sep｜>{{}}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        [PARIS, NOW],
    ),
    "kimi": (
        f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{W}:0"
        f"<|tool_call_argument_begin|>{_PARIS}<|tool_call_end|><|tool_calls_section_end|>",
        "",
        [PARIS],
    ),
    "minimax": (
        f'<minimax:tool_call>\n<invoke name="{W}">\n<parameter name="city">Paris</parameter>\n'
        "</invoke>\n</minimax:tool_call>",
        "",
        [PARIS],
    ),
    "granite": (f'<|tool_call|>[{{"name": "{W}", "arguments": {_PARIS}}}]', "", [PARIS]),
    "lfm": (f'<|tool_call_start|>[{W}(city="Paris")]<|tool_call_end|>', "", [PARIS]),
    "phi": (f'functools[{{"name": "{W}", "arguments": {_PARIS}}}]', "", [PARIS]),
    "name_without_the_server": (
        f'<tool_call>{{"name": "get_weather", "arguments": {_PARIS}}}</tool_call>',
        "",
        [PARIS],
    ),
    "after_reasoning": (
        f'<think>Weather?</think>\n<tool_call>{{"name": "{T}", "arguments": {{}}}}</tool_call>',
        "",
        [NOW],
    ),
}
"""Calls that a model writes into its text, with the text that is left."""
NO_CALLS = {
    "other_name": '<tool_call>{"name": "rm", "arguments": {}}</tool_call>',
    "example_in_code": f'Write:\n```\n<tool_call>{{"name": "{T}"}}</tool_call>\n```\nSo.',
    "object": '{"name": "Anna", "arguments": {}}',
    "object_of_another_kind": '{"city": "Paris"}',
    "list": "[1, 2, 3]",
    "markdown_link": f"[{T}](https://example.org)",
    "code": '```json\n{"name": "x"}\n```',
    "prose": "A `<tool_call>` begins a call; [TOOL_CALLS] too.",
    "half_a_mark": "a <tool_",
    "python": "[a(b=1)]",
}
"""Texts that are no calls and stay as they are."""


def _read(data: bytes, *, with_tools: bool = True, size: int = 0) -> tuple[str, list[Any], Ending]:
    reader = ReplyParser(TOOLS if with_tools else None)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    found = [it for piece in pieces for it in reader.feed(piece)] + reader.finish()
    text = "".join(it.text for it in found if isinstance(it, TextDelta))
    return text, found, reader.ending()


def _parsed(calls: tuple[RequestedCall, ...]) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, json.loads(call.arguments)) for call in calls]


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", SHAPES)
def test_calls_are_assembled(name: str, size: int) -> None:
    data, wanted = SHAPES[name]
    text, found, ending = _read(data, size=size)
    assert _parsed(ending.calls) == wanted
    assert ending.finish_reason is not None
    assert not any(call.from_text for call in ending.calls)
    assert text == ("I look." if name == "text_before" else "")
    assert any(isinstance(it, CallWriting) for it in found)


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", WRITTEN)
def test_calls_in_the_text_are_found(name: str, size: int) -> None:
    written, left, wanted = WRITTEN[name]
    text, _found, ending = _read(_said(written), size=size)
    assert _parsed(ending.calls) == wanted
    assert all(call.from_text for call in ending.calls)
    assert text == left


@pytest.mark.parametrize("name", NO_CALLS)
def test_other_text_is_no_call(name: str) -> None:
    text, _found, ending = _read(_said(NO_CALLS[name]))
    assert (text, ending.calls) == (NO_CALLS[name], ())


@pytest.mark.parametrize("name", sorted({*WRITTEN} - {"gpt_oss", "after_reasoning"}))
def test_without_tools_a_text_is_never_a_call(name: str) -> None:
    written = WRITTEN[name][0]
    text, _found, ending = _read(_said(written), with_tools=False)
    assert (text, ending.calls) == (written, ())


@pytest.mark.parametrize(
    "arguments",
    ["{", '{"city": ', "city=Paris", "[1]", '{"city": "Paris"}}', '{"a": 1}{"b": 2}'],
)
def test_invalid_arguments_stay_as_they_are(arguments: str) -> None:
    _text, _found, ending = _read(_calls(_entry(W, arguments, call_id="a")) + END)
    assert [(it.name, it.arguments) for it in ending.calls] == [(W, arguments.strip())]


def test_a_flood_of_calls_and_arguments_is_cut() -> None:
    flood = b"".join(_calls(_entry(W, _PARIS, at=at)) for at in range(1_000))
    assert len(_read(flood + END)[2].calls) == 64
    long = b"".join(_calls(_entry(W if at == 0 else None, "x" * 100_000)) for at in range(30))
    assert len(_read(long + END)[2].calls[0].arguments) <= 1_000_000


def test_an_error_in_the_stream_is_not_a_call() -> None:
    data = _calls(_entry(W, _PARIS)) + event({"error": {"message": "overloaded"}})
    assert _read(data)[2].error is not None
