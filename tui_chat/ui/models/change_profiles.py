"""Adds, changes and removes profiles from the dialog of profiles and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.setup.endpoint_kinds import OTHER, find_kind
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.models.endpoint_form import EndpointForm
from tui_chat.ui.models.profile_picker import ModelChoice
from tui_chat.ui.models.vendor_picker import VendorPicker

if TYPE_CHECKING:
    from tui_chat.config.setup.endpoint_kinds import EndpointKind
    from tui_chat.core.profile import Profile
    from tui_chat.ui.models.profile_editor import ProfileEditor
    from tui_chat.ui.models.profile_picker import ProfilePicker


class ChangeProfiles:
    """Opens the dialogs and shows their result in the list of profiles."""

    def __init__(self, editor: ProfileEditor) -> None:
        self._editor = editor

    def why_fixed(self, profile: Profile) -> str:
        """Return why a profile cannot be changed here; empty if it can."""
        if profile.name in self._editor.configured:
            return ""
        if profile.is_embedded:
            return _("The embedded model is set up in the table [engine] of config.toml.")
        return _("This profile comes from the environment or a flag; it is not in config.toml.")

    async def add(self, picker: ProfilePicker) -> None:
        """Add an endpoint; the new profile is chosen."""
        app = picker.app
        kind: EndpointKind | None = await app.push_screen_wait(
            VendorPicker(self._editor.launch.env)
        )
        if kind is None:
            return
        name = await app.push_screen_wait(EndpointForm(self._editor, kind))
        if name is not None and (profile := self._editor.find(name)) is not None:
            picker.dismiss(ModelChoice(profile, profile.model))

    async def edit(self, picker: ProfilePicker, profile: Profile) -> None:
        """Change a profile of config.toml."""
        if reason := self.why_fixed(profile):
            picker.tell(reason)
            return
        form = EndpointForm(self._editor, find_kind(OTHER), self._editor.configured[profile.name])
        name = await picker.app.push_screen_wait(form)
        if name is not None:
            picker.show_profiles(self._editor.profiles, name)

    async def remove(self, picker: ProfilePicker, profile: Profile) -> None:
        """Remove a profile of config.toml."""
        try:
            saved = await self._editor.remove(profile.name)
        except ConfigError as error:
            picker.tell(error.message)
            return
        picker.show_profiles(self._editor.profiles, "")
        text = _("Removed “{name}”. {words}")
        picker.notify(
            text.format(name=sanitize_line(profile.name, 40), words=saved.words).strip(),
            markup=False,
        )
