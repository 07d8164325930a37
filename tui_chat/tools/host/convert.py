"""Converts what the SDK returns into plain JSON, within the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.tools.host import limits

if TYPE_CHECKING:
    from collections.abc import Sequence

_HINTS = ("read_only_hint", "destructive_hint", "idempotent_hint", "open_world_hint")


def tool_records(tools: Sequence[Any]) -> tuple[list[dict[str, Any]], int]:
    """Return the usable tools, and the number of the others."""
    records: list[dict[str, Any]] = []
    names: set[str] = set()
    for tool in tools[: limits.TOOLS]:
        schema = tool.input_schema if isinstance(tool.input_schema, dict) else {}
        if tool.name in names or not limits.is_usable_tool(tool.name, schema):
            continue
        names.add(tool.name)
        claims = tool.annotations
        title = tool.title or (claims.title if claims is not None else None)
        records.append(
            {
                "name": tool.name,
                "title": limits.cut(title or "", limits.NAME),
                "description": limits.cut(tool.description or "", limits.DESCRIPTION),
                "schema": schema,
                "claims": [getattr(claims, hint, None) for hint in _HINTS],
            }
        )
    return records, len(tools) - len(records)


def prompt_records(prompts: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the prompts that a server offers."""
    return [
        {
            "name": prompt.name[: limits.NAME],
            "title": limits.cut(prompt.title or "", limits.NAME),
            "description": limits.cut(prompt.description or "", limits.DESCRIPTION),
            "arguments": [
                {
                    "name": it.name[: limits.NAME],
                    "description": limits.cut(it.description or "", limits.STDERR_LINE),
                    "is_required": bool(it.required),
                }
                for it in (prompt.arguments or [])[: limits.PARTS]
            ],
        }
        for prompt in prompts[: limits.ENTRIES]
    ]


def resource_records(resources: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the resources that a server offers."""
    return [
        {
            "uri": str(it.uri)[:2_000],
            "name": limits.cut(it.name or "", limits.NAME),
            "title": limits.cut(it.title or "", limits.NAME),
            "description": limits.cut(it.description or "", limits.STDERR_LINE),
            "mime": (it.mime_type or "")[: limits.NAME],
            "size": it.size,
        }
        for it in resources[: limits.ENTRIES]
    ]


def result_record(result: Any) -> dict[str, Any]:
    """Return the result of a call: its parts, and whether it was cut."""
    parts: list[dict[str, Any]] = []
    size, is_cut = 0, len(result.content) > limits.PARTS
    for block in result.content[: limits.PARTS]:
        part = _part(block)
        length = len(part.get("text", "")) + len(part.get("data", ""))
        left = limits.RESULT_BYTES - size
        if length > left:
            is_cut = True
            if "data" in part or left <= 0:
                part = {"kind": part["kind"], "mime": part.get("mime", ""), "text": ""}
            else:
                part["text"] = part["text"][:left]
        size += min(length, left)
        parts.append(part)
    structured = getattr(result, "structured_content", None)
    if structured is not None and not parts:
        # Servers repeat a structured result as text for clients that know none.
        text = _json(structured)
        is_cut = is_cut or len(text) > limits.RESULT_BYTES
        parts.append({"kind": "structured", "text": text[: limits.RESULT_BYTES]})
    return {"parts": parts, "is_error": bool(result.is_error), "is_cut": is_cut}


def _part(block: Any) -> dict[str, Any]:
    match block.type:
        case "text":
            return {"kind": "text", "text": block.text}
        case "image" | "audio":
            kind = "picture" if block.type == "image" else "sound"
            return {"kind": kind, "data": block.data, "mime": (block.mime_type or "")[:100]}
        case "resource":
            return resource_part(block.resource)
        case "resource_link":
            return {
                "kind": "link",
                "uri": str(block.uri)[:2_000],
                "name": block.name[: limits.NAME],
                "mime": (block.mime_type or "")[:100],
            }
        case _:
            return {"kind": "text", "text": f"[{block.type}]"}


def resource_part(content: Any) -> dict[str, Any]:
    """Return the content of a resource."""
    part = {"kind": "resource", "uri": str(content.uri)[:2_000], "mime": content.mime_type or ""}
    if getattr(content, "text", None) is not None:
        return part | {"text": content.text}
    return part | {"data": content.blob}


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=1)
