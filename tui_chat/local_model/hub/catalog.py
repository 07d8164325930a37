"""The short, hand-picked list of models.

It contains no sizes and no checksums: those come from the hub's own answer when a model is
downloaded. All repositories are open: they need no account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui_chat.core.labels import N_
from tui_chat.local_model.hub.machine import estimated_file_bytes, needed_memory


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One row of the list. Texts marked with N_ are translated when they are shown."""

    name: str
    """The name for `tui-chat local get`."""
    title: str
    repository: str
    billions: float
    """Parameters in billions, including the embeddings."""
    languages: str
    licence: str
    strength: str
    """The use it is good at."""
    page: str
    """The page that this row was read from."""
    quantization: str = "Q4_K_M"
    sees_pictures: bool = False

    @property
    def needed_bytes(self) -> int:
        """The memory it needs, estimated before the hub has been asked."""
        return needed_memory(estimated_file_bytes(self.billions, self.quantization))


_QWEN35: Final = "https://huggingface.co/unsloth/Qwen3.5-{size}-GGUF"

CATALOG: Final = (
    CatalogModel(
        name="qwen3-0.6b",
        title="Qwen3 0.6B",
        repository="ggml-org/Qwen3-0.6B-GGUF",
        billions=0.75,
        languages=N_("100+, with Chinese and English"),
        licence="Apache-2.0",
        strength=N_("quick answers on any machine; reasons first"),
        page="https://huggingface.co/collections/ggml-org/qwen-3",
        quantization="Q8_0",
    ),
    CatalogModel(
        name="qwen3.5-0.8b",
        title="Qwen3.5 0.8B",
        repository="unsloth/Qwen3.5-0.8B-GGUF",
        billions=0.9,
        languages=N_("200+, with Chinese and English"),
        licence="Apache-2.0",
        strength=N_("short texts and translations on any machine"),
        page=_QWEN35.format(size="0.8B"),
        quantization="Q8_0",
        sees_pictures=True,
    ),
    CatalogModel(
        name="qwen3.5-2b",
        title="Qwen3.5 2B",
        repository="unsloth/Qwen3.5-2B-GGUF",
        billions=2.0,
        languages=N_("200+, with Chinese and English"),
        licence="Apache-2.0",
        strength=N_("everyday questions on a laptop"),
        page=_QWEN35.format(size="2B"),
        sees_pictures=True,
    ),
    CatalogModel(
        name="smollm3-3b",
        title="SmolLM3 3B",
        repository="ggml-org/SmolLM3-3B-GGUF",
        billions=3.1,
        languages=N_("English, French, Spanish, German, Italian, Portuguese"),
        licence="Apache-2.0",
        strength=N_("fully open, training data too; reasons first"),
        page="https://huggingface.co/ggml-org/SmolLM3-3B-GGUF",
    ),
    CatalogModel(
        name="granite-4.0-micro",
        title="Granite 4.0 Micro",
        repository="ibm-granite/granite-4.0-micro-GGUF",
        billions=3.4,
        languages=N_("12, with German, Chinese, Japanese and Arabic"),
        licence="Apache-2.0",
        strength=N_("summaries, extraction, following instructions"),
        page="https://huggingface.co/unsloth/granite-4.0-micro",
    ),
    CatalogModel(
        name="ministral-3-3b",
        title="Ministral 3 3B",
        repository="unsloth/Ministral-3-3B-Instruct-2512-GGUF",
        billions=3.8,
        languages=N_("11, with French, German, Chinese and Arabic"),
        licence="Apache-2.0",
        strength=N_("European languages, pictures, long texts"),
        page="https://huggingface.co/unsloth/Ministral-3-3B-Instruct-2512-GGUF",
        sees_pictures=True,
    ),
    CatalogModel(
        name="qwen3.5-4b",
        title="Qwen3.5 4B",
        repository="unsloth/Qwen3.5-4B-GGUF",
        billions=4.0,
        languages=N_("200+, with Chinese and English"),
        licence="Apache-2.0",
        strength=N_("the best answers of this list that a laptop gives quickly"),
        page=_QWEN35.format(size="4B"),
        sees_pictures=True,
    ),
    CatalogModel(
        name="gemma-4-e2b",
        title="Gemma 4 E2B",
        repository="ggml-org/gemma-4-E2B-it-GGUF",
        billions=5.1,
        languages=N_("140+"),
        licence="Apache-2.0",
        strength=N_("many languages, pictures; quicker than its size"),
        page="https://huggingface.co/google/gemma-4-E2B-it",
        quantization="Q4_0",
        sees_pictures=True,
    ),
)


def catalog_model(name: str) -> CatalogModel | None:
    """Return the row with a name; capitals do not matter."""
    folded = name.strip().casefold()
    return next((row for row in CATALOG if row.name == folded), None)
