"""An environment that is gone comes back from its lock with the same bytes, whatever its index has dropped since."""

import hashlib
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deployments.failures import Failure, FailureKind
from deployments.venvs.lock import ArtefactKind, Lock
from deployments.venvs.resolving.locking import lock
from deployments.venvs.store.environments import Store, environment_key


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the test tells what matters."""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Path]:
    """A folder as an index: ``hello/`` holds the files of hello. Its address is in ``address``."""
    folder = tmp_path / "index"
    (folder / "hello").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "address").write_text(f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture
def locked(index: Path, tmp_path: Path, request_for, bench, make_wheel) -> Lock:
    make_wheel(index / "hello", "hello", "1.0", files={"hello.py": "WORD = 'hello'\n"})
    return lock(request_for(f"--index-url {(tmp_path / 'address').read_text()}\nhello\n"), bench)


def contents(store: Store, key: str) -> dict[str, str]:
    """Every file of the environment's packages with its hash."""
    site = next(store.path(key).glob("lib/python*/site-packages"))
    files = (path for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc" and path.name != "RECORD")
    return {str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class TestRebuilding:
    def test_gives_the_same_bytes_when_the_index_has_dropped_the_file(
        self, locked, index, store, interpreter, bench
    ) -> None:
        key = environment_key(locked, interpreter, bench.scope)
        store.build(locked, interpreter, key, bench)
        before = contents(store, key)
        store.remove(key)
        (index / "hello" / "hello-1.0-py3-none-any.whl").unlink()

        store.build(Lock.from_json(locked.to_json()), interpreter, key, bench)

        assert contents(store, key) == before
        assert before["hello.py"] == hashlib.sha256(b"WORD = 'hello'\n").hexdigest()

    @pytest.mark.parametrize("is_up", [True, False])
    def test_names_what_is_gone_everywhere(
        self, locked, index, store, interpreter, bench, tmp_path, is_up: bool
    ) -> None:
        if is_up:
            (index / "hello" / "hello-1.0-py3-none-any.whl").unlink()
            expected = (FailureKind.PACKAGE_NOT_FOUND, "hello 1.0 is gone: 127.0.0.1 has no such file any more")
        else:
            text = (tmp_path / "address").read_text()
            locked = Lock.from_json(_at_another_port(locked.to_json(), text))
            expected = (FailureKind.INDEX_UNREACHABLE, "127.0.0.1 does not answer (connection refused)")
        key = environment_key(locked, interpreter, bench.scope)

        with pytest.raises(Failure) as failed:
            store.build(locked, interpreter, key, bench)

        assert failed.value.kind is expected[0]
        assert failed.value.message.startswith(expected[1])
        assert "hello" in f"{failed.value.message} {failed.value.hint}"
        assert not store.is_ready(key)

    def test_needs_no_second_build_of_a_source(self, index, tmp_path, request_for, store, interpreter, bench) -> None:
        _sdist(tmp_path, index / "hello")
        locked = lock(request_for(f"--index-url {(tmp_path / 'address').read_text()}\nhello\n"), bench)
        assert locked.packages[0].kind is ArtefactKind.SDIST
        lines: list[str] = []
        key = environment_key(locked, interpreter, bench.scope)
        store.build(locked, interpreter, key, bench, lines.append)
        before = contents(store, key)
        store.remove(key)
        next((index / "hello").glob("*.tar.gz")).unlink()
        lines.clear()

        store.build(locked, interpreter, key, bench, lines.append)

        assert contents(store, key) == before
        assert not [line for line in lines if line.startswith("Building")]


def _at_another_port(content: dict, address: str) -> dict:
    for package in content["packages"]:
        package["url"] = package["url"].replace(address, "http://127.0.0.1:9/")
    return content


def _sdist(work: Path, into: Path) -> None:
    """A source that needs nothing to be built: its backend lies in it."""
    project = work / "hello-1.0"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "hello"\nversion = "1.0"\n'
    )
    (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
    (project / "backend.py").write_text(
        "import zipfile\n"
        "META = 'Metadata-Version: 2.1\\nName: hello\\nVersion: 1.0\\n'\n"
        "WHEEL = 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        "    name = 'hello-1.0-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(f'{folder}/{name}', 'w') as wheel:\n"
        "        wheel.writestr('hello.py', 'WORD = 1\\n')\n"
        "        wheel.writestr('hello-1.0.dist-info/METADATA', META)\n"
        "        wheel.writestr('hello-1.0.dist-info/WHEEL', WHEEL)\n"
        "        wheel.writestr('hello-1.0.dist-info/RECORD', '')\n"
        "    return name\n"
    )
    with tarfile.open(into / "hello-1.0.tar.gz", "w:gz") as archive:
        archive.add(project, "hello-1.0")
