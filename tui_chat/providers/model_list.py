"""Parses the response to GET /models."""

from __future__ import annotations

from typing import Any, Final

from tui_chat.core.media.picture_input import accepts_pictures
from tui_chat.core.model_fitness import can_chat, is_wildcard
from tui_chat.core.stream_events import ModelInfo

_CONTEXT_FIELDS: Final = (
    "context_length", "context_window", "max_model_len", "max_context_length", "n_ctx",
    "max_input_tokens", "context_size", "n_ctx_train",
)  # fmt: skip
_MAX_MODELS: Final = 5_000


def parse_model_list(body: Any) -> list[ModelInfo] | None:
    """Return the models in a decoded body; None if it is not a list of models.

    They keep their order, but models that cannot chat come last.
    """
    entries = body
    if isinstance(body, dict):
        entries = body["data"] if isinstance(body.get("data"), list) else body.get("models")
    if not isinstance(entries, list):
        return None
    capabilities = _second_list(body)
    models: dict[str, ModelInfo] = {}
    for entry in entries[:_MAX_MODELS]:
        if isinstance(entry, str):
            entry = {"id": entry}
        if not isinstance(entry, dict):
            continue
        name = entry.get("id") or entry.get("name") or entry.get("model")
        if isinstance(name, str) and name and not is_wildcard(name):
            pictures = accepts_pictures(entry)
            if pictures is None and name in capabilities:
                pictures = accepts_pictures(capabilities[name])
            info = ModelInfo(name, _context_of(entry), can_chat(entry, name), pictures)
            models.setdefault(name, info)
    return sorted(models.values(), key=lambda model: not model.can_chat)


def _second_list(body: Any) -> dict[str, dict[str, Any]]:
    """Return the entries of `models` beside `data`: there llama.cpp tells the capabilities."""
    listed = body.get("models") if isinstance(body, dict) else None
    entries = listed[:_MAX_MODELS] if isinstance(listed, list) else []
    return {
        entry[field]: entry
        for entry in entries
        if isinstance(entry, dict)
        for field in ("name", "model")
        if isinstance(entry.get(field), str)
    }


def _context_of(entry: dict[str, Any]) -> int | None:
    holders = [entry, entry.get("meta"), entry.get("limits"), entry.get("top_provider")]
    for holder in holders:
        for name in _CONTEXT_FIELDS if isinstance(holder, dict) else ():
            value = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None
