# The same commands as in CONTRIBUTING.md.

# list the targets
default:
    @just --list

# install everything into .venv
setup:
    uv sync

# run the chat
run *args:
    uv run tui-chat {{args}}

# run the tests: `just test tests/ui -k find`
test *args:
    uv run pytest {{args}}

# run the tests of the UI on Textual's own compositor
test-stock *args="tests/ui":
    TUI_CHAT_RENDERER=stock uv run pytest {{args}}

# accept new snapshots
snapshots:
    uv run pytest -n0 --snapshot-update tests/ui/test_snapshots.py

# format, lint, check types and layers
check:
    uv run ruff format .
    uv run ruff check .
    uv run mypy
    uv run lint-imports

# run benchmarks: `just bench --only object`
bench *args:
    uv run python -m tests.bench {{args}}

# write the pictures in screenshots/
screenshots:
    uv run python -m tests.make_screenshots
    uv run python -m tests.demo.make_demo

# everything that CI checks
ci:
    bash .ci/run

# bring new texts into all catalogs
catalogs:
    uv run python -m tests.update_catalogs
