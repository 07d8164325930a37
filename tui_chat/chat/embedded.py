"""Finds the model that runs inside the program; nothing is started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.profile import Profile, Sampling
from tui_chat.engine.model_file import find_model, is_engine_installed, missing_words
from tui_chat.engine.process import Engine, EngineOptions

if TYPE_CHECKING:
    from tui_chat.chat.launch import Launch

EMBEDDED_NAME: Final = "local"
"""The profile of the embedded model."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embedded model, or the reason why there is none."""

    engine: Engine | None = None
    profile: Profile | None = None
    problem: str = ""
    """Why it cannot be asked, and what to do; empty when it can."""
    error: EngineError | None = None
    """The mistake in [engine] that keeps it from being found."""


def find_embedded(launch: Launch) -> Embedded:
    """Return the embedded model as [engine] configures it."""
    settings = launch.settings.engine
    model_path = str(settings.model_path) if settings.model_path else None
    try:
        model = find_model(model_path)
    except EngineError as error:
        return Embedded(problem=error.words, error=error)
    if model is None or not is_engine_installed():
        return Embedded(problem=" ".join(missing_words(model_path)))
    options = EngineOptions(
        model_path=model_path,
        n_ctx=settings.n_ctx,
        threads=settings.threads,
        log_file=launch.paths.engine_log,
    )
    profile = Profile(
        name=EMBEDDED_NAME,
        base_url="",
        model=model.model_id,
        # What the makers of small instruct models advise; a hotter one rambles.
        sampling=Sampling(temperature=0.2, top_p=0.9),
        is_embedded=True,
    )
    return Embedded(Engine(options), profile)
