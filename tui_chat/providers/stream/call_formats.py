"""Reads tool calls that a model wrote into its text, in the formats of the model families."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.tools.events import RequestedCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tui_chat.core.tools.tool import Tool

_FLAGS: Final = re.DOTALL
_XML_FUNCTION: Final = re.compile(r"<function=([^>\s]+)>(.*?)(?:</function>|\Z)", _FLAGS)
_INVOKE: Final = re.compile(r"<invoke name=[\"']([^\"']+)[\"']>(.*?)(?:</invoke>|\Z)", _FLAGS)
_PARAMETER: Final = re.compile(
    r"<parameter(?:=([^>\s]+)| name=[\"']([^\"']+)[\"'][^>]*)>(.*?)"
    r"(?:</parameter>|(?=<parameter)|\Z)",
    _FLAGS,
)
_ARGUMENT: Final = re.compile(
    r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|\Z)", _FLAGS
)
_NAME_BEFORE_JSON: Final = re.compile(
    r"\s*(?:\[TOOL_CALLS\])?\s*([\w.\-]+)(?::\d+)?\s*"
    r"(?:\[CALL_ID\][\w-]*)?(?:\[ARGS\]|<｜tool▁sep｜>|<\|tool_call_argument_begin\|>)?\s*"
    r"(?:```json)?\s*(?=\{)"
)
_PYTHON_CALL: Final = re.compile(r"\s*([\w.]+?)(?:\.call)?\(")
_FENCE: Final = re.compile(r"\A```(?:json|tool_call|python|tool_code)?\s*\n(.*?)\n?```\Z", _FLAGS)
_NAMES: Final = ("name", "function", "tool", "tool_name", "recipient_name")
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input", "tool_input", "action_input")
_DECODER: Final = json.JSONDecoder(strict=False)

_Found = tuple[str, Any]
"""The name of a tool, and its arguments: an object, or text."""


def read_calls(text: str, tools: Mapping[str, Tool]) -> tuple[str, list[RequestedCall]]:
    """Return a text without the calls of offered tools in it, and these calls.

    Args:
        text: The text from the first mark of a call.
        tools: The offered tools by their sent names. Other names are text.
    """
    for pattern, read in _BLOCKS:
        calls: list[RequestedCall] = []
        rest: list[str] = []
        at = 0
        for found in pattern.finditer(text):
            own = [it for it in (_call(one, tools) for one in read(found, tools)) if it]
            if own:
                calls += own
                rest.append(text[at : found.start()])
                at = found.end()
        if calls:
            return "".join((*rest, text[at:])).strip(), calls
    return text, []


def read_bare_call(text: str, tools: Mapping[str, Tool]) -> list[RequestedCall]:
    """Return the calls of a reply that is nothing else, without any mark; else an empty list."""
    inner = text.strip()
    fenced = _FENCE.match(inner)
    inner = fenced[1].strip() if fenced else inner
    found = list(_python_calls(inner) if inner[:1] not in "{[" or "(" in inner[:80] else ())
    found = found or list(_json_calls(inner))
    calls = [_call(one, tools) for one in found]
    return [it for it in calls if it] if calls and all(calls) else []


def offered_name(name: str, tools: Mapping[str, Tool]) -> str:
    """Return the offered name that a model means; empty if it is none.

    Models add the namespace of their training (`functions.`), or tokens of their format, or leave
    out the server.
    """
    name = name.strip().split("<|", maxsplit=1)[0]
    candidates = (name, re.sub(r"\Afunctions?[.:]", "", name), re.sub(r":\d+\Z", "", name))
    for candidate in candidates:
        if candidate in tools:
            return candidate
    same = [sent for sent, tool in tools.items() if tool.name == candidates[1]]
    return same[0] if len(same) == 1 else ""


def _call(found: _Found, tools: Mapping[str, Tool]) -> RequestedCall | None:
    name, arguments = found
    if not (sent := offered_name(name, tools)):
        return None
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return RequestedCall(sent, arguments.strip() or "{}", from_text=True)


def _in_tool_call(found: re.Match[str], tools: Mapping[str, Tool]) -> Iterator[_Found]:
    body = found[1].strip()
    if "<function=" in body or "<invoke" in body:
        for pattern in (_XML_FUNCTION, _INVOKE):
            for inner in pattern.finditer(body):
                yield from _in_xml(inner, tools)
    elif "<arg_key>" in body or re.fullmatch(r"[\w.\-]+", body):
        name = body.split("<arg_key>", maxsplit=1)[0].strip()
        pairs = [(key.strip(), value) for key, value in _ARGUMENT.findall(body)]
        yield name, _typed(pairs, name, tools)
    else:
        yield from _json_calls(body) or _named_json(body)


def _in_xml(found: re.Match[str], tools: Mapping[str, Tool]) -> Iterator[_Found]:
    name, body = found[1], found[2].strip()
    if body.startswith("{"):
        yield name, body
    else:
        pairs = [(one or other, value) for one, other, value in _PARAMETER.findall(body)]
        yield name, _typed(pairs, name, tools)


def _after_mark(found: re.Match[str], _tools: Mapping[str, Tool]) -> list[_Found]:
    body = found[1]
    return _json_calls(body) or _named_json(body) or list(_python_calls(body.strip()))


def _typed(pairs: list[tuple[str, str]], name: str, tools: Mapping[str, Tool]) -> dict[str, Any]:
    """Return arguments whose values were written as plain text, with the types of the schema."""
    tool = tools.get(offered_name(name, tools))
    known = tool.input_schema.get("properties") if tool is not None else None
    known = known if isinstance(known, dict) else {}
    return {key: _value(text, known.get(key)) for key, text in pairs}


def _value(text: str, schema: Any) -> Any:
    text = text.removeprefix("\n").removesuffix("\n")
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind == "string":
        return text
    try:
        return json.loads(text.strip(), strict=False)
    except (ValueError, RecursionError):
        return text


def _json_calls(text: str) -> list[_Found]:
    """Return the calls in a sequence of JSON values; an empty list if it is anything else."""
    found: list[_Found] = []
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n;,":
            at += 1
            continue
        value, end = _decoded(text, at)
        if end <= at:
            # What follows the calls are tokens that end a message.
            return found if found and text[at] in "<[`" else []
        for entry in value if isinstance(value, list) else [value]:
            one = _of_object(entry)
            if one is None:
                return []
            found.append(one)
        at = end
    return found


def _decoded(text: str, at: int) -> tuple[Any, int]:
    """Return the JSON value at a place and its end; the place itself if there is none.

    A missing brace at the end is added: Qwen often writes one too few.
    """
    for ending in ("", "}", "}}", "]", "}]"):
        try:
            value, end = _DECODER.raw_decode(
                text[at:] + ending if ending else text, 0 if ending else at
            )
        except (ValueError, RecursionError):
            continue
        return value, len(text) if ending else end
    return None, at


def _of_object(entry: Any) -> _Found | None:
    if not isinstance(entry, dict):
        return None
    inner = entry.get("function")
    holder = inner if isinstance(inner, dict) else entry
    name = next((holder[it] for it in _NAMES if isinstance(holder.get(it), str)), None)
    arguments: Any = next((holder[it] for it in _ARGUMENTS if holder.get(it) is not None), {})
    return None if name is None else (name, arguments)


def _named_json(text: str) -> list[_Found]:
    """Return calls that are a name before an object, of Mistral, DeepSeek and Kimi."""
    found: list[_Found] = []
    at = 0
    while (head := _NAME_BEFORE_JSON.match(text, at)) is not None:
        value, end = _decoded(text, head.end())
        if not isinstance(value, dict):
            break
        found.append((head[1], value))
        at = end
    return found


def _python_calls(text: str) -> Iterator[_Found]:
    """Yield calls in Python's syntax, of Llama and LFM: `[name(key="value")]`."""
    if not (_PYTHON_CALL.match(text.removeprefix("[")) and len(text) < 100_000):
        return
    try:
        node: ast.expr = ast.parse(text.strip().rstrip(";"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for call in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        if not isinstance(call, ast.Call) or call.args or not all(it.arg for it in call.keywords):
            return
        try:
            values = {str(it.arg): ast.literal_eval(it.value) for it in call.keywords}
            json.dumps(values)
        except (ValueError, TypeError, RecursionError):
            return
        yield ast.unparse(call.func).removesuffix(".call"), values


_BLOCKS: Final[tuple[tuple[re.Pattern[str], Callable[..., Any]], ...]] = (
    # Hermes, Qwen, GLM.
    (re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", _FLAGS), _in_tool_call),
    # Qwen3-Coder, Llama, MiniMax.
    (_XML_FUNCTION, _in_xml),
    (_INVOKE, _in_xml),
    # Mistral.
    (re.compile(r"\[TOOL_CALLS\](.*?)(?=\[TOOL_CALLS\]|\Z)", _FLAGS), _after_mark),
    # Llama, Granite, LFM, Phi.
    (re.compile(r"<\|python_tag\|>(.*?)(?:<\|eom_id\|>|<\|eot_id\|>|\Z)", _FLAGS), _after_mark),
    (re.compile(r"<\|tool_call\|>(.*)", _FLAGS), _after_mark),
    (re.compile(r"<\|tool_call_start\|>(.*?)(?:<\|tool_call_end\|>|\Z)", _FLAGS), _after_mark),
    (re.compile(r"functools(?=\[)(.*)", _FLAGS), _after_mark),
    # DeepSeek, Kimi.
    (
        re.compile(
            r"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?(.*?)(?:<｜tool▁call▁end｜>|\Z)",
            _FLAGS,
        ),
        _after_mark,
    ),
    (re.compile(r"<\|tool_call_begin\|>(.*?)(?:<\|tool_call_end\|>|\Z)", _FLAGS), _after_mark),
    (re.compile(r"<tool_calls?>(.*?)(?:</tool_calls?>|\Z)", _FLAGS), _in_tool_call),
    (re.compile(r"<function_calls?>(.*?)(?:</function_calls?>|\Z)", _FLAGS), _in_tool_call),
)
MARKS: Final = (
    "<tool_call>",
    "<tool_calls>",
    "<function=",
    "<function_call>",
    "<function_calls>",
    "<invoke name=",
    "<minimax:tool_call>",
    "[TOOL_CALLS]",
    "<|python_tag|>",
    "<|tool_call|>",
    "<|tool_call_start|>",
    "<|tool_calls_section_begin|>",
    "<｜tool▁calls▁begin｜>",
    "functools[",
)
"""Marks with which calls begin."""
LEFTOVERS: Final = re.compile(
    r"</?(?:minimax:)?tool_calls?>|</?function_calls?>|<\|tool_calls_section_(?:begin|end)\|>|"
    r"<｜tool▁calls▁(?:begin|end)｜>|<\|eo[mt]_id\|>|<\|im_end\|>|</s>"
)
"""Marks around calls, of which nothing is left when the calls are taken out."""
