"""What uv says when it fails, as a sentence for the person who deployed.

The end of its output looks like this::

    error: No solution found when resolving dependencies
      cause: Because flask==3.0.0 depends on werkzeug>=3.0.0 and you require flask==3.0.0, we can conclude that …
             And because you require werkzeug<2, we can conclude that your requirements are unsatisfiable.
    hint: …
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from deployments.failures import Failure, FailureKind

#: Lines of a compiler or a traceback that are repeated in the sentence's hint.
SHOWN_LINES = 8
SHOWN_CHARACTERS = 1200

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], str], Failure]]

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
PACKAGE = rf"`?(?P<name>{NAME})(?:\[[^\]]*\])?(?:(?: @ |==)[^`\s,]+)?`?"


def resolution_failure(output: str, python: str) -> Failure:
    """Why resolving (or fetching while resolving) failed; ``python`` is the version it was for."""
    text = _joined(output)
    for pattern, explain in RULES:
        if match := pattern.search(text):
            failure = explain(match, text)
            return Failure(failure.kind, failure.message.replace("{python}", python), failure.hint)
    return Failure(FailureKind.CONFLICT, _last_error(text), "The lines above it in the log say more.")


def build_failure(name: str, output: str, python: str) -> Failure:
    """Why making a wheel of ``name`` failed."""
    text = _joined(output)
    for pattern, explain in (*ENVIRONMENT_RULES, *NETWORK_RULES):
        if match := pattern.search(text):
            return explain(match, text)
    return _build(name, output, python)


def install_failure(output: str) -> Failure:
    """Why installing downloaded wheels failed."""
    text = _joined(output)
    for pattern, explain in (*ENVIRONMENT_RULES, *HASH_RULES):
        if match := pattern.search(text):
            return explain(match, text)
    return Failure(FailureKind.INTERNAL, f"The packages could not be installed: {_last_error(text)}")


def fetch_failure(name: str, url: str, reason: str) -> Failure:
    """Why one locked file could not be had, which the platform does not keep either; ``reason`` is the error's text.

    ``name`` is of the package, with its version if that is known: "flask 3.1.0".
    """
    if re.match(r"(404|410) ", reason):
        return Failure(
            FailureKind.PACKAGE_NOT_FOUND,
            f"{name} is gone: {_host(url)} has no such file any more, and no copy of it is kept here.",
            "Deploy the source with 'rebuild' to resolve its packages anew, or ask whoever runs that index.",
        )
    for pattern, explain in (*ENVIRONMENT_RULES, *NETWORK_RULES):
        if match := pattern.search(f"{reason} ({_place(url)})"):
            failure = explain(match, f"{reason} {url}")
            where = f"{name} is to come from there. " if failure.kind is FailureKind.INDEX_UNREACHABLE else ""
            return Failure(failure.kind, failure.message, f"{where}{failure.hint}")
    return Failure(
        FailureKind.INDEX_UNREACHABLE,
        f"{name} could not be downloaded from {_host(url)}: {reason}.",
        "Deploy again; if it stays so, ask whoever runs that index.",
    )


def hash_mismatch(name: str, expected: str, found: str) -> Failure:
    return Failure(
        FailureKind.HASH_MISMATCH,
        f"The file of {name} is not the one that was locked: its SHA-256 is {found}, expected {expected}.",
        "The file was changed where it comes from. Lock again if you trust the new one.",
    )


def newest_known(failure: Failure, name: str, version: str) -> Failure:
    """``failure`` about a version that does not exist, with one that does."""
    return Failure(failure.kind, failure.message, f"The newest version of {name} that fits is {version}.")


def missing_version(failure: Failure) -> str | None:
    """The package whose asked-for version ``failure`` says does not exist."""
    match = re.match(rf"No version of ({NAME}) ", failure.message)
    return match[1] if match else None


def _joined(output: str) -> str:
    """Explanations are wrapped over lines; one line each is easier to match. A build's own lines stay apart."""
    return re.sub(r"cause: Because [^\n]*(?:\n {9,}\S[^\n]*)+", lambda match: _unwrapped(match[0]), output)


def _unwrapped(text: str) -> str:
    return re.sub(r"\n {9,}", " ", text)


def _last_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("error:") or line.lstrip().startswith("cause:")]
    words = " ".join(line.strip().removeprefix("error:").removeprefix("cause:").strip() for line in lines[-2:])
    return (words or "the resolver gave no reason")[:SHOWN_CHARACTERS]


