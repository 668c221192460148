"""Files that an index does not give, or gives otherwise than they were locked."""

import re

from deployments.failures import Failure, FailureKind
from deployments.venvs.explain.disk import DISK_RULES
from deployments.venvs.explain.output import host
from deployments.venvs.explain.rules import PACKAGE, Explain, Rule, first, rule


def fetch_failure(name: str, url: str, reason: str) -> Failure:
    """Why one locked file could not be had, which the platform does not keep either; ``reason`` is the error's text.

    ``name`` is of the package, with its version if that is known: "flask 3.1.0".
    """
    if re.match(r"(404|410) ", reason):
        return Failure(
            FailureKind.PACKAGE_NOT_FOUND,
            f"{name} is gone: {host(url)} has no such file any more, and no copy of it is kept here.",
            "Deploy the source with 'rebuild' to resolve its packages anew, or ask whoever runs that index.",
        )
    if failure := first((*DISK_RULES, *NETWORK_RULES), f"{reason} ({url.partition('?')[0]})"):
        where = f"{name} is to come from there. " if failure.kind is FailureKind.INDEX_UNREACHABLE else ""
        return Failure(failure.kind, failure.message, f"{where}{failure.hint}")
    return Failure(
        FailureKind.INDEX_UNREACHABLE,
        f"{name} could not be downloaded from {host(url)}: {reason}.",
        "Deploy again; if it stays so, ask whoever runs that index.",
    )


def hash_mismatch(name: str, expected: str, found: str) -> Failure:
    return Failure(
        FailureKind.HASH_MISMATCH,
        f"The file of {name} is not the one that was locked: its SHA-256 is {found}, expected {expected}.",
        "The file was changed where it comes from. Lock again if you trust the new one.",
    )


def _unreachable(why: str) -> Explain:
    def explain(match: re.Match[str], python: str) -> Failure:
        return Failure(
            FailureKind.INDEX_UNREACHABLE,
            f"{host(match.string)} {why}.",
            "No other index is asked instead. Deploy again when it answers, or correct its address.",
        )

    return explain


def _refused_login(match: re.Match[str], python: str) -> Failure:
    return Failure(
        FailureKind.INDEX_UNREACHABLE,
        f"{host(match.string)} refused access ({match['code']}).",
        "Check the user name and the password or token of that index.",
    )


def _missing_file(match: re.Match[str], python: str) -> Failure:
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"{match['url']} does not exist (404).",
        "Check the address, or lock again if the file was withdrawn.",
    )


def _hash(match: re.Match[str], python: str) -> Failure:
    return hash_mismatch(match["name"], match["expected"], match["found"])


def _git(match: re.Match[str], python: str) -> Failure:
    reason = re.search(r"(?:fatal|error): (.*)", match.string[match.start() :])
    said = f" git says: {reason[1].rstrip('.')}." if reason else ""
    return Failure(
        FailureKind.PACKAGE_NOT_FOUND,
        f"The repository of {match['name']} could not be fetched.{said}",
        "Check its address and the branch, tag or commit; a private one needs a login.",
    )


HASH_RULES: tuple[Rule, ...] = (
    rule(
        rf"Hash mismatch for {PACKAGE}[\s\S]*?Expected:\s+sha256:(?P<expected>\w+)"
        r"[\s\S]*?Computed:\s+sha256:(?P<found>\w+)",
        _hash,
    ),
)
GIT_RULES: tuple[Rule, ...] = (rule(rf"Failed to download and build {PACKAGE}\s+cause: Git operation failed", _git),)
NETWORK_RULES: tuple[Rule, ...] = (
    rule(
        r"dns error|failed to lookup address|Name or service not known|name resolution",
        _unreachable("cannot be found (DNS)"),
    ),
    rule(r"[Cc]onnection refused", _unreachable("does not answer (connection refused)")),
    rule(
        r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|certificate verify failed|UnknownIssuer",
        _unreachable("has a certificate that is not trusted here (TLS)"),
    ),
    rule(r"(?P<code>40[13] (Unauthorized|Forbidden))", _refused_login),
    rule(r"404 Not Found\)?\s*(for url )?\(?(?P<url>https?://[^\s)]+)", _missing_file),
    rule(r"status server error \((?P<code>5\d\d[^)]*)\)|\b(50[0234]) ", _unreachable("answered with a server error")),
    rule(r"operation timed out|timed? ?out", _unreachable("took too long to answer")),
)
