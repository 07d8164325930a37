"""Streams of tool calls as servers and models really send them."""

from __future__ import annotations

import json
from typing import Any

from tests.providers.wire import DONE, chunk, completion, delta
from tui_chat.core.tools.tool import Tool

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
PARIS_TEXT, _ROME = '{"city": "Paris"}', '{"city": "Rome"}'
END = delta(finish="tool_calls") + DONE


def calls(*entries: Any, **fields: Any) -> bytes:
    return delta(tool_calls=list(entries), **fields)


def entry(
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
        calls(entry(W, "", call_id="a"), role="assistant")
        + b"".join(calls(entry(None, it)) for it in _pieces(PARIS_TEXT))
        + END,
        [PARIS],
    ),
    "two_by_index": (
        calls(entry(W, "", call_id="a"))
        + calls(entry(None, PARIS_TEXT))
        + calls(entry(W, "", at=1, call_id="b"))
        + calls(entry(None, _ROME, at=1))
        + END,
        [PARIS, ROME],
    ),
    "interleaved": (
        calls(entry(W, "", call_id="a"), entry(W, "", at=1, call_id="b"))
        + calls(entry(None, PARIS_TEXT[:7]), entry(None, _ROME[:4], at=1))
        + calls(entry(None, _ROME[4:], at=1), entry(None, PARIS_TEXT[7:]))
        + END,
        [PARIS, ROME],
    ),
    "all_in_one_chunk": (
        calls(entry(W, PARIS_TEXT, call_id="a"), entry(T, "{}", at=1, call_id="b")) + END,
        [PARIS, NOW],
    ),
    "no_index": (
        calls(entry(W, "", at=None, call_id="a"))
        + calls(entry(None, PARIS_TEXT, at=None))
        + calls(entry(T, "{}", at=None, call_id="b"))
        + END,
        [PARIS, NOW],
    ),
    "no_index_two_in_one_chunk": (
        calls(entry(W, PARIS_TEXT, at=None), entry(W, _ROME, at=None)) + END,
        [PARIS, ROME],
    ),
    "index_as_text": (
        calls(entry(W, "", at="0", call_id="a")) + calls(entry(None, PARIS_TEXT, at="0")) + END,
        [PARIS],
    ),
    "index_from_one_with_gaps": (
        calls(entry(W, PARIS_TEXT, at=1)) + calls(entry(T, "{}", at=7)) + END,
        [PARIS, NOW],
    ),
    "index_always_zero": (
        calls(entry(W, PARIS_TEXT, call_id="a")) + calls(entry(W, _ROME, call_id="b")) + END,
        [PARIS, ROME],
    ),
    "index_always_zero_and_no_id": (
        calls(entry(W, PARIS_TEXT)) + calls(entry(T, "{}")) + END,
        [PARIS, NOW],
    ),
    "index_zero_in_one_chunk": (
        calls(entry(W, PARIS_TEXT, call_id="a"), entry(W, _ROME, call_id="a")) + END,
        [PARIS, ROME],
    ),
    "id_repeated_in_every_piece": (
        b"".join(
            calls(entry(None, it, call_id="a", at=None)) for it in ["", *_pieces(PARIS_TEXT)]
        ).replace(b'"function": {"arguments": ""}', b'"function": {"name": "w__get_weather"}')
        + END,
        [PARIS],
    ),
    "id_new_in_every_piece": (
        calls(entry(W, "", at=None, call_id="a"))
        + calls(entry(None, PARIS_TEXT[:5], at=None, call_id="b"))
        + calls(entry(None, PARIS_TEXT[5:], at=None, call_id="c"))
        + END,
        [PARIS],
    ),
    "id_empty": (
        calls(entry(W, "", call_id="")) + calls(entry(None, PARIS_TEXT, call_id="")) + END,
        [PARIS],
    ),
    "id_of_two_calls_is_the_same": (
        calls(entry(W, PARIS_TEXT, at=None, call_id="a"))
        + calls(entry(W, _ROME, at=None, call_id="a"))
        + END,
        [PARIS, ROME],
    ),
    "id_is_a_number": (calls(entry(W, PARIS_TEXT, call_id=7)) + END, [PARIS]),
    "name_in_the_second_chunk": (
        calls(entry(None, "", call_id="a")) + calls(entry(W, PARIS_TEXT)) + END,
        [PARIS],
    ),
    "name_after_the_arguments": (
        calls(entry(None, PARIS_TEXT, call_id="a")) + calls(entry(W)) + END,
        [PARIS],
    ),
    "name_with_every_piece": (
        b"".join(calls(entry(W, it, call_id="a")) for it in _pieces(PARIS_TEXT)) + END,
        [PARIS],
    ),
    "name_in_pieces": (
        calls(entry("w__get_", "", call_id="a"))
        + calls(entry("weather", ""))
        + calls(entry(None, PARIS_TEXT))
        + END,
        [PARIS],
    ),
    "name_growing": (
        calls(entry("w__get_", "")) + calls(entry(W, "")) + calls(entry(None, PARIS_TEXT)) + END,
        [PARIS],
    ),
    "name_is_null_later": (
        calls(entry(W, "", call_id="a"))
        + delta(tool_calls=[{"index": 0, "function": {"name": None, "arguments": PARIS_TEXT}}])
        + END,
        [PARIS],
    ),
    "arguments_whole": (calls(entry(W, PARIS_TEXT, call_id="a")) + END, [PARIS]),
    "arguments_as_object": (calls(entry(W, {"city": "Paris"}, call_id="a")) + END, [PARIS]),
    "arguments_encoded_twice": (
        calls(entry(W, json.dumps(PARIS_TEXT), call_id="a")) + END,
        [PARIS],
    ),
    "arguments_missing": (calls(entry(T, None, call_id="a")) + END, [NOW]),
    "arguments_empty": (calls(entry(T, "", call_id="a")) + END, [NOW]),
    "arguments_null_text": (
        calls(entry(T, "null", call_id="a"), entry(None, "{}")) + END,
        [NOW],
    ),
    "arguments_begin_with_an_empty_object": (
        calls(entry(W, "{}", call_id="a"))
        + b"".join(calls(entry(None, it)) for it in _pieces(PARIS_TEXT))
        + END,
        [PARIS],
    ),
    "arguments_again_at_the_end": (
        calls(entry(W, "", call_id="a"))
        + b"".join(calls(entry(None, it)) for it in _pieces(PARIS_TEXT))
        + calls(entry(None, PARIS_TEXT))
        + END,
        [PARIS],
    ),
    "arguments_cumulative": (
        calls(entry(W, "", call_id="a"))
        + b"".join(calls(entry(None, PARIS_TEXT[:end])) for end in (4, 9, len(PARIS_TEXT)))
        + END,
        [PARIS],
    ),
    "arguments_named_parameters": (
        delta(tool_calls=[{"name": W, "parameters": {"city": "Paris"}}]) + END,
        [PARIS],
    ),
    "arguments_with_an_end_token": (calls(entry(W, PARIS_TEXT + "<|im_end|>")) + END, [PARIS]),
    "same_call_twice_as_a_whole": (
        calls(entry(W, PARIS_TEXT, at=None, call_id="a"))
        + calls(entry(W, PARIS_TEXT, at=None, call_id="a"))
        + END,
        [PARIS],
    ),
    "message_after_deltas": (
        calls(entry(W, PARIS_TEXT, call_id="a"))
        + chunk(
            [
                {
                    "index": 0,
                    "message": {"tool_calls": [entry(W, PARIS_TEXT, call_id="a")]},
                    "finish_reason": "tool_calls",
                }
            ]
        )
        + DONE,
        [PARIS],
    ),
    "finish_reason_stop": (calls(entry(W, PARIS_TEXT)) + delta(finish="stop") + DONE, [PARIS]),
    "no_finish_reason": (calls(entry(W, PARIS_TEXT)) + DONE, [PARIS]),
    "finish_reason_in_the_same_chunk": (
        calls(entry(W, PARIS_TEXT), finish="tool_calls") + DONE,
        [PARIS],
    ),
    "pieces_after_the_finish_reason": (
        calls(entry(W, ""), finish="tool_calls") + calls(entry(None, PARIS_TEXT)) + DONE,
        [PARIS],
    ),
    "text_before": (delta("I look.") + calls(entry(W, PARIS_TEXT)) + END, [PARIS]),
    "content_null_everywhere": (
        chunk([{"index": 0, "delta": {"content": None, "tool_calls": [entry(W, PARIS_TEXT)]}}])
        + END,
        [PARIS],
    ),
    "calls_are_one_object": (delta(tool_calls=entry(W, PARIS_TEXT)) + END, [PARIS]),
    "function_is_a_name": (
        delta(tool_calls=[{"function": W, "arguments": {"city": "Paris"}}]) + END,
        [PARIS],
    ),
    "function_call": (
        delta(function_call={"name": W, "arguments": ""})
        + delta(function_call={"arguments": PARIS_TEXT})
        + delta(finish="function_call")
        + DONE,
        [PARIS],
    ),
    "not_streamed": (_message(entry(W, PARIS_TEXT, call_id="a", at=None)), [PARIS]),
    "not_streamed_two": (
        _message(entry(W, PARIS_TEXT, at=None), entry(T, "{}", at=None), finish="stop"),
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
                {"index": 0, "delta": {"tool_calls": [entry(W, PARIS_TEXT)]}},
                {"index": 1, "delta": {"tool_calls": [entry(T, "{}")]}},
            ]
        )
        + END,
        [PARIS],
    ),
    "junk_entries": (delta(tool_calls=[None, 3, "x", {}, entry(W, PARIS_TEXT)]) + END, [PARIS]),
}
"""Calls in the fields of the protocol."""


