"""Build hook: compiles the catalogs of `tui_chat/locales`, for a wheel and for a clone."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogBuildHook(BuildHookInterface):
    """Writes a `.mo` file beside each `.po` file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile all catalogs before the files of the wheel are collected."""
        for source in Path(self.root, "tui_chat", "locales").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as file:
                catalog = read_po(file, locale=source.parts[-3])
            compiled = io.BytesIO()
            write_mo(compiled, catalog)
            target = source.with_suffix(".mo")
            # An unchanged file keeps its time, which decides whether uv builds again.
            if not target.exists() or target.read_bytes() != compiled.getvalue():
                target.write_bytes(compiled.getvalue())
