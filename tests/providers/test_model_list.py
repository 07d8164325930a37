from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.providers.streams import ANY
from tui_chat.core.stream_events import ModelInfo
from tui_chat.providers.model_list import parse_model_list


@pytest.mark.parametrize(
    ("body", "offers"),
    [
        ({"data": [{"id": "a"}, {"id": "b"}]}, [ModelInfo("a"), ModelInfo("b")]),
        ({"data": []}, []),
        ([{"id": "a"}, "b"], [ModelInfo("a"), ModelInfo("b")]),
        ({"models": [{"name": "a"}, {"model": "b"}]}, [ModelInfo("a"), ModelInfo("b")]),
        ({"data": None, "models": [{"id": "a"}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a"}, {"id": "a"}, None, 3, {"id": 4}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a", "context_length": 5}]}, [ModelInfo("a", 5)]),
        ({"data": [{"id": "a", "meta": {"n_ctx_train": 6}}]}, [ModelInfo("a", 6)]),
        ({"data": [{"id": "a", "top_provider": {"context_length": 7}}]}, [ModelInfo("a", 7)]),
        ({"data": [{"id": "a", "context_length": "5", "max_model_len": True}]}, [ModelInfo("a")]),
        (
            {
                "data": [{"id": "a", "meta": {"n_ctx": 5}}],
                "models": [{"name": "a", "capabilities": ["completion"]}],
            },
            [ModelInfo("a", 5, accepts_pictures=False)],
        ),
        ({"data": "a"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_model_lists(body: Any, offers: list[ModelInfo] | None) -> None:
    assert parse_model_list(body) == offers


@pytest.mark.parametrize("entry", [
    {"id": "nomic-embed-text:latest"},
    {"id": "text-embedding-nomic-embed-text-v1.5", "type": "embeddings"},
    {"id": "mistral-embed", "capabilities": {"completion_chat": False, "completion_fim": False}},
    {"id": "black-forest-labs/FLUX.1-schnell", "type": "image"},
    {"id": "a/b", "architecture": {"output_modalities": ["image"]}},
    {"id": "a/b", "architecture": {"modality": "text->image"}},
    {"id": "x", "mode": "embedding"},
    {"id": "x", "model_info": {"mode": "audio_transcription"}},
    {"id": "x", "pipeline_tag": "feature-extraction"},
    {"id": "x", "task": "text-to-speech"},
    {"id": "x", "capabilities": ["embedding"]},
    {"id": "x", "supported_endpoints": ["/v1/embeddings"]},
    {"name": "models/x", "supportedGenerationMethods": ["embedContent"]},
    {"id": "x", "type": "moderation"},
    {"id": "x", "type": "rerank"},
    *({"id": name} for name in (
        "text-embedding-3-small", "whisper-1", "whisper-large-v3-turbo", "tts-1-hd", "dall-e-3",
        "gpt-image-1", "gpt-4o-mini-tts", "gpt-4o-transcribe", "omni-moderation-latest", "sora-2",
        "gpt-3.5-turbo-instruct", "davinci-002", "gpt-4o-realtime-preview", "gemini-embedding-001",
        "imagen-4.0-generate-001", "veo-3.0-generate-001", "BAAI/bge-m3", "bge-reranker-v2-m3",
        "Qwen/Qwen3-Embedding-8B", "Qwen/Qwen3-Reranker-4B", "intfloat/multilingual-e5-large",
        "thenlper/gte-large", "mxbai-embed-large:latest", "all-minilm:l6-v2", "jina-clip-v2",
        "stabilityai/stable-diffusion-3-5-large", "Kwai-Kolors/Kolors", "wanx2.1-t2i-turbo",
        "cogview-4", "playai-tts", "FunAudioLLM/SenseVoiceSmall", "cosyvoice-v2", "voyage-3-large",
        "distil-whisper-large-v3-en", "snowflake-arctic-l-v2.0", "qwen-image-edit", "aqa",
    )),
])  # fmt: skip
def test_models_that_cannot_chat_come_last(entry: dict[str, Any]) -> None:
    models = parse_model_list([entry, {"id": "first"}, {"id": "second"}])
    assert models is not None
    assert [model.id for model in models[:2]] == ["first", "second"]
    assert [model.can_chat for model in models] == [True, True, False]


@pytest.mark.parametrize("entry", [
    {"id": "qwen3-8b", "type": "llm"},
    {"id": "qwen2-vl", "type": "vlm"},
    {"id": "embedder-chat", "type": "chat"},
    {"id": "mistral-small-latest", "capabilities": {"completion_chat": True}},
    {"id": "llava", "capabilities": ["completion", "vision"]},
    {"id": "x", "mode": "chat"},
    {"id": "x", "mode": "responses"},
    {"id": "flash-image", "architecture": {"output_modalities": ["image", "text"]}},
    {"id": "a/b", "architecture": {"modality": "text+image->text"}},
    {"id": "x", "supported_endpoints": ["/v1/chat/completions", "/v1/embeddings"]},
    {"id": "x", "supported_endpoint_types": ["openai"]},
    {"name": "models/gemini", "supportedGenerationMethods": ["generateContent", "countTokens"]},
    {"id": "m", "type": "model"},
    *({"id": name} for name in (
        "gpt-4o-audio-preview", "llama3.2:latest", "deepseek-reasoner", "qwen2.5-vl-72b-instruct",
        "gpt-5", "claude-sonnet-4", "kimi-k2", "glm-4.6", "mistral-small", "o3", "phi-4-mini",
        "command-a-03-2025", "gemma-3-27b-it", "llama-guard-3-8b", "gpt-oss:20b", "grok-4",
        "sambanova/Meta-Llama", "ministral-8b", "gemini-2.5-flash", "embers-7b-chat"[1:],
    )),
])  # fmt: skip
def test_chat_models_keep_their_place(entry: dict[str, Any]) -> None:
    models = parse_model_list([entry, {"id": "second"}])
    assert models is not None
    assert [model.can_chat for model in models] == [True, True]


def test_patterns_of_a_proxy_are_no_models() -> None:
    assert parse_model_list({"data": [{"id": "*"}, {"id": "openai/*"}]}) == []


@given(ANY)
def test_no_input_raises(body: Any) -> None:
    parse_model_list(body)
    parse_model_list({"data": body})
    parse_model_list([body])
