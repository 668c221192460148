"""Whether the interpreters of this machine have the packages that are declared external."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from deployments.failures import Failure
from deployments.pipeline import platform
from deployments.venvs import system_site
from deployments.venvs.interpreters import Interpreter


def lacking(names: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each interpreter that lacks some of ``names``: "Python 3.8.18 does not have numpy, scipy."."""
    if not names:
        return ()
    found = platform.interpreters()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sentences = pool.map(lambda interpreter: _lacking(interpreter, names), found)
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))


def _lacking(interpreter: Interpreter, names: Sequence[str]) -> str:
    try:
        there = system_site.look(interpreter, names)
    except Failure as failure:
        return failure.message
    lacked = [name for name in names if name not in there]
    return f"Python {interpreter.version} does not have {', '.join(lacked)}." if lacked else ""
