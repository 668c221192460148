"""A real private index: pypiserver over TLS with its own authority and a password, holding wheels made on the spot.

with PrivateIndex(tmp_path) as index:
    index.add("acme", "1.0")
    index.address            # https://localhost:41234/simple
    index.address_with_login # https://builder:…@localhost:41234/simple
    index.authority.pem      # what must be trusted
    index.place              # localhost:41234, for SLIPWAY_ALLOWED_INTERNAL
    index.stop()             # nothing listens any more
"""

import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pypiserver
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.wheels import build_wheel

USERNAME = "builder"
#: With characters that must be quoted in an address, so that every form of it can leak.
PASSWORD = "s3cret/pass@word+zeta"
DAY = datetime.timedelta(days=1)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Authority:
    """A certificate authority of its own."""

    def __init__(self, name: str = "Acme Root CA", *, expires_in: datetime.timedelta = DAY) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = _certificate(self.name, self, is_authority=True, hosts=(), expires_in=expires_in)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(
        self,
        path: Path,
        *,
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        expires_in: datetime.timedelta = DAY,
        signs_itself: bool = False,
    ) -> Path:
        """A file with a server's certificate and key for ``hosts``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hosts[0])])
        signed = _certificate(
            name, self, hosts=hosts, expires_in=expires_in, own_key=key, signer=key if signs_itself else self.key
        )
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
        )
        return path


def _certificate(
    name: x509.Name,
    authority: Authority,
    *,
    hosts: tuple[str, ...],
    expires_in: datetime.timedelta,
    is_authority: bool = False,
    own_key: ec.EllipticCurvePrivateKey | None = None,
    signer: ec.EllipticCurvePrivateKey | None = None,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    key = own_key or authority.key
    signer = signer or authority.key
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if signer is own_key else authority.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + expires_in)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        built = built.add_extension(usage, critical=True)
    if hosts:
        built = built.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return built.sign(signer, hashes.SHA256())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that do not trust it hang up in the middle, which is what the tests want."""


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class WebServer:
    """A WSGI app on a loopback port, over TLS if ``certificate`` (a file with certificate and key) is given."""

    def __init__(self, app: WsgiApp, certificate: Path | None = None) -> None:
        self.app = app
        self.certificate = certificate
        self.port = 0
        #: ``(path, the header Authorization)`` of each request, in order.
        self.asked: list[tuple[str, str]] = []
        self._server: _Server | None = None

    @property
    def place(self) -> str:
        """``host:port``, as the setting of what is allowed writes it."""
        return f"localhost:{self.port}"

    @property
    def base(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.place}"

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self.port = self._server.server_port
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            # Each connection shakes hands in its own thread: a client that does not would stop all others.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.set_app(self._answer)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """From now on nothing listens; the port is kept for the next ``start``."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked.append((environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")))
        return self.app(environ, start_response)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class PrivateIndex(WebServer):
    """``folder`` receives the wheels and the certificate. Without ``login`` everybody may read it."""

    def __init__(
        self,
        folder: Path,
        *,
        authority: Authority | None = None,
        tls: bool = True,
        login: tuple[str, str] | None = (USERNAME, PASSWORD),
        **certificate: Any,
    ) -> None:
        self.authority = authority or Authority()
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True, exist_ok=True)
        self.login = login
        app = pypiserver.app(
            roots=[self.wheels],
            backend_arg="simple-dir",
            disable_fallback=True,
            authenticate=["list", "download", "update"] if login else [],
            password_file=None if login else ".",
            auther=lambda name, password: (name, password) == self.login,
        )
        super().__init__(app, self.authority.issue(folder / "server.pem", **certificate) if tls else None)

    def add(self, name: str, version: str = "1.0", *, needs: tuple[str, ...] = (), **more: Any) -> Path:
        """Put a small wheel into it; see ``build_wheel``."""
        return build_wheel(self.wheels, name, version, needs=needs, **more)

    @property
    def address(self) -> str:
        return f"{self.base}/simple"

    @property
    def address_with_login(self) -> str:
        return with_login(self.address, *self.login) if self.login else self.address


def with_login(address: str, name: str, password: str) -> str:
    """``address`` with a login, quoted as one must be."""
    return address.replace("://", f"://{quote(name, safe='')}:{quote(password, safe='')}@", 1)