def said(text: str) -> bytes:
    return b"".join(delta(it) for it in _pieces(text, 3)) + delta(finish="stop") + DONE


WRITTEN: dict[str, tuple[str, str, list[tuple[str, dict[str, Any]]]]] = {
    "hermes": (
        f'<tool_call>\n{{"name": "{W}", "arguments": {PARIS_TEXT}}}\n</tool_call>',
        "",
        [PARIS],
    ),
    "hermes_two_and_text": (
        f'I look.\n<tool_call>\n{{"name": "{W}", "arguments": {PARIS_TEXT}}}\n</tool_call>\n'
        f'<tool_call>\n{{"name": "{T}", "arguments": {{}}}}\n</tool_call>',
        "I look.\n",
        [PARIS, NOW],
    ),
    "hermes_not_closed": (f'<tool_call>{{"name": "{W}", "arguments": {PARIS_TEXT}}}', "", [PARIS]),
    "hermes_a_brace_too_few": (
        f'<tool_call>{{"name": "{W}", "arguments": {PARIS_TEXT}',
        "",
        [PARIS],
    ),
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
    "mistral_list": (f'[TOOL_CALLS][{{"name": "{W}", "arguments": {PARIS_TEXT}}}]', "", [PARIS]),
    "mistral_named": (
        f"[TOOL_CALLS]{W}[ARGS]{PARIS_TEXT}[TOOL_CALLS]{T}[CALL_ID]a1[ARGS]{{}}",
        "",
        [PARIS, NOW],
    ),
    "llama_python_tag": (
        f'<|python_tag|>{{"name": "{W}", "parameters": {PARIS_TEXT}}}<|eom_id|>',
        "",
        [PARIS],
    ),
    "llama_bare": (f'{{"name": "{W}", "parameters": {PARIS_TEXT}}}', "", [PARIS]),
    "llama_bare_typed": (
        f'{{"type": "function", "name": "{W}", "parameters": {PARIS_TEXT}}}',
        "",
        [PARIS],
    ),
    "llama_two_with_semicolon": (
        f'{{"name": "{W}", "parameters": {PARIS_TEXT}}}; {{"name": "{T}", "parameters": {{}}}}',
        "",
        [PARIS, NOW],
    ),
    "llama_function": (f"<function={W}>{PARIS_TEXT}</function>", "", [PARIS]),
    "llama_python_list": (f'[{W}(city="Paris"), {T}()]', "", [PARIS, NOW]),
    "fenced": (f'```json\n{{"name": "{W}", "arguments": {PARIS_TEXT}}}\n```', "", [PARIS]),
    "gpt_oss": (
        "<|channel|>analysis<|message|>Weather.<|end|><|start|>assistant<|channel|>commentary "
        f"to=functions.{W} <|constrain|>json<|message|>{PARIS_TEXT}<|call|>",
        "",
        [PARIS],
    ),
    "deepseek": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>{W}\n```json\n{PARIS_TEXT}\n```"
        "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        [PARIS],
    ),
    "deepseek_31": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{W}<｜tool▁sep｜>{PARIS_TEXT}<｜tool▁call▁end｜>"
        f"<｜tool▁call▁begin｜>{T}<｜tool▁sep｜>{{}}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        [PARIS, NOW],
    ),
    "kimi": (
        f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{W}:0"
        f"<|tool_call_argument_begin|>{PARIS_TEXT}<|tool_call_end|><|tool_calls_section_end|>",
        "",
        [PARIS],
    ),
    "minimax": (
        f'<minimax:tool_call>\n<invoke name="{W}">\n<parameter name="city">Paris</parameter>\n'
        "</invoke>\n</minimax:tool_call>",
        "",
        [PARIS],
    ),
    "granite": (f'<|tool_call|>[{{"name": "{W}", "arguments": {PARIS_TEXT}}}]', "", [PARIS]),
    "lfm": (f'<|tool_call_start|>[{W}(city="Paris")]<|tool_call_end|>', "", [PARIS]),
    "phi": (f'functools[{{"name": "{W}", "arguments": {PARIS_TEXT}}}]', "", [PARIS]),
    "name_without_the_server": (
        f'<tool_call>{{"name": "get_weather", "arguments": {PARIS_TEXT}}}</tool_call>',
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
