"""What asking an index came to, in one verdict and one sentence."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from packagerepos import outbound, proxies, tls
from packagerepos.guarded_get import RedirectsTooFar, Untrusted
from packagerepos.outbound import Endpoint


class Verdict(StrEnum):
    """How an index answered. Builds may use what ``is_fine``; anything else stops them."""

    OK = "ok"
    #: An index, and the package that was asked for is not in it.
    UNKNOWN_NAME = "unknown_name"
    #: Neither the package nor the index itself is there.
    NOT_FOUND = "not_found"
    DNS = "dns"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    #: Connected, and then no whole HTTP answer.
    BROKEN = "broken"
    TLS = "tls"
    #: The proxy before it does not let the connection through.
    PROXY = "proxy"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_AN_INDEX = "not_an_index"
    SERVER_ERROR = "server_error"
    #: Some other status, or redirects without end.
    ODD_ANSWER = "odd_answer"
    #: It is the platform's own machine.
    INSIDE = "inside"

    @property
    def is_fine(self) -> bool:
        return self in {Verdict.OK, Verdict.UNKNOWN_NAME}


@dataclass(frozen=True)
class Finding:
    """What one index answered. No text holds a login; ``latency_ms`` is the time until the first answer, if any."""

    address: str
    verdict: Verdict
    message: str
    hint: str = ""
    latency_ms: int | None = None


@dataclass(frozen=True)
class Asked:
    """An index as it was asked: ``timeout_s`` in seconds, ``package`` normalised."""

    address: str
    package: str
    has_login: bool
    timeout_s: float

    @property
    def host(self) -> str:
        return Endpoint.of(self.address).host

    def finds(self, verdict: Verdict, message: str, hint: str = "", latency_ms: int | None = None) -> Finding:
        return Finding(self.address, verdict, message, hint, latency_ms)

    def fails(self, error: Exception) -> Finding:
        """Why there was no HTTP answer."""
        if isinstance(error, Untrusted):
            return self.finds(Verdict.TLS, *tls.complaint(error.error, error.host, error.shown))
        for kind, describe in FAILURES:
            if isinstance(error, kind):
                return describe(self, error)
        return self.finds(
            Verdict.BROKEN,
            f"{self.host} ended the connection without a whole answer.",
            "Check that a web server listens at that port, and that the address rightly begins with http or https.",
        )

    def is_refused_with(self, status: int, latency_ms: int) -> Finding:
        """An answer with a status that no page comes with, other than 404."""
        verdict, message, hint = _refusal(self, status)
        return self.finds(verdict, message, hint, latency_ms)


def _refusal(asked: Asked, status: int) -> tuple[Verdict, str, str]:
    host = asked.host
    renew = "Check the user name and the password or token in the address; a token may have expired."
    if status in {401, 403} and not asked.has_login:
        verdict = Verdict.UNAUTHORIZED if status == 401 else Verdict.FORBIDDEN
        write = "Write the login into the address: https://user:password@host/simple."
        return verdict, f"{host} wants a login and the address has none ({status}).", write
    if status == 401:
        return Verdict.UNAUTHORIZED, f"{host} does not accept the login (401).", renew
    if status == 403:
        return Verdict.FORBIDDEN, f"{host} does not let this login read the index (403).", renew
    if status == 407:
        return Verdict.PROXY, "The proxy wants a login (407).", "Whoever runs this platform must set it."
    if status == 429:
        return Verdict.ODD_ANSWER, f"{host} wants to be asked less often (429).", "Try again later."
    if status >= 500:
        return Verdict.SERVER_ERROR, f"{host} has a fault of its own ({status}).", "Try again, or ask who runs it."
    return Verdict.ODD_ANSWER, f"{host} answers with the status {status}.", "Check the address."


def _unknown_host(asked: Asked, error: Exception) -> Finding:
    return asked.finds(
        Verdict.DNS,
        f"The host {error} is not known.",
        "Check how it is written, and whether the network of this platform knows the name.",
    )


def _inside(asked: Asked, error: Exception) -> Finding:
    return asked.finds(
        Verdict.INSIDE,
        f"{error} is this platform's own machine, or one of its cloud's own services, and is not asked.",
        "Whoever runs this platform can allow it by host and port in SLIPWAY_ALLOWED_INTERNAL.",
    )


def _timed_out(asked: Asked, _: Exception) -> Finding:
    return asked.finds(
        Verdict.TIMED_OUT,
        f"{asked.host} did not answer within {asked.timeout_s:g} seconds.",
        "Check the host and port, and whether a firewall lies between.",
    )


def _refused(asked: Asked, _: Exception) -> Finding:
    endpoint = Endpoint.of(asked.address)
    return asked.finds(
        Verdict.REFUSED, f"Nothing listens at {endpoint.name}.", "Check the port, and whether the index is running."
    )


def _proxy(asked: Asked, error: Exception) -> Finding:
    return asked.finds(
        Verdict.PROXY,
        f"The proxy does not let a connection to {asked.host} through ({error}).",
        "Whoever runs this platform can allow it at the proxy, or have the host asked directly.",
    )


def _redirects(asked: Asked, _: Exception) -> Finding:
    return asked.finds(Verdict.ODD_ANSWER, f"{asked.host} redirects without end, or to no page.", "Check the address.")


FAILURES: tuple[tuple[type[Exception], Callable[[Asked, Exception], Finding]], ...] = (
    (outbound.UnknownHost, _unknown_host),
    (outbound.InsideThePlatform, _inside),
    (proxies.ProxyRefused, _proxy),
    (RedirectsTooFar, _redirects),
    (TimeoutError, _timed_out),
    (ConnectionRefusedError, _refused),
)
#: What asking may raise.
ERRORS: tuple[type[Exception], ...] = (
    *(kind for kind, _ in FAILURES),
    Untrusted,
    OSError,
    http.client.HTTPException,
)
