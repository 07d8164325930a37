"""The questions about tools, under their former name."""

from tui_chat.core.tools.questions import (
    CallQuestion,
    Decision,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationQuestion,
    Refuse,
    Run,
    SamplingQuestion,
    ToolQuestions,
)

__all__ = [
    "CallQuestion",
    "Decision",
    "ElicitationAction",
    "ElicitationAnswer",
    "ElicitationQuestion",
    "Refuse",
    "Run",
    "SamplingQuestion",
    "ToolQuestions",
]
