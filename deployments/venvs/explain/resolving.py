"""Requirements that have no solution."""

import re

from deployments.failures import Failure, FailureKind
from deployments.venvs.explain.building import BUILD_RULE, LOCAL_BUILD_RULE
from deployments.venvs.explain.disk import DISK_RULES
from deployments.venvs.explain.fetching import GIT_RULES, HASH_RULES, NETWORK_RULES
from deployments.venvs.explain.output import SHOWN_CHARACTERS, joined, last_error
from deployments.venvs.explain.rules import NAME, PACKAGE, Rule, first, rule


def resolution_failure(output: str, python: str) -> Failure:
    """Why resolving (or fetching while resolving) failed; ``python`` is the version it was for."""
    text = joined(output)
    unknown = Failure(FailureKind.CONFLICT, last_error(text), "The lines above it in the log say more.")
    return first(RULES, text, python) or unknown


def newest_known(failure: Failure, name: str, version: str) -> Failure:
    """``failure`` about a version that does not exist, with one that does."""
    return Failure(failure.kind, failure.message, f"The newest version of {name} that fits is {version}.")


def missing_version(failure: Failure) -> str | None:
    """The package whose asked-for version ``failure`` says does not exist."""
    match = re.match(rf"No version of ({NAME}) ", failure.message)
    return match[1] if match else None


def _not_found(match: re.Match[str], python: str) -> Failure:
    name = match["name"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"There is no package named {name} on the index.",
        "Check the spelling: the name to install is often not the name to import (sklearn is scikit-learn).",
    )


def _no_version(match: re.Match[str], python: str) -> Failure:
    name, asked = match["name"], match["spec"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"No version of {name} is {asked}.",
        "Ask for a version that exists.",
    )


def _no_file(match: re.Match[str], python: str) -> Failure:
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"The index knows the name {match['name']}, but has no file of it.",
        "Check the address of the index.",
    )


def _only_available(match: re.Match[str], python: str) -> Failure:
    name, available = match["name"], match["available"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"No version of {name} is {match['spec']}.",
        f"Available: {name} {available}.",
    )


def _needs_python(match: re.Match[str], python: str) -> Failure:
    return needs_python(match["package"], match["wanted"], python)


def needs_python(package: str, wanted: str, python: str) -> Failure:
    """``wanted`` is a range such as ">=3.12"."""
    return Failure(
        FailureKind.CONFLICT,
        f"{package} needs Python {wanted}, but this app runs on Python {python}.",
        f"Ask for Python {wanted} in .python-version, or for a version of the package that supports {python}.",
    )


def _no_wheel(match: re.Match[str], python: str) -> Failure:
    platforms = re.search(r"Wheels are available for .*? on the following platforms?: (.*)", match.string)
    if "building from source is disabled" in match.string:
        return Failure(
            FailureKind.PACKAGE_NOT_FOUND,
            f"{match['package']} has no wheel for Python {python} here, and --only-binary forbids building it.",
            "Allow building it, or ask for a version that has a wheel.",
        )
    there = f" It has wheels for {platforms[1].replace('`', '')} only." if platforms else ""
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"{match['package']} has no file that can be installed on this machine with Python {python}.{there}",
        "Remove it, or add a marker such as: ; sys_platform == 'win32'",
    )


def _conflict(match: re.Match[str], python: str) -> Failure:
    steps = match["reason"].removeprefix("Because ").split(" And because ")
    # Each step ends with what follows from it; the premises alone are what the reader can change.
    premises = "; ".join(step.partition("we can conclude that")[0].strip(" ,.") for step in steps)
    return Failure(
        FailureKind.CONFLICT,
        f"The requirements contradict each other: {premises[:SHOWN_CHARACTERS]}.",
        "Loosen or change one of the requirements named here.",
    )


def _stale(match: re.Match[str], python: str) -> Failure:
    return Failure(
        FailureKind.BAD_REQUIREMENTS,
        "uv.lock does not match pyproject.toml: it was made before the last change.",
        "Run `uv lock` and upload both files.",
    )


def _syntax(match: re.Match[str], python: str) -> Failure:
    said = match.string[match.start() :]
    quoted = re.search(r"^\s*(?:cause: )?[^\n]*\n\s*(?P<line>\S[^\n]*)\n\s*\^", said, re.MULTILINE)
    line = f" ({quoted['line']})" if quoted else ""
    return Failure(
        FailureKind.BAD_REQUIREMENTS,
        f"A requirement cannot be read{line}.",
        'Write a name and, if you like, versions, for instance "pandas>=2.2".',
    )


RULES: tuple[Rule, ...] = (
    *DISK_RULES,
    *HASH_RULES,
    rule(r"The lockfile at .* needs to be updated|Unable to find lockfile", _stale),
    *GIT_RULES,
    BUILD_RULE,
    *NETWORK_RULES,
    LOCAL_BUILD_RULE,
    rule(
        r"Python version \([^)]*\) does not satisfy Python(?P<wanted>[^\s,]+)"
        rf" and (?P<package>{NAME}\S*) depends on Python",
        _needs_python,
    ),
    rule(rf"(?P<package>{NAME}\S*) requires Python (?P<wanted>[<>=!~]\S+) and", _needs_python),
    rule(
        rf"(?P<package>{NAME}\S*) has no (?:usable )?wheels(?: with a matching [^(,]*?(?:\([^)]*\))?)? and",
        _no_wheel,
    ),
    rule(rf"{PACKAGE} was not found in the (?:package registry|provided package locations)", _not_found),
    rule(rf"there (?:is|are) no versions? of (?P<name>{NAME})(?:\[[^\]]*\])?(?P<spec>[<>=!~][^\s]+)", _no_version),
    rule(rf"there are no versions of (?P<name>{NAME}) and you require", _no_file),
    rule(
        rf"only (?P<name>{NAME})(?P<available>[<>=!~]\S+) is available"
        r" and you require (?P=name)(?P<spec>[<>=!~][^\s,]+)",
        _only_available,
    ),
    rule(r"cause: (?P<reason>Because [^\n]*unsatisfiable\.)", _conflict),
    rule(r"^error: (?P<reason>Couldn't parse requirement[^\n]*|[^\n]*Expected[^\n]*)", _syntax),
)
