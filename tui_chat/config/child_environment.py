"""What a process of the program's own is given of the environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKAGE_ROOT: Final = str(Path(__file__).resolve().parents[2])

# What a process needs to find its libraries, its language and its graphics card. Everything else,
# the keys of other programs above all, stays here.
_PASSED: Final = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP|SYSTEMROOT|WINDIR"
    r"|PYTHON(?!STARTUP|INSPECT)\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_\w+|G?OMP_\w+|GGML_\w+"
    r"|(?:CUDA|NVIDIA|HIP|HSA|ROCR|ROCM|VK|VULKAN|GPU|ZE|ONEAPI|SYCL|MTL|METAL)_\w+"
)
_SECRET_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)


def child_environment(environ: Mapping[str, str], search_path: Sequence[str]) -> dict[str, str]:
    """Return the part of the environment that the child gets: no keys of anything.

    It finds this package where this process found it: in a checkout that is not installed through
    PYTHONPATH, else by itself (site-packages in PYTHONPATH would go before the standard library).

    Args:
        environ: This process's environment.
        search_path: This process's sys.path.
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
