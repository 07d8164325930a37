from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView
from tui_chat.core.conversation import new_conversation
from tui_chat.core.profile import Origin
from tui_chat.session.endpoints.built_in_prompt import BUILT_IN_PROMPT, prompt_for_question
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

BUILT_IN = replace(PROFILE, origin=Origin.BUILT_IN, system_prompt=BUILT_IN_PROMPT)


@pytest.mark.parametrize(
    ("question", "prompt"),
    [
        ("What is the capital of France, and why should I visit?", "Answer briefly, in English."),
        ("hi", "Answer briefly, in English."),
        ("法国的首都是哪里？", BUILT_IN_PROMPT),
        ("Quelle est la capitale de la France ?", BUILT_IN_PROMPT),
    ],
)
def test_english_questions_are_answered_in_english(question: str, prompt: str) -> None:
    assert prompt_for_question(BUILT_IN, question).system_prompt == prompt


def test_other_prompts_and_models_are_left_alone() -> None:
    for profile in (replace(BUILT_IN, system_prompt="Rhyme."), replace(PROFILE, system_prompt="")):
        assert prompt_for_question(profile, "Why?") is profile


async def test_the_prompt_follows_the_question_that_is_sent() -> None:
    store, provider = await AsyncStore.open(None), FakeProvider()
    session = ChatSession(
        new_conversation(), BUILT_IN, store=store, providers=FakeProviders(provider)
    )
    for question in ("Why is the sky blue?", "天空为什么是蓝色的？"):
        await session.run_turn(question, RecordingView())
    sent = [request.messages[0].content for request in provider.requests]
    assert sent == ["Answer briefly, in English.", BUILT_IN_PROMPT]
    await store.aclose()
