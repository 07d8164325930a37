"""A host process without the SDK: speaks to the program like the real one, and starts at once.

Its server offers `echo`, `fail`, `crash`, `wait`, `picture`, `ask` and `rename`. The first word of
the command is a mode: `ok`, `refuse` (does not start), `slow` (never has started), `dies` (ends
after the start).
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from typing import Any

_SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
_NAMES = ("echo", "fail", "crash", "wait", "picture", "ask", "rename")
_PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _tools(description: str = "A tool.") -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": "",
            "description": description,
            "schema": _SCHEMA,
            "claims": [name == "echo", None, None, None],
        }
        for name in _NAMES
    ]


def _offers(event: str, description: str = "A tool.") -> dict[str, Any]:
    return {
        "event": event,
        "tools": _tools(description),
        "dropped": 0,
        "prompts": [],
        "resources": [],
        "title": "Scripted",
        "instructions": "",
    }


def _result(number: int, *parts: dict[str, Any], is_error: bool = False) -> None:
    report = {"event": "result", "id": number, "parts": list(parts)}
    _send({**report, "is_error": is_error, "is_cut": False})


def _call(order: dict[str, Any]) -> None:
    number, name = order["id"], order["name"]
    text = str(order["arguments"].get("text", ""))
    match name:
        case "echo":
            _result(number, {"kind": "text", "text": text})
        case "fail":
            _result(number, {"kind": "text", "text": "no"}, is_error=True)
        case "picture":
            _result(number, {"kind": "picture", "data": _PIXEL, "mime": "image/png"})
        case "crash":
            _send({"event": "stderr", "line": "it \x1b[31mhurts"})
            sys.exit(3)
        case "wait":
            report = {"event": "progress", "id": number, "progress": 1.0, "total": 2.0}
            _send({**report, "message": "half"})
        case "rename":
            _send(_offers("changed", "Another tool."))
            _result(number, {"kind": "text", "text": "renamed"})
        case "ask":
            question = {"kind": "elicitation", "message": "Who?", "schema": {}, "url": ""}
            _send({"event": "question", "id": number, **question})


def main() -> None:
    """Serve until standard input ends."""
    mode = (json.loads(sys.stdin.readline())["command"] or ["ok"])[0]
    if mode == "refuse":
        _send({"event": "failed", "problem": "no_program", "reason": "not found"})
        return
    if mode == "slow":
        sys.stdin.read()
        return
    _send(_offers("ready"))
    if mode == "dies":
        threading.Timer(0.05, sys.exit).start()
        return
    for line in sys.stdin:
        order = json.loads(line)
        if order["op"] == "call":
            _call(order)
        elif order["op"] == "cancel":
            report = {"event": "error", "id": order["id"], "problem": "cancelled"}
            _send({**report, "reason": ""})
        elif order["op"] == "answer":
            _result(order["id"], {"kind": "text", "text": json.dumps(order["answer"])})


if __name__ == "__main__":
    main()
