"""One page from an address that a tenant wrote: judged places, bounded size and time, no login for another host."""

import http.client
import socket
import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit, urlunsplit

from packagerepos import outbound, proxies, tls
from packagerepos.certificates import Certificate
from packagerepos.index_pages import Page
from packagerepos.indexes import Credential, Transport
from packagerepos.outbound import Endpoint

USER_AGENT = "Slipway-Index-Test/1"
#: The beginning of a page tells what it is; the list of everything on PyPI has 40 MB.
MAX_READ_BYTES = 64 * 1024
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Untrusted(Exception):
    """TLS failed; ``shown`` is the certificate that ``host`` shows, if it shows one."""

    def __init__(self, host: str, error: ssl.SSLError, shown: Certificate | None) -> None:
        super().__init__(host)
        self.host, self.error, self.shown = host, error, shown


class RedirectsTooFar(Exception):
    """More redirects than any index needs, or one to something that is no web address."""


@dataclass(frozen=True)
class Answer:
    """``by_way_of`` are the other hosts that redirects led to, the last of which answered."""

    status: int
    page: Page
    latency_ms: int
    location: str | None = None
    by_way_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Getter:
    """Gets pages of the index at ``home`` until its ``deadline`` (monotonic).

    Raises ``outbound.UnknownHost``, ``outbound.InsideThePlatform``, ``proxies.ProxyRefused``, ``Untrusted``,
    ``RedirectsTooFar``, ``TimeoutError``, and otherwise ``OSError`` or ``HTTPException``.
    """

    home: str
    transport: Transport
    deadline: float
    login: Credential | None = field(default=None, repr=False)
    allowed_internal: Collection[str] = ()
    trusted_hosts: Collection[str] = ()

    def get(self, url: str, *, accept: str) -> Answer:
        began = time.monotonic()
        hosts: list[str] = []
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get_once(url, accept)
            if answer.status not in REDIRECTS or answer.location is None:
                latency_ms = round((time.monotonic() - began) * 1000)
                return Answer(answer.status, answer.page, latency_ms, by_way_of=tuple(dict.fromkeys(hosts)))
            url = _followed(url, answer.location)
            if Endpoint.of(url).host != Endpoint.of(self.home).host:
                hosts.append(Endpoint.of(url).host)
        raise RedirectsTooFar

    def _get_once(self, url: str, accept: str) -> Answer:
        endpoint = Endpoint.of(url)
        proxy = proxies.proxy_for(endpoint, self.transport)
        with closing(self._connection(endpoint, proxy)) as raw, outbound.cut_off(raw, deadline=self.deadline):
            try:
                return self._converse(raw, endpoint, proxy, url, accept)
            except (OSError, http.client.HTTPException):
                if time.monotonic() >= self.deadline:
                    raise TimeoutError from None
                raise

    def _connection(self, endpoint: Endpoint, proxy: str | None) -> socket.socket:
        if proxy is None:
            addresses = outbound.resolve(endpoint, allowed_internal=self.allowed_internal, deadline=self.deadline)
            return outbound.connect(addresses, deadline=self.deadline)
        self._judge_before_proxy(endpoint)
        addresses = outbound.lookup(Endpoint.of(proxy), deadline=self.deadline)
        return outbound.connect(addresses, deadline=self.deadline)

    def _judge_before_proxy(self, endpoint: Endpoint) -> None:
        # Behind a proxy the platform need not know public names; what it knows is judged all the same.
        try:
            outbound.resolve(endpoint, allowed_internal=self.allowed_internal, deadline=self.deadline)
        except outbound.UnknownHost:
            pass

    def _converse(self, raw: socket.socket, endpoint: Endpoint, proxy: str | None, url: str, accept: str) -> Answer:
        headers = {"Accept": accept, "User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        headers |= self._login_header(endpoint)
        target = urlunsplit(("", "", *urlsplit(url)[2:4], "")) or "/"
        if endpoint.scheme == "http":
            connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
            connection.sock = raw
            if proxy is not None:
                target, headers = url, headers | proxies.login_header(proxy)
        else:
            context = tls.context(self.transport.certificates, verifies=not self._is_trusted(endpoint))
            connection = http.client.HTTPSConnection(endpoint.host, endpoint.port, context=context)
            connection.sock = self._encrypted(raw, endpoint, proxy, context)
        with closing(connection):
            connection.request("GET", target, headers=headers)
            return _read(connection.getresponse())

    def _encrypted(
        self, raw: socket.socket, endpoint: Endpoint, proxy: str | None, context: ssl.SSLContext
    ) -> ssl.SSLSocket:
        if proxy is not None:
            proxies.tunnel(raw, proxy, endpoint)
        try:
            return context.wrap_socket(raw, server_hostname=endpoint.host)
        except ssl.SSLError as error:
            raise Untrusted(endpoint.host, error, self._shown(error, endpoint, proxy)) from None

    def _shown(self, error: ssl.SSLError, endpoint: Endpoint, proxy: str | None) -> Certificate | None:
        """The certificate that was not trusted, which only a second connection can tell."""
        if not isinstance(error, ssl.SSLCertVerificationError):
            return None
        try:
            with closing(self._connection(endpoint, proxy)) as raw, outbound.cut_off(raw, deadline=self.deadline):
                if proxy is not None:
                    proxies.tunnel(raw, proxy, endpoint)
                return tls.shown_certificate(raw, endpoint.host)
        except (OSError, http.client.HTTPException, outbound.UnknownHost, proxies.ProxyRefused):
            return None

    def _login_header(self, endpoint: Endpoint) -> dict[str, str]:
        home = Endpoint.of(self.home)
        if self.login is None or endpoint not in {home, Endpoint("https", home.host, 443)}:
            return {}
        pair = f"{self.login.username}:{self.login.password}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def _is_trusted(self, endpoint: Endpoint) -> bool:
        """Whether somebody wrote --trusted-host for it, which asks no certificate."""
        return bool({endpoint.host, endpoint.name} & set(self.trusted_hosts))


def _followed(url: str, location: str) -> str:
    try:
        followed = urljoin(url, location)
        parts = urlsplit(followed)
        _ = parts.port
    except ValueError:
        raise RedirectsTooFar from None
    if parts.scheme not in outbound.DEFAULT_PORTS or not parts.hostname or not followed.isascii():
        raise RedirectsTooFar
    # A login in a redirect is somebody else's.
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _read(response: http.client.HTTPResponse) -> Answer:
    body = response.read(MAX_READ_BYTES + 1)
    if response.headers.get("Content-Encoding", "").lower() in {"gzip", "deflate"}:
        body = _unpacked(body)
    text = body[:MAX_READ_BYTES].decode("utf-8", "replace")
    page = Page(response.headers.get("Content-Type", ""), text, is_whole=len(body) <= MAX_READ_BYTES)
    return Answer(response.status, page, 0, location=response.headers.get("Location"))


def _unpacked(body: bytes) -> bytes:
    """Some stores serve packed files whoever asks."""
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MAX_READ_BYTES + 1)
    except zlib.error:
        return b""
