"""Starts child processes of the program, and selects their environment variables."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKAGE_ROOT: Final = str(Path(__file__).resolve().parents[2])

# Variables for libraries, locale and graphics cards. Everything else, such as API keys, is not
# passed.
_PASSED: Final = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP|SYSTEMROOT|WINDIR"
    r"|PYTHON(?!STARTUP|INSPECT)\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_\w+|G?OMP_\w+|GGML_\w+"
    r"|(?:CUDA|NVIDIA|HIP|HSA|ROCR|ROCM|VK|VULKAN|GPU|ZE|ONEAPI|SYCL|MTL|METAL)_\w+"
)
_SECRET_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)


def child_environment(environ: Mapping[str, str], search_path: Sequence[str]) -> dict[str, str]:
    """Return the environment of a child process, without keys and other secrets.

    A package that is not installed is found through PYTHONPATH. An installed one is found without
    it; site-packages in PYTHONPATH would take precedence over the standard library.

    Args:
        environ: The environment of this process.
        search_path: sys.path of this process.
    """
    passed = {
        name: value
        for name, value in environ.items()
        if _PASSED.fullmatch(name.upper()) and not _SECRET_NAME.search(name)
    }
    standard_library = str(Path(os.__file__).resolve().parent)
    for folder in search_path:
        found = str(Path(folder).resolve())
        if found == standard_library:
            break
        if found == _PACKAGE_ROOT:
            before = passed.get("PYTHONPATH")
            passed["PYTHONPATH"] = os.pathsep.join(filter(None, (_PACKAGE_ROOT, before)))
            break
    return passed


async def start_module(
    module: str, *, env: Mapping[str, str] | None = None, log: int | None = None
) -> asyncio.subprocess.Process:
    """Run a module of the program in a child process; its input and output are pipes.

    Args:
        module: The name of the module.
        env: Variables to pass besides those of `child_environment`.
        log: Descriptor that receives its standard error; None discards it.

    Raises:
        OSError: The process cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        # Keep the current folder out of sys.path: it may contain a json.py.
        "-P",
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if log is None else log,
        env={**child_environment(os.environ, sys.path), **(env or {})},
        # A process group of its own, so that Ctrl+C in the terminal does not reach it; the same
        # session, because Linux schedules processor time by session.
        process_group=0,
    )