def _place(url: str) -> str:
    return url.partition("?")[0]


def _host(text: str) -> str:
    match = re.search(r"https?://[^\s`)]+", text)
    return urlsplit(match[0]).hostname or "the index" if match else "the index"


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


def _not_found(match: re.Match[str], text: str) -> Failure:
    name = match["name"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"There is no package named {name} on the index.",
        "Check the spelling: the name to install is often not the name to import (sklearn is scikit-learn).",
    )


def _no_version(match: re.Match[str], text: str) -> Failure:
    name, asked = match["name"], match["spec"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"No version of {name} is {asked}.",
        "Ask for a version that exists.",
    )


def _no_file(match: re.Match[str], text: str) -> Failure:
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"The index knows the name {match['name']}, but has no file of it.",
        "Check the address of the index.",
    )


def _only_available(match: re.Match[str], text: str) -> Failure:
    name, available = match["name"], match["available"]
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"No version of {name} is {match['spec']}.",
        f"Available: {name} {available}.",
    )


def _needs_python(match: re.Match[str], text: str) -> Failure:
    package, wanted = match["package"], match["wanted"]
    return Failure(
        FailureKind.CONFLICT,
        f"{package} needs Python {wanted}, but this app runs on Python {{python}}.",
        f"Ask for Python {wanted} in .python-version, or for a version of the package that supports {{python}}.",
    )


def _no_wheel(match: re.Match[str], text: str) -> Failure:
    platforms = re.search(r"Wheels are available for .*? on the following platforms?: (.*)", text)
    if "building from source is disabled" in text:
        return Failure(
            FailureKind.PACKAGE_NOT_FOUND,
            f"{match['package']} has no wheel for Python {{python}} here, and --only-binary forbids building it.",
            "Allow building it, or ask for a version that has a wheel.",
        )
    there = f" It has wheels for {platforms[1].replace('`', '')} only." if platforms else ""
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"{match['package']} has no file that can be installed on this machine with Python {{python}}.{there}",
        "Remove it, or add a marker such as: ; sys_platform == 'win32'",
    )


def _conflict(match: re.Match[str], text: str) -> Failure:
    steps = match["reason"].removeprefix("Because ").split(" And because ")
    # Each step ends with what follows from it; the premises alone are what the reader can change.
    premises = "; ".join(step.partition("we can conclude that")[0].strip(" ,.") for step in steps)
    return Failure(
        FailureKind.CONFLICT,
        f"The requirements contradict each other: {premises[:SHOWN_CHARACTERS]}.",
        "Loosen or change one of the requirements named here.",
    )


def _stale(match: re.Match[str], text: str) -> Failure:
    return Failure(
        FailureKind.BAD_REQUIREMENTS,
        "uv.lock does not match pyproject.toml: it was made before the last change.",
        "Run `uv lock` and upload both files.",
    )


def _unreachable(why: str) -> Callable[[re.Match[str], str], Failure]:
    def explain(match: re.Match[str], text: str) -> Failure:
        return Failure(
            FailureKind.INDEX_UNREACHABLE,
            f"{_host(text)} {why}.",
            "No other index is asked instead. Deploy again when it answers, or correct its address.",
        )

    return explain


def _refused_login(match: re.Match[str], text: str) -> Failure:
    return Failure(
        FailureKind.INDEX_UNREACHABLE,
        f"{_host(text)} refused access ({match['code']}).",
        "Check the user name and the password or token of that index.",
    )


def _missing_file(match: re.Match[str], text: str) -> Failure:
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"{match['url']} does not exist (404).",
        "Check the address, or lock again if the file was withdrawn.",
    )


def _hash(match: re.Match[str], text: str) -> Failure:
    return hash_mismatch(match["name"], match["expected"], match["found"])


def _disk_full(match: re.Match[str], text: str) -> Failure:
    return disk_full()


def disk_full() -> Failure:
    return Failure(
        FailureKind.DISK_FULL,
        "The disk is full; the packages could not be stored.",
        "Ask the operator to free space, then deploy again.",
    )


def _failed_local_build(match: re.Match[str], text: str) -> Failure:
    failure = _build("The project", text, "{python}")
    return Failure(failure.kind, "A project in the source could not be built.", failure.hint)


