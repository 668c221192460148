"""Ask package indexes whether they answer, as builds will ask them."""

import re
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from packagerepos.findings import ERRORS, Asked, Finding, Verdict
from packagerepos.guarded_get import Answer, Getter
from packagerepos.index_pages import ACCEPT
from packagerepos.indexes import Indexes

__all__ = ["Finding", "Verdict", "ask", "ask_one"]

#: For one index, all its questions together.
TIMEOUT_S = 10.0
#: A site that lets builds wait longer is believed, up to here.
MAX_TIMEOUT_S = 60.0
AT_ONCE = 16
#: These hold packages and do not list them: 404 for the list says nothing there.
#: https://docs.aws.amazon.com/codeartifact/latest/ug/python-compatibility.html
#: https://github.com/bazel-contrib/rules_python/issues/3709
WITHOUT_A_LIST = re.compile(r"\.pkg\.dev$|\.codeartifact\..+\.amazonaws\.com$")


def ask(
    indexes: Indexes, package: str, *, allowed_internal: Collection[str], timeout_s: float = TIMEOUT_S
) -> tuple[Finding, ...]:
    """Ask every index for the page of ``package``, all at once; the answers in order of standing.

    ``allowed_internal`` names places (``host:port``) that may be asked although they are on this machine.
    """

    def answer_of(address: str) -> Finding:
        return ask_one(indexes, address, package, allowed_internal=allowed_internal, timeout_s=timeout_s)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="index") as pool:
        return tuple(pool.map(answer_of, indexes.addresses))


def ask_one(
    indexes: Indexes, address: str, package: str, *, allowed_internal: Collection[str], timeout_s: float = TIMEOUT_S
) -> Finding:
    """Ask one of the ``indexes`` for the page of ``package``."""
    timeout_s = max(timeout_s, min(indexes.transport.timeout_s or 0, MAX_TIMEOUT_S))
    asked = Asked(address, canonicalize_name(package), indexes.login_for(address) is not None, timeout_s)
    getter = Getter(
        home=address,
        transport=indexes.transport,
        deadline=time.monotonic() + timeout_s,
        login=indexes.login_for(address),
        allowed_internal=allowed_internal,
        trusted_hosts=indexes.trusted_hosts,
    )
    try:
        return _found(asked, getter)
    except ERRORS as error:
        return asked.fails(error)


def _found(asked: Asked, getter: Getter) -> Finding:
    answer = getter.get(_below(asked.address, asked.package), accept=ACCEPT)
    if answer.status == 404:
        return _found_nothing(asked, getter, answer)
    if answer.status != 200:
        return asked.is_refused_with(answer.status, answer.latency_ms)
    if not answer.page.is_of_an_index():
        return _no_index(asked, answer)
    return asked.finds(Verdict.OK, f"It has {asked.package}.{_remarks(asked, answer)}", latency_ms=answer.latency_ms)


def _found_nothing(asked: Asked, getter: Getter, answer: Answer) -> Finding:
    """404 for the package: it is not there, or the whole index is not."""
    lists = None if WITHOUT_A_LIST.search(asked.host) else getter.get(_below(asked.address), accept=ACCEPT)
    if lists is None or (lists.status == 200 and lists.page.is_of_an_index()):
        message = f"It answers, and has no {asked.package}.{_remarks(asked, answer)}"
        return asked.finds(Verdict.UNKNOWN_NAME, message, latency_ms=answer.latency_ms)
    if lists.status == 200:
        return _no_index(asked, lists)
    if lists.status != 404:
        return asked.is_refused_with(lists.status, answer.latency_ms)
    return asked.finds(
        Verdict.NOT_FOUND,
        f"{asked.host} has no package index at this address: neither {asked.package} nor a list of packages (404).",
        "Check the path; it often ends in /simple. Some indexes also answer so to a login that may not read them.",
        answer.latency_ms,
    )


def _no_index(asked: Asked, answer: Answer) -> Finding:
    way = f", by way of {answer.by_way_of[-1]}," if answer.by_way_of else ""
    hint = "It is perhaps a sign-in page: write a login into the address." if answer.by_way_of else ""
    return asked.finds(
        Verdict.NOT_AN_INDEX,
        f"{asked.host} answers{way} with {answer.page.kind}, which is no page of a package index.",
        hint or "Check the path; it often ends in /simple.",
        answer.latency_ms,
    )


def _remarks(asked: Asked, answer: Answer) -> str:
    """What is good to know of an index that works."""
    said = f" It redirects to {answer.by_way_of[-1]}, which gets no login." if answer.by_way_of else ""
    return f"{said} The login travels unencrypted." if asked.has_login and _is_clear(asked.address) else said


def _is_clear(address: str) -> bool:
    return urlsplit(address).scheme == "http"


def _below(address: str, package: str = "") -> str:
    parts = urlsplit(address)
    return parts._replace(
        path=f"{parts.path.rstrip('/')}/{package}/" if package else f"{parts.path.rstrip('/')}/"
    ).geturl()
