"""Reads from the entry of a model list whether pictures can be sent to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODALITIES: Final = (
    "input_modalities", "supported_input_modalities", "inputModalities", "modalities",
)  # fmt: skip
_FLAGS: Final = (
    "vision", "supports_vision", "supports_image_in", "supports_image_input", "image_input",
    "supports_images",
)  # fmt: skip
_WORDS: Final = frozenset({"image", "images", "vision", "multimodal", "image_input"})
_LM_STUDIO: Final = frozenset({"compatibility_type", "publisher", "arch", "quantization"})
"""Fields by which its lists are recognized; there the type `llm` excludes pictures."""


def accepts_pictures(entry: Mapping[str, Any]) -> bool | None:
    """Return whether a listed model accepts pictures; None if its entry does not tell.

    Args:
        entry: The entry, as listed by OpenRouter, llama.cpp, LM Studio, Ollama, Mistral, GitHub,
            LiteLLM and others.
    """
    for name in ("architecture", "model_info", "meta", "limits"):
        inner = entry.get(name)
        if isinstance(inner, dict) and (found := _of_fields(inner)) is not None:
            return found
    return _of_fields(entry)


def _of_fields(fields: Mapping[str, Any]) -> bool | None:
    for name in _MODALITIES:
        listed = fields.get(name)
        if isinstance(listed, dict):
            listed = listed.get("input")
        if isinstance(listed, list) and listed:
            return _has_word(listed)
    capabilities = fields.get("capabilities")
    for name in _FLAGS:
        flag = capabilities.get(name) if isinstance(capabilities, dict) else None
        for value in (fields.get(name), flag):
            if isinstance(value, bool):
                return value
    if isinstance(modality := fields.get("modality"), str) and "->" in modality:
        return "image" in modality.partition("->")[0]
    if isinstance(capabilities, list) and capabilities:
        return _of_capabilities(capabilities)
    return _of_type(fields)


def _of_capabilities(listed: list[Any]) -> bool | None:
    """Return what a list of words tells: those of llama.cpp and Ollama name all capabilities."""
    if _has_word(listed):
        return True
    return False if "completion" in listed else None


def _of_type(fields: Mapping[str, Any]) -> bool | None:
    kind = fields.get("type")
    if kind == "vlm":
        return True
    return False if kind == "llm" and fields.keys() & _LM_STUDIO else None


def _has_word(listed: list[Any]) -> bool:
    return any(isinstance(it, str) and it.lower() in _WORDS for it in listed)
