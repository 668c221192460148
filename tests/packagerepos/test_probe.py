"""Real servers of every kind: a private index over TLS, servers that are none, and places where nobody listens."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from packagerepos.indexes import Indexes, Transport
from packagerepos.probe import Finding, Verdict, ask
from tests.private_index import DAY, PASSWORD, Authority, PrivateIndex, WebServer, with_login


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PrivateIndex]:
    with PrivateIndex(tmp_path / "index") as index:
        index.add("acme")
        yield index


def asked(address: str, *servers: WebServer, certificates: str = "", package: str = "acme", **more) -> Finding:
    (finding,) = ask(
        _indexes(address, certificates=certificates, **more),
        package,
        allowed_internal=[server.place for server in servers],
    )
    assert PASSWORD not in repr(finding)
    return finding


def _indexes(address: str, *extra: str, certificates: str = "", **transport) -> Indexes:
    indexes = Indexes().configured_by("the test", main=address, extra=extra)
    return Indexes(
        main=indexes.main,
        extra=indexes.extra,
        credentials=indexes.credentials,
        transport=Transport(certificates=certificates, **transport),
    )


def page(body: str, *, status: str = "200 OK", kind: str = "text/html", **headers: str):
    """A server that answers everything with the same page."""

    def app(environ, start_response):
        start_response(status, [("Content-Type", kind), *((name, value) for name, value in headers.items())])
        return [body.encode()]

    return app


def redirect_to(place: str):
    return page("", status="302 Found", Location=place)


@contextmanager
def raw_server(answer) -> Iterator[str]:
    """A port where ``answer(connection)`` speaks; the address of an index there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"localhost:{listening.getsockname()[1]}"


class TestAnIndex:
    def test_is_ok_with_its_login_and_certificate(self, index):
        finding = asked(index.address_with_login, index, certificates=index.authority.pem)

        assert finding.verdict is Verdict.OK
        assert finding.address == index.address
        assert finding.latency_ms is not None
        assert index.asked[0][0] == "/simple/acme/"

    def test_is_fine_without_the_package(self, index):
        finding = asked(index.address_with_login, index, certificates=index.authority.pem, package="Un_Heard.of")

        assert (finding.verdict, finding.message) == (Verdict.UNKNOWN_NAME, "It answers, and has no un-heard-of.")
        assert finding.verdict.is_fine

    def test_without_a_login_says_that_it_wants_one(self, index):
        finding = asked(index.address, index, certificates=index.authority.pem)

        assert finding.verdict is Verdict.UNAUTHORIZED
        assert finding.message == "localhost wants a login and the address has none (401)."

    def test_says_that_the_password_is_wrong(self, index):
        wrong = index.address.replace("://", "://builder:wrong@")

        finding = asked(wrong, index, certificates=index.authority.pem)

        assert finding.verdict is Verdict.FORBIDDEN
        assert finding.message == "localhost does not let this login read the index (403)."

    def test_says_401_for_a_login_that_is_not_accepted(self):
        with WebServer(page("no", status="401 Unauthorized")) as server:
            finding = asked(server.base.replace("://", f"://me:{'x' * 30}@"), server)

        assert (finding.verdict, finding.message) == (
            Verdict.UNAUTHORIZED,
            "localhost does not accept the login (401).",
        )

    def test_at_a_wrong_path_is_not_found(self, index):
        finding = asked(
            index.address_with_login.replace("/simple", "/packages/simpel"), index, certificates=index.authority.pem
        )

        assert finding.verdict is Verdict.NOT_FOUND
        assert not finding.verdict.is_fine

    def test_warns_of_a_login_that_travels_in_clear(self, tmp_path):
        with PrivateIndex(tmp_path, tls=False) as index:
            index.add("acme")
            finding = asked(index.address_with_login, index)

        assert finding.message == "It has acme. The login travels unencrypted."

    def test_is_recognised_by_json(self):
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": "acme", "files": [], "more": "x" * 100_000})
        with WebServer(page(body, kind="application/vnd.pypi.simple.v1+json")) as server:
            assert asked(server.base, server).verdict is Verdict.OK

    def test_all_are_asked_at_once_and_named_in_order_of_standing(self, index):
        with (
            raw_server(lambda connection: time.sleep(8)) as slow,
            raw_server(lambda connection: time.sleep(8)) as slower,
        ):
            began = time.monotonic()
            found = ask(
                _indexes(
                    index.address_with_login,
                    f"http://{slow}/simple",
                    f"http://{slower}/simple",
                    certificates=index.authority.pem,
                ),
                "acme",
                allowed_internal=[index.place, slow, slower],
                timeout_s=3,
            )

        assert time.monotonic() - began < 5
        assert [finding.verdict for finding in found] == [Verdict.TIMED_OUT, Verdict.TIMED_OUT, Verdict.OK]


