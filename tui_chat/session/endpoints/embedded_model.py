"""Finds the embedded model and creates its profile and engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import EngineError
from tui_chat.core.labels import join_sentences
from tui_chat.core.profile import Origin, Profile, Sampling
from tui_chat.local_model.model_file import find_model, is_engine_installed, missing_packages
from tui_chat.local_model.supervisor import Engine, EngineOptions
from tui_chat.session.endpoints.built_in_prompt import BUILT_IN_PROMPT

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

EMBEDDED_NAME: Final = "local"
"""The profile of the embedded model."""
_NO_LOOPS: Final = {
    "repeat_penalty": 1.1,
    "dry_multiplier": 0.8,
    "dry_base": 1.75,
    "dry_allowed_length": 3,
    # Longer than a passage that it repeats; over the whole context, words fall apart (measured).
    "dry_penalty_last_n": 512,
    # The end of a reply, token 2 of these weights: otherwise long replies go on into a loop.
    "logit_bias": {"2": 2.0},
}
"""Parameters of llama.cpp against repetition, for the built-in 135M model: with the usual ones, 5
of 28 questions ended in a loop at this temperature (tests/bench/built_in_model.py)."""


@dataclass(frozen=True, slots=True)
class FoundEngine:
    """The embedded model, or why there is none."""

    engine: Engine | None = None
    profile: Profile | None = None
    problem: str = ""
    """Why there is no model and what to do; empty if there is one."""
    notice: str = ""
    """An error about the model file named in config.toml; empty if there is none."""


def find_engine(launch: Launch) -> FoundEngine:
    """Return the embedded model; it reads files, so call it in a thread."""
    settings = launch.settings.engine
    model_path = str(settings.model_path) if settings.model_path else None
    notice = ""
    try:
        model = find_model(model_path)
    except EngineError as error:
        notice, model = error.message, None
    if model is None or not is_engine_installed():
        return FoundEngine(problem=join_sentences(*missing_packages(model_path)), notice=notice)
    options = EngineOptions(
        model_path=model_path,
        n_ctx=settings.n_ctx,
        threads=settings.threads,
        log_file=launch.paths.engine_log,
        checksums_file=launch.paths.model_checksums,
        mmproj_path=str(settings.mmproj_path) if settings.mmproj_path else None,
    )
    profile = Profile(
        name=EMBEDDED_NAME,
        base_url="",
        model=model.model_id,
        is_embedded=True,
    )
    if model.is_bundled:
        # Other models keep the defaults that their authors have written into the file.
        profile = replace(
            profile,
            # As the authors of small instruct models recommend; higher temperatures ramble.
            sampling=Sampling(temperature=0.2, top_p=0.9),
            system_prompt=BUILT_IN_PROMPT,
            extra_body=_NO_LOOPS,
            origin=Origin.BUILT_IN,
        )
    return FoundEngine(Engine(options), profile)
