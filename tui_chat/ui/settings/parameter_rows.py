"""The rows of F3: one for each parameter of the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tui_chat.core.labels import N_, _
from tui_chat.core.parameters.effort import EFFORTS
from tui_chat.core.parameters.parameters import Source
from tui_chat.core.parameters.values import NUMBERS, entered_value

_USUAL_EFFORT: Final = "medium"
_BETWEEN_STOPS: Final = " | "
_STEP: Final = 0.1


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter. Its texts are looked up when they are shown."""

    name: str
    title: str
    tooltip: str
    """An explanation in one line."""
    usual: float = 0.0
    """The number that the arrows begin with."""

    @property
    def has_steps(self) -> bool:
        """True if the arrows change the value."""
        return self.name == "effort" or self.name in NUMBERS

    def parsed(self, text: str) -> Any:
        """Return the value that a user entered.

        Raises:
            ConfigError: It is invalid.
        """
        if self.name != "stop":
            return entered_value(self.name, text)
        stops = [it.replace("\\n", "\n") for it in text.split(_BETWEEN_STOPS) if it]
        return tuple(stops) or None

    def shown(self, value: Any) -> str:
        """Return a value on one line, as it can be entered."""
        if isinstance(value, tuple):
            return _BETWEEN_STOPS.join(it.replace("\n", "\\n") for it in value)
        if isinstance(value, float):
            return f"{value:g}"
        return "" if value is None else str(value)

    def stepped(self, value: Any, step: int) -> Any:
        """Return the next or the previous value."""
        if self.name == "effort":
            if value is None:
                return _USUAL_EFFORT
            at = EFFORTS.index(value) + step
            return EFFORTS[max(0, min(len(EFFORTS) - 1, at))]
        if value is None:
            return self.usual
        low, high = NUMBERS[self.name]
        return round(max(low, min(high, value + step * _STEP)), 2)


SYSTEM_PROMPT: Final = "system_prompt"
FORMAT: Final = "response_format"
TOOLS: Final = "tools"
DIALOGS: Final = (TOOLS, FORMAT)
"""The rows that have dialogs of their own."""
PARAMETER_ROWS: Final = (
    ParameterRow(
        SYSTEM_PROMPT,
        N_("System prompt"),
        N_("Instructions to the model before the conversation; {nickname} is your nickname"),
    ),
    ParameterRow(
        "effort",
        N_("Reasoning effort"),
        N_("How much a reasoning model thinks before it answers"),
    ),
    ParameterRow(
        "temperature",
        N_("Temperature"),
        N_("0 for the most likely words, up to 2 for surprising ones"),
        1.0,
    ),
    ParameterRow(
        "top_p",
        N_("Top p"),
        N_("Chooses among the likely words that make up this share, 0 to 1"),
        1.0,
    ),
    ParameterRow("max_tokens", N_("Longest answer"), N_("The longest answer, in tokens")),
    ParameterRow(
        "frequency_penalty",
        N_("Frequency penalty"),
        N_("Avoids words the more often they occurred, -2 to 2"),
    ),
    ParameterRow(
        "presence_penalty", N_("Presence penalty"), N_("Avoids words that occurred, -2 to 2")
    ),
    ParameterRow("seed", N_("Seed"), N_("An integer that asks for repeatable answers")),
    ParameterRow(
        "stop",
        N_("Stop texts"),
        N_("The answer ends before such a text; “ | ” separates several, \\n is a new line"),
    ),
    ParameterRow(TOOLS, N_("Tools"), N_("The servers whose tools the model may ask for")),
    ParameterRow(FORMAT, N_("Answer format"), N_("Text, any JSON object, or a JSON Schema")),
)

_SOURCES: Final = {
    Source.FLAG: N_("flag"),
    Source.CONVERSATION: N_("this conversation"),
    Source.DEFAULT: N_("default"),
}


def source_label(source: Source, profile: str) -> str:
    """Return the name of a source."""
    if source is Source.PROFILE:
        return _("profile {name}").format(name=profile)
    return _(_SOURCES[source])
