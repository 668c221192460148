"""Before anything is resolved, every index of a build must answer: no name may fall through to the next one.

The resolver would stop at most of this as well, but not at all of it (under best match it takes an index that refuses
its login for one without the package), and it cannot say which certificate it did not trust.
"""

import time
from collections.abc import Callable, Collection

from deployments.failures import Failure, FailureKind
from packagerepos import probe
from packagerepos.indexes import Indexes
from packagerepos.probe import Finding, Verdict

#: Asked for where a source names no package of its own: every index answers for any name.
ANY_NAME = "pip"
#: What may be over in a moment.
PASSING = frozenset({Verdict.REFUSED, Verdict.TIMED_OUT, Verdict.BROKEN, Verdict.SERVER_ERROR})
RETRIES = 2
PAUSE_S = 1.0


def require(
    indexes: Indexes, names: Collection[str], *, allowed_internal: Collection[str], should_stop: Callable[[], bool]
) -> None:
    """Raise ``Failure`` (INDEX_UNREACHABLE) unless each index answers as one. The public one is left to the resolver:
    its name cannot be somebody else's."""
    name = min(names, default=ANY_NAME)
    for address in indexes.addresses:
        if not indexes.is_public_index(address):
            _require(indexes, address, name, allowed_internal, should_stop)


def _require(
    indexes: Indexes, address: str, name: str, allowed_internal: Collection[str], should_stop: Callable[[], bool]
) -> None:
    retries = RETRIES if indexes.transport.retries is None else indexes.transport.retries
    finding = probe.ask_one(indexes, address, name, allowed_internal=allowed_internal)
    for _ in range(retries):
        if finding.verdict not in PASSING or should_stop():
            break
        time.sleep(PAUSE_S)
        finding = probe.ask_one(indexes, address, name, allowed_internal=allowed_internal)
    if not finding.verdict.is_fine:
        raise _failure(indexes, finding)


def _failure(indexes: Indexes, finding: Finding) -> Failure:
    hint = f"{finding.hint} No other index is asked instead.".strip()
    if finding.verdict in {Verdict.UNAUTHORIZED, Verdict.FORBIDDEN} and indexes.login_for(finding.address) is None:
        hint += " An index that the source itself names gets no login of the workspace."
    return Failure(
        FailureKind.INDEX_UNREACHABLE,
        f"The package index {finding.address} (from {indexes.writer_of(finding.address)}) cannot be used: "
        f"{finding.message}",
        hint,
    )
