"""Source distributions that cannot be made into wheels."""

import re
from collections.abc import Iterator

from deployments.failures import Failure, FailureKind
from deployments.venvs.explain.disk import DISK_RULES
from deployments.venvs.explain.fetching import NETWORK_RULES
from deployments.venvs.explain.output import SHOWN_CHARACTERS, joined
from deployments.venvs.explain.rules import PACKAGE, first, rule

#: Lines of a compiler or a traceback that are repeated in the sentence's hint.
SHOWN_LINES = 8


def build_failure(name: str, output: str, python: str) -> Failure:
    """Why making a wheel of ``name`` failed."""
    return first((*DISK_RULES, *NETWORK_RULES), joined(output), python) or _build(name, output, python)


def _build(name: str, output: str, python: str) -> Failure:
    lines = list(_telling_lines(output))
    shown = "\n".join(lines[-SHOWN_LINES:])[-SHOWN_CHARACTERS:]
    return Failure(
        FailureKind.PACKAGE_BUILD_FAILED,
        f"{name} has no wheel for Python {python} here, and building it from source failed.",
        f"{_build_hint(name, output)}\n{shown}".strip(),
    )


def _telling_lines(output: str) -> Iterator[str]:
    """The build's own last words: no advice of uv, no compiler command lines."""
    for line in output.splitlines():
        if line.startswith("hint:"):
            return
        if line.strip() and not re.match(
            r"\s*(error: Command|error: Failed to|cause: |error: The build backend|\[std|x86_64-|gcc |cc )", line
        ):
            yield line.rstrip()


def _build_hint(name: str, output: str) -> str:
    if match := re.search(r"(?:fatal error: |provides `)([\w./-]+\.h)", output):
        return f"It needs the C header {match[1]}, which this machine does not have. Choose a version that has a wheel."
    if re.search(
        r"(gcc|cc|clang|g\+\+|cl)['\"]?:? .*(No such file|not found)|command '?\S*(gcc|cc)'? failed: No such", output
    ):
        return "It needs a C compiler, which this machine does not have. Choose a version that has a wheel."
    if match := re.search(r"No module named '([\w.]+)'", output):
        return (
            f"Its build uses the module {match[1]} without asking for it: {name} must list it in build-system.requires."
        )
    return "Choose a version that has a wheel, or another Python version. The build said:"


def _failed_local_build(match: re.Match[str], python: str) -> Failure:
    failure = _build("The project", match.string, python)
    return Failure(failure.kind, "A project in the source could not be built.", failure.hint)


def _failed_build(match: re.Match[str], python: str) -> Failure:
    return _build(match["name"], match.string, python)


#: Of a package that was downloaded, and of one that lies in the source.
BUILD_RULE = rule(rf"Failed to (?:download and )?build {PACKAGE}", _failed_build)
LOCAL_BUILD_RULE = rule(r"^error: The build backend returned an error", _failed_local_build)