def _failed_build(match: re.Match[str], text: str) -> Failure:
    return _build(match["name"], text, "{python}")


def _git(match: re.Match[str], text: str) -> Failure:
    reason = re.search(r"(?:fatal|error): (.*)", text[match.start() :])
    said = f" git says: {reason[1].rstrip('.')}." if reason else ""
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"The repository of {match['name']} could not be fetched.{said}",
        "Check its address and the branch, tag or commit; a private one needs a login.",
    )


def _syntax(match: re.Match[str], text: str) -> Failure:
    quoted = re.search(r"^\s*(?:cause: )?[^\n]*\n\s*(?P<line>\S[^\n]*)\n\s*\^", text[match.start() :], re.MULTILINE)
    line = f" ({quoted['line']})" if quoted else ""
    return Failure(
        FailureKind.BAD_REQUIREMENTS,
        f"A requirement cannot be read{line}.",
        'Write a name and, if you like, versions, for instance "pandas>=2.2".',
    )


def _rule(pattern: str, explain: Callable[[re.Match[str], str], Failure]) -> Rule:
    return re.compile(pattern, re.MULTILINE), explain


ENVIRONMENT_RULES: tuple[Rule, ...] = (_rule(r"No space left on device|os error 28\b", _disk_full),)
HASH_RULES: tuple[Rule, ...] = (
    _rule(
        rf"Hash mismatch for {PACKAGE}[\s\S]*?Expected:\s+sha256:(?P<expected>\w+)"
        r"[\s\S]*?Computed:\s+sha256:(?P<found>\w+)",
        _hash,
    ),
)
NETWORK_RULES: tuple[Rule, ...] = (
    _rule(
        r"dns error|failed to lookup address|Name or service not known|name resolution",
        _unreachable("cannot be found (DNS)"),
    ),
    _rule(r"[Cc]onnection refused", _unreachable("does not answer (connection refused)")),
    _rule(
        r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|certificate verify failed|UnknownIssuer",
        _unreachable("has a certificate that is not trusted here (TLS)"),
    ),
    _rule(r"(?P<code>40[13] (Unauthorized|Forbidden))", _refused_login),
    _rule(r"404 Not Found\)?\s*(for url )?\(?(?P<url>https?://[^\s)]+)", _missing_file),
    _rule(r"status server error \((?P<code>5\d\d[^)]*)\)|\b(50[0234]) ", _unreachable("answered with a server error")),
    _rule(r"operation timed out|timed? ?out", _unreachable("took too long to answer")),
)
RULES: tuple[Rule, ...] = (
    *ENVIRONMENT_RULES,
    *HASH_RULES,
    _rule(r"The lockfile at .* needs to be updated|Unable to find lockfile", _stale),
    _rule(rf"Failed to download and build {PACKAGE}\s+cause: Git operation failed", _git),
    _rule(rf"Failed to (?:download and )?build {PACKAGE}", _failed_build),
    *NETWORK_RULES,
    _rule(r"^error: The build backend returned an error", _failed_local_build),
    _rule(
        r"Python version \([^)]*\) does not satisfy Python(?P<wanted>[^\s,]+)"
        rf" and (?P<package>{NAME}\S*) depends on Python",
        _needs_python,
    ),
    _rule(rf"(?P<package>{NAME}\S*) requires Python (?P<wanted>[<>=!~]\S+) and", _needs_python),
    _rule(
        rf"(?P<package>{NAME}\S*) has no (?:usable )?wheels(?: with a matching [^(,]*?(?:\([^)]*\))?)? and",
        _no_wheel,
    ),
    _rule(rf"{PACKAGE} was not found in the (?:package registry|provided package locations)", _not_found),
    _rule(rf"there (?:is|are) no versions? of (?P<name>{NAME})(?:\[[^\]]*\])?(?P<spec>[<>=!~][^\s]+)", _no_version),
    _rule(rf"there are no versions of (?P<name>{NAME}) and you require", _no_file),
    _rule(
        rf"only (?P<name>{NAME})(?P<available>[<>=!~]\S+) is available"
        r" and you require (?P=name)(?P<spec>[<>=!~][^\s,]+)",
        _only_available,
    ),
    _rule(r"cause: (?P<reason>Because [^\n]*unsatisfiable\.)", _conflict),
    _rule(r"^error: (?P<reason>Couldn't parse requirement[^\n]*|[^\n]*Expected[^\n]*)", _syntax),
)
