"""A shared library that a package needs and the machine does not have."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from deployments.failures import Failure, FailureKind

NOT_FOUND = re.compile(r"(lib[\w+.-]+\.so[\w.]*): cannot open shared object file")
#: cffi says: cannot load library 'libpango-1.0-0': … or 'gobject-2.0-0', by guesses at its name.
NOT_LOADED = re.compile(r"cannot load library '(?:lib)?([\w+.-]+?)(?:\.so[\w.]*|-\d+)?'")
HEADLESS = "libGL.so"


def missing_library(text: str) -> Failure | None:
    """What to say of an exception's ``text``, or ``None`` when it tells of no missing library."""
    if match := NOT_FOUND.search(text):
        return _failure(match[1], re.sub(r"\.so.*", ".so", match[1]))
    if match := NOT_LOADED.search(text):
        return _failure(f"lib{match[1]}", f"lib{match[1]}.so")
    return None


def _failure(library: str, name: str) -> Failure:
    message = f"A package of the app needs the system library {library}, which this machine does not have."
    if name.startswith(("libcud", "libcublas", "libnvidia", "libnccl")):
        return Failure(
            FailureKind.MISSING_LIBRARY,
            message,
            "It belongs to NVIDIA's drivers and needs a GPU; choose a build of the package for the CPU.",
        )
    package = _packages().get(name)
    who = f"the Debian package {package}" if package else "the system package that holds it"
    hint = f"Apps cannot install system packages: ask an administrator of the platform to install {who}."
    if name == HEADLESS:
        hint += " For OpenCV, use opencv-python-headless in place of opencv-python: it does not need this library."
    return Failure(FailureKind.MISSING_LIBRARY, message, hint)


@cache
def _packages() -> Mapping[str, str]:
    return tomllib.loads(Path(__file__).with_name("shared_libraries.toml").read_text("utf-8"))
