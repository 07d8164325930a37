"""The known vendors and local servers: addresses, key variables, pages for keys.

The addresses are those of the vendors' own documentation. A vendor with separate regions has a
base URL for each; a key of one region is refused by the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui_chat.core.labels import N_
from tui_chat.core.profile import OPENAI_BASE_URL


@dataclass(frozen=True, slots=True)
class Region:
    """A further address of a vendor."""

    id: str
    label: str
    """Marked by `N_`; translated when it is shown."""
    base_url: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor with an OpenAI-compatible API."""

    id: str
    """The name of a profile for this vendor."""
    name: str
    base_url: str
    key_variables: tuple[str, ...]
    """The environment variables with the key, by priority."""
    keys_page: str
    model: str | None = None
    """A model to begin with: an alias that the vendor keeps, if the list does not begin with a
    good one or if there is no list."""
    regions: tuple[Region, ...] = ()
    """Further addresses besides `base_url`."""
    is_automatic: bool = True
    """True if a key in the environment alone is enough for a profile. False if the variable
    usually serves another purpose."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server with the port that it uses by default."""

    id: str
    """The name of a profile for this server."""
    name: str
    port: int

    @property
    def base_url(self) -> str:
        """The base URL on this machine."""
        return f"http://127.0.0.1:{self.port}/v1"


_CHINA: Final = N_("mainland China")
_INTERNATIONAL: Final = N_("international")

VENDORS: Final = (
    Vendor(
        "openai",
        "OpenAI",
        OPENAI_BASE_URL,
        ("OPENAI_API_KEY",),
        "https://platform.openai.com/api-keys",
        # The endpoint of the environment, which may have another base URL, uses this variable.
        is_automatic=False,
    ),
    Vendor(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        ("OPENROUTER_API_KEY",),
        "https://openrouter.ai/settings/keys",
        model="openrouter/auto",
    ),
    Vendor(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        ("DEEPSEEK_API_KEY",),
        "https://platform.deepseek.com/api_keys",
    ),
    Vendor(
        "moonshot",
        "Moonshot (Kimi)",
        "https://api.moonshot.ai/v1",
        ("MOONSHOT_API_KEY",),
        "https://platform.moonshot.ai/console/api-keys",
        regions=(Region("moonshot-cn", _CHINA, "https://api.moonshot.cn/v1"),),
    ),
    Vendor(
        "dashscope",
        "Alibaba Cloud (Qwen)",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        ("DASHSCOPE_API_KEY",),
        "https://bailian.console.aliyun.com/?tab=model#/api-key",
        model="qwen-plus",
        regions=(
            Region(
                "dashscope-intl",
                _INTERNATIONAL,
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            ),
        ),
    ),
    Vendor(
        "zhipu",
        "Zhipu (GLM)",
        "https://open.bigmodel.cn/api/paas/v4",
        ("ZHIPUAI_API_KEY", "ZHIPU_API_KEY"),
        "https://bigmodel.cn/usercenter/proj-mgmt/apikeys",
        regions=(Region("zai", _INTERNATIONAL, "https://api.z.ai/api/paas/v4"),),
    ),
    Vendor(
        "siliconflow",
        "SiliconFlow",
        "https://api.siliconflow.cn/v1",
        ("SILICONFLOW_API_KEY",),
        "https://cloud.siliconflow.cn/account/ak",
        regions=(Region("siliconflow-intl", _INTERNATIONAL, "https://api.siliconflow.com/v1"),),
    ),
    Vendor(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        ("GROQ_API_KEY",),
        "https://console.groq.com/keys",
    ),
    Vendor(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        ("MISTRAL_API_KEY",),
        "https://console.mistral.ai/api-keys",
        model="mistral-small-latest",
    ),
    Vendor(
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        ("GEMINI_API_KEY",),
        "https://aistudio.google.com/apikey",
        model="gemini-flash-latest",
    ),
    Vendor(
        "xai",
        "xAI (Grok)",
        "https://api.x.ai/v1",
        ("XAI_API_KEY",),
        "https://console.x.ai",
    ),
    Vendor(
        "together",
        "Together AI",
        "https://api.together.ai/v1",
        ("TOGETHER_API_KEY",),
        "https://api.together.ai/settings/api-keys",
    ),
    Vendor(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        ("FIREWORKS_API_KEY",),
        "https://app.fireworks.ai/settings/users/api-keys",
    ),
    Vendor(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        ("CEREBRAS_API_KEY",),
        "https://cloud.cerebras.ai",
    ),
    Vendor(
        "nvidia",
        "NVIDIA",
        "https://integrate.api.nvidia.com/v1",
        ("NVIDIA_API_KEY",),
        "https://build.nvidia.com/settings/api-keys",
    ),
    Vendor(
        "github",
        "GitHub Models",
        "https://models.github.ai/inference",
        ("GITHUB_TOKEN",),
        "https://github.com/settings/tokens",
        model="openai/gpt-4.1-mini",
        # The variable is set for git and for CI, not for models.
        is_automatic=False,
    ),
)

LOCAL_SERVERS: Final = (
    LocalServer("ollama", "Ollama", 11434),
    LocalServer("lmstudio", "LM Studio", 1234),
    LocalServer("llamacpp", "llama.cpp", 8080),
    LocalServer("vllm", "vLLM", 8000),
    LocalServer("jan", "Jan", 1337),
    LocalServer("koboldcpp", "KoboldCpp", 5001),
    LocalServer("sglang", "SGLang", 30000),
)
