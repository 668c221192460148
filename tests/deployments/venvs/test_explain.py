"""Every sentence is made from what the real uv says to a real mistake."""

import base64
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import explain
from deployments.venvs.resolving.locking import LockRequest, lock

LOCAL = "--no-index\n--find-links ./wheels\n"


class Index(http.server.BaseHTTPRequestHandler):
    """A small real index: asks for a password and says whatever ``status`` its folder names."""

    def do_GET(self) -> None:
        login = base64.b64encode(b"deploy:password").decode()
        status = 200 if self.headers.get("Authorization") == f"Basic {login}" else 401
        status = int(self.path.split("/")[1]) if self.path.split("/")[1].isdigit() else status
        body = b"<!DOCTYPE html><html><body></body></html>"
        self.send_response(status)
        self.send_header("WWW-Authenticate", 'Basic realm="packages"')
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def failure(request_for, bench):
    """What locking the requirements ``text`` fails with."""

    def fail(text: str, **more: object) -> Failure:
        with pytest.raises(Failure) as caught:
            lock(request_for(text, **more), bench)
        return caught.value

    return fail


class TestResolutionFailure:
    def test_a_package_that_does_not_exist(self, failure):
        found = failure("slipway-no-such-package\n")

        assert found.kind is FailureKind.PACKAGE_NOT_FOUND
        assert found.message == "There is no package named slipway-no-such-package on the index."

    def test_a_version_that_does_not_exist_and_one_that_does(self, failure):
        found = failure("docopt==99.0\n")

        assert (found.kind, found.message) == (FailureKind.PACKAGE_NOT_FOUND, "No version of docopt is ==99.0.")
        assert found.hint == "The newest version of docopt that fits is 0.6.2."

    def test_two_pins_of_one_package(self, failure):
        found = failure("six==1.16.0\nsix==1.17.0\n")

        assert found.kind is FailureKind.CONFLICT
        assert "you require six==1.16.0 and six==1.17.0" in found.message

    def test_what_another_package_needs(self, failure, source, make_wheel):
        make_wheel(source / "wheels", "frame", needs=("engine>=3",))
        for version in ("2.0", "3.0"):
            make_wheel(source / "wheels", "engine", version)

        found = failure(f"{LOCAL}frame==1.0\nengine<3\n")

        assert found.message == (
            "The requirements contradict each other: all versions of frame depend on engine>=3 and you require "
            "frame==1.0; you require engine<3."
        )

    def test_a_package_for_a_newer_python(self, failure, source, interpreter, make_wheel):
        make_wheel(source / "wheels", "frame", python=">=3.99")

        found = failure(f"{LOCAL}frame==1.0\n")

        assert found.kind is FailureKind.CONFLICT
        assert found.message == f"frame==1.0 needs Python >=3.99, but this app runs on Python {interpreter.version}."
        assert found.hint.endswith(f"a version of the package that supports {interpreter.version}.")

    def test_wheels_for_another_platform_only(self, failure):
        found = failure("pywin32==308\n")

        assert found.kind is FailureKind.PACKAGE_NOT_FOUND
        assert "pywin32==308 has no file that can be installed on this machine" in found.message
        assert "win_amd64" in found.message

    def test_a_source_where_only_wheels_are_allowed(self, failure):
        assert "--only-binary forbids building it" in failure("docopt==0.6.2\n--only-binary :all:\n").message

    def test_a_hash_that_is_not_the_indexes(self, failure):
        found = failure(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")

        assert found.kind is FailureKind.HASH_MISMATCH
        assert found.message.startswith("six 1.17.0 does not have a hash that the requirements allow")

    def test_a_hash_that_is_missing(self, failure):
        digest = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"

        found = failure(f"six==1.17.0 --hash=sha256:{digest}\ndocopt==0.6.2\n")

        assert (found.kind, found.message) == (
            FailureKind.BAD_REQUIREMENTS,
            "The requirements check hashes, but docopt has none.",
        )

    def test_a_repository_that_does_not_exist(self, failure, source):
        found = failure(f"x @ git+file://{source}/nowhere\n")

        assert found.message.startswith("The repository of x could not be fetched. git says: ")
        assert found.message.endswith(".")
        assert str(source) not in found.message

    def test_a_project_of_the_source_whose_build_breaks(self, failure, source):
        (source / "broken").mkdir()
        (source / "broken" / "setup.py").write_text("raise RuntimeError('no luck today')\n")

        found = failure("./broken\n")

        assert (found.kind, found.message) == (
            FailureKind.PACKAGE_BUILD_FAILED,
            "A project in the source could not be built.",
        )
        assert found.hint.endswith("RuntimeError: no luck today")

    def test_an_index_that_refuses_the_login(self, failure):
        with serving() as port:
            found = failure(f"--index-url http://deploy:wrong@127.0.0.1:{port}/simple\nsix\n")

        assert found.kind is FailureKind.INDEX_UNREACHABLE
        assert found.message == "127.0.0.1 refused access (401 Unauthorized)."

    def test_no_login_is_printed(self, request_for, bench):
        lines: list[str] = []
        with serving() as port:
            request = request_for(f"--index-url http://deploy:swordfish@127.0.0.1:{port}/simple\nsix\n")
            with pytest.raises(Failure) as caught:
                lock(request, bench, lines.append)

        assert "swordfish" not in "\n".join(
            [*lines, caught.value.message, caught.value.hint, repr(request), request.key]
        )

    def test_an_index_that_knows_the_login(self, failure):
        with serving() as port:
            found = failure(f"--index-url http://deploy:password@127.0.0.1:{port}/simple\nsix\n")

        assert found.message == "The index knows the name six, but has no file of it."

    def test_an_index_that_forbids(self, failure):
        with serving() as port:
            found = failure(f"--index-url http://127.0.0.1:{port}/403\nsix\n")

        assert found.message == "127.0.0.1 refused access (403 Forbidden)."

    def test_an_index_with_a_certificate_of_its_own(self, failure, tmp_path):
        pem = tmp_path / "own.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pem, "-out", tmp_path / "cert"],
            check=True, capture_output=True,
        )  # fmt: skip
        pem.write_text(pem.read_text() + (tmp_path / "cert").read_text())
        with serving(pem) as port:
            found = failure(f"--index-url https://127.0.0.1:{port}/simple\nsix\n")

        assert found.message == "127.0.0.1 has a certificate that is not trusted here (TLS)."

    def test_an_index_nobody_listens_at(self, failure):
        with serving() as port:
            pass

        found = failure(f"--index-url http://127.0.0.1:{port}/simple\nsix\n")

        assert found.message == "127.0.0.1 does not answer (connection refused)."

    def test_a_lock_that_is_stale(self, source, interpreter, bench):
        (source / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.8"\n')
        (source / "uv.lock").write_text(
            'version = 1\nrequires-python = ">=3.8"\n\n'
            '[[package]]\nname = "b"\nversion = "1"\nsource = { virtual = "." }\n'
        )

        with pytest.raises(Failure, match=r"uv\.lock does not match pyproject\.toml"):
            lock(LockRequest(source, DependencyKind.UV_LOCK, interpreter), bench)


class TestBuildTimedOut:
    def test_names_the_time(self, request_for, bench, source):
        (source / "lib").mkdir()
        (source / "lib/setup.py").write_text("import time\ntime.sleep(60)\n")

        with pytest.raises(Failure, match="took longer than 3 seconds") as caught:
            lock(request_for("./lib\n"), replace(bench, timeout_s=3.0))

        assert caught.value.kind is FailureKind.BUILD_TIMED_OUT


class TestDiskFull:
    def test_is_told_apart(self):
        found = explain.install_failure("error: Failed to install\n  cause: No space left on device (os error 28)")

        assert found.kind is FailureKind.DISK_FULL


class TestBuildFailure:
    @pytest.mark.parametrize(
        ("output", "words"),
        [
            ("error: command 'gcc' failed: No such file or directory", "a C compiler"),
            ("a.c:1:10: fatal error: ffi.h: No such file or directory", "the C header ffi.h"),
            ("ModuleNotFoundError: No module named 'numpy'", "uses the module numpy without asking"),
        ],
    )
    def test_names_what_is_missing(self, output, words):
        assert words in explain.build_failure("kit", output, "3.11.7").hint