class TestTls:
    def test_of_an_unknown_authority_names_the_certificate(self, index):
        finding = asked(index.address_with_login, index)

        assert finding.verdict is Verdict.TLS
        assert finding.message == (
            "localhost shows the certificate of localhost, issued by Acme Root CA: "
            "it is signed by an authority that is not trusted here."
        )
        assert index.asked == []

    def test_that_expired_says_when(self, tmp_path):
        with PrivateIndex(tmp_path, expires_in=-DAY) as index:
            finding = asked(index.address_with_login, index, certificates=index.authority.pem)

        assert finding.verdict is Verdict.TLS
        assert "it expired on " in finding.message

    def test_for_another_host_names_the_hosts(self, tmp_path):
        with PrivateIndex(tmp_path, hosts=("packages.example.com",)) as index:
            finding = asked(index.address_with_login, index, certificates=index.authority.pem)

        assert finding.verdict is Verdict.TLS
        assert finding.message.endswith("it is for packages.example.com.")

    def test_signed_by_itself_says_so_until_it_is_trusted(self, tmp_path):
        with PrivateIndex(tmp_path, signs_itself=True) as index:
            finding = asked(index.address_with_login, index, certificates=Authority("Another").pem)

        assert finding.verdict is Verdict.TLS
        assert finding.message.endswith("it is signed by itself and not trusted here.")

    def test_at_a_port_without_it_is_told(self, tmp_path):
        with PrivateIndex(tmp_path, tls=False) as index:
            finding = asked(index.address_with_login.replace("http:", "https:"), index)

        assert finding.verdict is Verdict.TLS
        assert "http://" in finding.hint

    def test_is_not_checked_for_a_trusted_host(self, index):
        indexes = Indexes().configured_by("the test", main=index.address_with_login, trusted_hosts=["localhost"])

        (finding,) = ask(indexes, "acme", allowed_internal=[index.place])

        assert finding.verdict is Verdict.OK


