"""Selects the environment variables for child processes of the program."""

from __future__ import annotations

import os
import re
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
