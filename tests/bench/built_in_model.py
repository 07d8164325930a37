"""Asks the built-in model 28 questions as the chat does, and tabulates the replies.

    uv run --no-sync python -m tests.bench.built_in_model

A reply over the limit, or stopped because it repeats itself, is a failure of the model's defaults.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from contextlib import aclosing

from tests.fakes import RecordingView
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import MessageStatus
from tui_chat.session.launch import Launch
from tui_chat.session.services import Services

LIMIT_TOKENS = 700
QUESTIONS = (
    "What is the capital of France, and why should I visit?",
    "How do I exit vim?",
    "hi",
    "Who are you?",
    "Explain recursion in one sentence",
    "Why is the sky blue?",
    "Write a haiku about the sea.",
    "List five fruits.",
    "What is the difference between TCP and UDP?",
    "Give me a recipe for pancakes.",
    "Write a Python function that reverses a string.",
    "How many days are in a leap year?",
    "Summarize the plot of Romeo and Juliet.",
    "What is 17 times 23?",
    "Translate “good morning” to Spanish.",
    "Tell me a joke.",
    "What are the planets of the solar system?",
    "Write a short letter to my landlord about a broken heater.",
    "What does `git rebase` do?",
    "Make a table of three countries and their capitals.",
    "How can I sleep better?",
    "Write a story about a dragon who is afraid of fire.",
    "What is the meaning of life?",
    "Explain photosynthesis to a child.",
    "asdf qwer",
    "Quelle est la capitale de la France ?",
    "法国的首都是哪里？",
    "Was ist Rekursion?",
)


async def main() -> int:
    """Print one row for each question; return the number of failures."""
    failures = 0
    print("| question | tokens | s | end | beginning |\n|---|--:|--:|---|---|")
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        env["XDG_STATE_HOME"] = home
        for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "TUI_CHAT_PROFILE"):
            env.pop(variable, None)
        services = Services(Launch(find_paths(env), env, {}, is_temporary=True))
        await services.open()
        async with aclosing(services):
            for question in QUESTIONS:
                session = services.sessions.new()
                assert session is not None
                began = time.monotonic()
                reply = await session.run_turn(question, RecordingView())
                tokens = reply.output_tokens or len(reply.content) // 4
                is_fine = reply.status is MessageStatus.COMPLETE and reply.finish_reason == "stop"
                failures += not (is_fine and tokens <= LIMIT_TOKENS)
                end = reply.error_kind or reply.finish_reason or reply.status.value
                end += " + note" if reply.error_text and is_fine else ""
                beginning = " ".join(reply.content.split())[:60].replace("|", "/")
                seconds = time.monotonic() - began
                print(
                    f"| {question} | {tokens} | {seconds:.1f} | {end} | {beginning} |", flush=True
                )
    print(f"\n{len(QUESTIONS)} questions, {failures} failures")
    return failures


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
