"""The screen side of structured output: trees of objects, and the workbench."""
