"""A prompt of the library with the values of the command line: the question of `ask --prompt`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.config.problems import nearest
from tui_chat.config.prompts.clipboard_text import clipboard_text
from tui_chat.config.prompts.fields import (
    CLIPBOARD,
    DATE,
    SELECTION,
    TEXT,
    field_names,
    filled,
    today,
    with_defaults,
    with_text,
)
from tui_chat.config.prompts.prompt_folder import PromptFolder
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tui_chat.config.prompts.prompt import Prompt
    from tui_chat.session.launch import Launch


def find_prompt(launch: Launch, options: argparse.Namespace) -> Prompt | None:
    """Return the prompt that the flags name; None without `--prompt`.

    Raises:
        ConfigError: There is none, it cannot be used, or `-v` is given without it.
    """
    if options.prompt_name is None:
        if options.values:
            raise ConfigError(
                _("{flag} requires {other}.").format(flag="-v", other="--prompt"),
                _("Add it, or remove the flag."),
            )
        return None
    return PromptFolder(launch.paths.config_file).read(options.prompt_name)


def with_prompt(launch: Launch, prompt: Prompt) -> Launch:
    """Return the start-up parameters with those of a prompt; flags win over them."""
    given = {
        name: value
        for name, value in (
            ("profile", prompt.profile),
            ("model", prompt.model),
            ("system", prompt.system),
        )
        if value is not None and name not in launch.flags
    }
    return replace(launch, flags={**launch.flags, **given})


def question_of(prompt: Prompt, given: str, values: Sequence[str], launch: Launch) -> str:
    """Return the question: the prompt with all its fields filled.

    Args:
        prompt: The prompt.
        given: The text of the user; may be empty.
        values: Fields and their texts, as `FIELD=TEXT`.
        launch: The environment.

    Raises:
        ConfigError: A value has no field, or a field has no value.
    """
    names = field_names(prompt.body)
    chosen = _values(prompt, values, names)
    if TEXT not in chosen and given:
        chosen[TEXT] = given
    if DATE in names:
        chosen.setdefault(DATE, today())
    for name, is_selection in ((CLIPBOARD, False), (SELECTION, True)):
        is_wanted = name in names and name not in chosen
        if is_wanted and (text := clipboard_text(launch.env, is_selection=is_selection)):
            chosen[name] = text
    text = chosen.get(TEXT, "")
    body = prompt.body if TEXT in names else with_text(prompt.body, text)
    # Defaults first: braces inside a value are not fields.
    ready = with_defaults_for(body, chosen)
    missing = [name for name in field_names(ready) if name not in chosen]
    if missing:
        flags = " ".join(f"-v {name}=…" for name in missing)
        hint = _("Add {flags}.").format(flags=flags)
        if missing == [TEXT]:
            hint = _("Give it as an argument or on standard input.")
        raise ConfigError(
            _("The prompt {name} needs: {fields}.").format(
                name=prompt.name, fields=join_list(missing)
            ),
            hint,
        )
    return filled(ready, chosen)


def with_defaults_for(body: str, chosen: dict[str, str]) -> str:
    """Return a prompt whose fields have their defaults, except those with a value."""
    rest = {name: f"{{{{{name}}}}}" for name in field_names(body) if name in chosen}
    return with_defaults(filled(body, rest))


def _values(prompt: Prompt, values: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for value in values:
        name, has_text, text = value.partition("=")
        name = name.strip()
        if not has_text:
            raise ConfigError(
                _("“{value}” is not FIELD=TEXT.").format(value=sanitize_line(value, 40)),
                _("Example: {example}").format(example="-v language=English"),
            )
        if name not in (*names, TEXT):
            near = nearest(name, names)
            if near:
                hint = _("Did you mean “{name}”?").format(name=near)
            elif names:
                hint = _("Fields: {names}.").format(names=join_list(names))
            else:
                hint = _("It has no fields.")
            text = _("The prompt {prompt} has no field “{name}”.")
            raise ConfigError(text.format(prompt=prompt.name, name=sanitize_line(name, 40)), hint)
        chosen[name] = text
    return chosen
