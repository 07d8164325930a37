"""Lists of models tell in many ways whether pictures can be sent."""

from __future__ import annotations

from typing import Any

import pytest

from tui_chat.core.media.picture_input import accepts_pictures

ENTRIES: list[tuple[bool | None, dict[str, Any]]] = [
    (True, {"architecture": {"input_modalities": ["text", "image", "file"]}}),
    (False, {"architecture": {"input_modalities": ["text"]}}),
    (True, {"architecture": {"modality": "text+image->text", "input_modalities": None}}),
    (False, {"architecture": {"modality": "text->image"}}),
    (True, {"capabilities": ["completion", "multimodal"]}),
    (True, {"capabilities": ["completion", "vision", "tools"]}),
    (False, {"capabilities": ["completion"]}),
    (None, {"capabilities": ["chat"]}),
    (True, {"capabilities": {"completion_chat": True, "vision": True}}),
    (False, {"capabilities": {"completion_chat": True, "vision": False}}),
    (True, {"type": "vlm", "publisher": "x"}),
    (False, {"type": "llm", "compatibility_type": "gguf"}),
    (None, {"type": "llm"}),
    (True, {"supported_input_modalities": ["text", "image"]}),
    (False, {"supports_image_in": False}),
    (True, {"model_info": {"supports_vision": True}}),
    (None, {"model_info": {"supports_vision": None}}),
    (None, {"max_model_len": 4096, "root": "m", "permission": [{}]}),
    (None, {"capabilities": None, "architecture": "qwen2", "modalities": []}),
]


@pytest.mark.parametrize(("expected", "entry"), ENTRIES)
def test_pictures_are_accepted_as_the_list_tells(
    expected: bool | None, entry: dict[str, Any]
) -> None:
    assert accepts_pictures({"id": "m", **entry}) is expected
