"""Recognizes listed models that cannot chat: embeddings, rerankers, speech, pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.lazy_pattern import LazyPattern

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND_FIELDS: Final = (
    "type", "model_type", "mode", "task", "tasks", "pipeline_tag", "kind", "category", "purpose",
)  # fmt: skip
_METHOD_FIELDS: Final = (
    "supported_endpoints", "supported_endpoint_types", "endpoints", "supported_apis", "methods",
    "supported_generation_methods", "supportedGenerationMethods", "supported_methods",
)  # fmt: skip
_CHAT: Final = LazyPattern(
    r"\bchat|\bllm\b|\bvlm\b|language|\bcompletions?\b|text[-_ ]?generation|"
    r"text[-_ ]?to[-_ ]?text|"
    r"generatecontent|conversational|image-text-to-text|any-to-any|instruct|\bresponses\b|"
    r"^openai$|"
    r"\breasoning\b|multimodal|^anthropic$|^gemini$",
    re.IGNORECASE,
)
_OTHER: Final = LazyPattern(
    r"embed|rerank|re-rank|feature[-_ ]extraction|sentence[-_ ]similarity|similarity|classif|"
    r"transcri|speech|audio|\btts\b|\bstt\b|\basr\b|voice|image|picture|diffusion|text-to-video|"
    r"video|moderation|guardrail|\bocr\b|music|segmentation|detection|\brank(?:er|ing)?\b",
    re.IGNORECASE,
)
_CAPABILITIES: Final = (
    "completion_chat", "chat", "chat_completion", "chat_completions", "completion",
    "text_generation",
)  # fmt: skip
_NAMES: Final = LazyPattern(
    r"embed|(?:^|[-_/])(?:bge|gte|e5|m3e|bce|stella|instructor)[-_]|all-minilm|all-mpnet|"
    r"paraphrase-|"
    r"sentence-t5|rerank|ranker|whisper|(?:^|[-_/])(?:tts|asr|stt|clip|siglip|sam|"
    r"vits)(?:[-_.0-9]|$)|"
    r"[-_]tts(?:[-_.:]|$)|[-_]asr(?:[-_.:]|$)|transcri|speech|parakeet|canary-\d|kokoro|"
    r"orpheus|playai|"
    r"cosyvoice|sensevoice|paraformer|qwen-?3?-?tts|sambert|dall-?e|gpt-image|chatgpt-image|"
    r"stable-?(?:diffusion|image|video|audio)|(?:^|[-_/])(?:sdxl|sd3|sd-)|(?:^|[-_/])flux|imagen|"
    r"image-(?:gen|edit|preview-gen)|kolors|cogview|cogvideo|wanx|(?:^|[-_/])wan-?\d|"
    r"hunyuan-?(?:image|video)|"
    r"qwen-image|z-image|seedream|seedance|seededit|midjourney|recraft|ideogram|(?:^|"
    r"[-_/])(?:sora|veo|"
    r"kling|luma|runway|pika|ltx)(?:[-_.0-9]|$)|moderation|text-davinci-edit|babbage-002|"
    r"davinci-002|"
    r"gpt-3\.5-turbo-instruct|[-_]realtime|lyria|musicgen|bark|suno|deepseek-ocr|mistral-ocr|"
    r"nv-rerank|"
    r"nomic-|mxbai|snowflake-arctic-l|jina-(?:clip|colbert)|colbert|voyage-|(?:^|[-_/])aqa$|"
    r"minilm",
    re.IGNORECASE,
)


def can_chat(entry: Mapping[str, Any], name: str) -> bool:
    """Return whether a listed model may answer a chat request.

    What the list says about a model has priority over its name.

    Args:
        entry: The entry of the list.
        name: The name of the model.
    """
    for judge in (_by_capabilities, _by_kind, _by_methods, _by_modalities):
        found = judge(entry)
        if found is not None:
            return found
    return not _NAMES.search(name)


def is_wildcard(name: str) -> bool:
    """Return whether an entry is a pattern of a proxy, such as `openai/*`, and no model."""
    # A redacted name ends in three stars.
    return name.endswith("*") and not name.endswith("***")


def _by_capabilities(entry: Mapping[str, Any]) -> bool | None:
    found = entry.get("capabilities")
    if isinstance(found, dict):
        flags = [found[name] for name in _CAPABILITIES if isinstance(found.get(name), bool)]
        return any(flags) if flags else _by_words(found.get("type"))
    return _by_words(found) if isinstance(found, list) else None


def _by_kind(entry: Mapping[str, Any]) -> bool | None:
    info = entry.get("model_info")
    holders = (entry, info) if isinstance(info, dict) else (entry,)
    for holder in holders:
        for name in _KIND_FIELDS:
            if (found := _by_words(holder.get(name))) is not None:
                return found
    return None


def _by_methods(entry: Mapping[str, Any]) -> bool | None:
    for name in _METHOD_FIELDS:
        if (found := _by_words(entry.get(name))) is not None:
            return found
    return None


def _by_modalities(entry: Mapping[str, Any]) -> bool | None:
    architecture = entry.get("architecture")
    holders = (entry, architecture) if isinstance(architecture, dict) else (entry,)
    for holder in holders:
        outputs = holder.get("output_modalities")
        if isinstance(outputs, list) and outputs:
            return any(isinstance(it, str) and it.lower() == "text" for it in outputs)
        modality = holder.get("modality")
        if isinstance(modality, str) and "->" in modality:
            return "text" in modality.partition("->")[2]
    return None


def _by_words(value: Any) -> bool | None:
    """Return whether the words of a field describe a chat model; None if they say nothing."""
    words = value if isinstance(value, list) else [value]
    words = [word for word in words if isinstance(word, str)]
    if any(_CHAT.search(word) for word in words):
        return True
    return False if any(_OTHER.search(word) for word in words) else None