class TestNoIndex:
    def test_html_of_another_kind(self):
        with WebServer(page("<title>Welcome</title><a href='/about'>About us</a>")) as server:
            finding = asked(server.base, server)

        assert finding.verdict is Verdict.NOT_AN_INDEX
        assert finding.message == "localhost answers with HTML, which is no page of a package index."

    @pytest.mark.parametrize("body", ['{"status": "up"}', "[]", "{", '{"files": 3}'])
    def test_json_of_another_kind(self, body):
        with WebServer(page(body, kind="application/json")) as server:
            assert asked(server.base, server).verdict is Verdict.NOT_AN_INDEX

    def test_a_server_with_a_fault(self):
        with WebServer(page("no", status="502 Bad Gateway")) as server:
            finding = asked(server.base, server)

        assert (finding.verdict, finding.message) == (Verdict.SERVER_ERROR, "localhost has a fault of its own (502).")

    def test_a_host_that_does_not_exist(self):
        assert asked("https://nowhere.invalid/simple").verdict is Verdict.DNS

    def test_a_port_where_nobody_listens(self, index):
        index.stop()

        finding = asked(index.address_with_login, index)

        assert (finding.verdict, finding.message) == (Verdict.REFUSED, f"Nothing listens at {index.place}.")

    def test_one_that_sends_a_byte_now_and_then(self):
        def drip(connection: socket.socket) -> None:
            with suppress(OSError):
                for _ in range(50):
                    connection.sendall(b"H")
                    time.sleep(0.1)

        with raw_server(drip) as place:
            began = time.monotonic()
            (finding,) = ask(_indexes(f"http://{place}/"), "acme", allowed_internal=[place], timeout_s=1)

        assert finding.verdict is Verdict.TIMED_OUT
        assert time.monotonic() - began < 3

    def test_one_that_hangs_up(self):
        with raw_server(lambda connection: connection.close()) as place:
            (finding,) = ask(_indexes(f"http://{place}/"), "acme", allowed_internal=[place])

        assert finding.verdict is Verdict.BROKEN

    def test_one_that_never_ends_is_read_to_a_limit(self):
        def flood(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html")])
            return (b"<p>" + b"x" * 65_536 for _ in range(100_000))

        with WebServer(flood) as server:
            assert asked(server.base, server).verdict is Verdict.NOT_AN_INDEX


class TestRedirects:
    def test_to_another_host_are_said_and_get_no_login(self, index):
        index.app = page("<title>Links for acme</title>")
        with WebServer(redirect_to(f"https://127.0.0.1:{index.port}/simple/acme/")) as server:
            address = with_login(f"{server.base}/simple", "builder", PASSWORD)
            (finding,) = ask(
                _indexes(address, certificates=index.authority.pem),
                "acme",
                allowed_internal=[server.place, f"127.0.0.1:{index.port}"],
            )

        assert finding.verdict is Verdict.OK
        assert "It redirects to 127.0.0.1, which gets no login." in finding.message
        assert [login for _, login in index.asked] == [""]
        assert base64.b64decode(server.asked[0][1].removeprefix("Basic ")).decode() == f"builder:{PASSWORD}"

    def test_into_the_platform_are_not_followed(self):
        with WebServer(page("secret")) as inside, WebServer(redirect_to(inside.base)) as server:
            finding = asked(server.base, server)

        assert finding.verdict is Verdict.INSIDE
        assert inside.asked == []

    @pytest.mark.parametrize("place", ["file:///etc/passwd", "/simple/", "http://[", "gopher://x/"])
    def test_that_lead_nowhere_are_told(self, place):
        with WebServer(redirect_to(place)) as server:
            assert asked(server.base, server).verdict is Verdict.ODD_ANSWER


class TestInside:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0.0.0.0",
            "169.254.169.254",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "224.0.0.1",
        ],
    )
    def test_is_never_asked(self, host):
        with WebServer(page("secret")) as server:
            finding = asked(f"http://{host}:{server.port}/")

        assert finding.verdict is Verdict.INSIDE
        assert server.asked == []

    def test_another_port_than_the_allowed_is_not_asked(self, index):
        with WebServer(page("secret")) as server:
            assert asked(server.base, index).verdict is Verdict.INSIDE

        assert server.asked == []

    def test_is_not_asked_through_a_proxy_either(self):
        with WebServer(page("secret")) as proxy:
            finding = asked("http://127.0.0.1:1/", http_proxy=proxy.base)

        assert finding.verdict is Verdict.INSIDE
        assert proxy.asked == []


class TestProxies:
    def test_carries_a_plain_address_with_its_own_login(self):
        with WebServer(page("<title>Links for acme</title>")) as proxy:
            finding = asked("http://packages.invalid/simple", http_proxy=proxy.base)

        assert finding.verdict is Verdict.OK

    def test_carries_tls_to_the_host_itself(self, index):
        with tunnelling_proxy(index.port) as place:
            finding = asked(index.address_with_login, index, certificates=index.authority.pem, proxy=f"http://{place}")

        assert finding.verdict is Verdict.OK

    def test_that_refuses_is_told_from_the_index(self):
        def refuse(connection: socket.socket) -> None:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        with raw_server(refuse) as place:
            finding = asked("https://packages.invalid/simple", proxy=f"http://{place}")

        assert finding.verdict is Verdict.PROXY
        assert "(407)" in finding.message

    @pytest.mark.parametrize("no_proxy", ["localhost", "example.com, localhost", "*", ".localhost"])
    def test_is_left_out_where_it_is_exempt(self, index, no_proxy):
        finding = asked(
            index.address_with_login,
            index,
            certificates=index.authority.pem,
            proxy="http://proxy.invalid:3128",
            no_proxy=no_proxy,
        )

        assert finding.verdict is Verdict.OK


@contextmanager
def tunnelling_proxy(port: int) -> Iterator[str]:
    def tunnel(connection: socket.socket) -> None:
        assert connection.recv(4096).startswith(b"CONNECT localhost:")
        onward = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_copy, args=(onward, connection), daemon=True).start()
        _copy(connection, onward)

    with raw_server(tunnel) as place:
        yield place


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
