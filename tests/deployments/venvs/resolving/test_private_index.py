"""Resolving and fetching from a real private index: a password, an authority of its own, names that are public too."""

import subprocess
import sys

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs import uv
from deployments.venvs.lock import Lock
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.environments import environment_key, scope_for
from deployments.venvs.workbench import certificates_env
from packagerepos import pip_conf
from packagerepos.indexes import PYPI, Indexes, IndexStrategy
from tests.private_index import PASSWORD, PrivateIndex, with_login
from workspaces.redaction import Masker

WRITER = "the workspace's default package repositories"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with PrivateIndex(tmp_path_factory.mktemp("index")) as index:
        index.add("acme_core", "2.1", needs=("six",))
        # Lower than the public one of that name.
        index.add("six", "0.1")
        yield index


@pytest.fixture
def settings_of(index):
    """What a workspace sets: the index as its main or as an extra one."""

    def make(*, extra: bool = False, trusted: bool = True, address: str | None = None, **more) -> Indexes:
        address = address or index.address_with_login
        where = {"extra": [address]} if extra else {"main": address}
        found = Indexes(**more).configured_by(WRITER, **where)
        return found.trusting(index.authority.pem) if trusted else found

    return make


def versions(locked: Lock) -> dict:
    return {package.name: package.version for package in locked.packages}


def places(locked: Lock) -> dict:
    return {package.name: package.index for package in locked.packages}


class TestLock:
    def test_resolves_with_login_and_certificate(self, request_for, settings_of, bench, index):
        locked = lock(request_for("acme-core\n", indexes=settings_of()), bench)

        assert versions(locked) == {"acme-core": "2.1", "six": "0.1"}
        assert set(places(locked).values()) == {index.address}
        assert PASSWORD not in str(locked.to_json())

    def test_first_match_never_takes_an_internal_name_from_the_public_index(self, request_for, settings_of, bench):
        locked = lock(request_for("six\nidna==3.7\n", indexes=settings_of(extra=True)), bench)

        assert versions(locked) == {"idna": "3.7", "six": "0.1"}
        assert places(locked)["idna"] == PYPI

    def test_best_match_takes_the_higher_version_wherever_it_is(self, request_for, settings_of, bench):
        indexes = settings_of(extra=True, strategy=IndexStrategy.BEST_MATCH)

        locked = lock(request_for("six<=1.17.0\nacme-core\n", indexes=indexes), bench)

        assert versions(locked) == {"acme-core": "2.1", "six": "1.17.0"}

    def test_first_match_says_that_the_internal_index_has_no_such_version(self, request_for, settings_of, bench):
        with pytest.raises(Failure) as caught:
            lock(request_for("six>=1\n", indexes=settings_of(extra=True)), bench)

        assert caught.value.kind is FailureKind.PACKAGE_NOT_FOUND

    @pytest.mark.parametrize("strategy", IndexStrategy)
    def test_fails_where_the_index_is_down(self, request_for, settings_of, bench, tmp_path, strategy):
        with PrivateIndex(tmp_path / "gone") as gone:
            address = gone.address_with_login
        with pytest.raises(Failure) as caught:
            lock(request_for("six\n", indexes=settings_of(extra=True, address=address, strategy=strategy)), bench)

        assert caught.value.kind is FailureKind.INDEX_UNREACHABLE
        assert PASSWORD not in caught.value.message

    @pytest.mark.parametrize("strategy", IndexStrategy)
    def test_fails_without_the_certificate_and_says_so(self, request_for, settings_of, bench, strategy):
        with pytest.raises(Failure) as caught:
            lock(request_for("six\n", indexes=settings_of(extra=True, trusted=False, strategy=strategy)), bench)

        assert caught.value.kind is FailureKind.INDEX_UNREACHABLE
        assert "TLS" in caught.value.message

    def test_fails_with_a_wrong_password_and_says_so(self, request_for, settings_of, bench, index):
        wrong = with_login(index.address, "builder", "wrong-word")

        with pytest.raises(Failure) as caught:
            lock(request_for("six\n", indexes=settings_of(extra=True, address=wrong)), bench)

        assert caught.value.kind is FailureKind.INDEX_UNREACHABLE
        assert "refused access (40" in caught.value.message
        assert "wrong-word" not in f"{caught.value.message}{caught.value.hint}"

    def test_an_index_of_the_file_gets_no_login_of_the_workspace(self, request_for, settings_of, bench, tmp_path):
        # Another port of the same host, as tools that know logins by host alone would mix up.
        with PrivateIndex(tmp_path / "other", tls=False, login=None) as other:
            other.add("plain")
            locked = lock(request_for(f"--index-url {other.address}\nplain\n", indexes=settings_of()), bench)

        assert places(locked) == {"plain": other.address}
        assert {authorization for _, authorization in other.asked} == {""}

    def test_a_further_index_of_the_file_stands_above_the_default(self, request_for, settings_of, bench, tmp_path):
        with PrivateIndex(tmp_path / "other", tls=False, login=None) as other:
            other.add("six", "0.5")
            text = f"--extra-index-url {other.address}\nsix\nacme-core\n"
            locked = lock(request_for(text, indexes=settings_of()), bench)

        assert versions(locked) == {"acme-core": "2.1", "six": "0.5"}
        assert {authorization for _, authorization in other.asked} == {""}

    def test_variables_of_the_app_win_over_the_workspace(self, request_for, settings_of, bench):
        indexes = settings_of()

        locked = lock(request_for("six==1.17.0\n", indexes=indexes, variables={"PIP_INDEX_URL": PYPI}), bench)

        assert places(locked) == {"six": PYPI}


class TestThePipConfOfTheSite:
    @pytest.fixture
    def site(self, index, tmp_path):
        """The site's indexes where its pip.conf holds ``text``; ``{index}`` in it is the private one."""
        (tmp_path / "ca.pem").write_text(index.authority.pem)

        def make(text: str) -> Indexes:
            said = text.format(index=index.address_with_login, certificates=tmp_path / "ca.pem")
            (tmp_path / "pip.conf").write_text(f"[global]\ntimeout = 60\n{said}")
            return pip_conf.over(pip_conf.read([tmp_path / "pip.conf"]), Indexes())

        return make

    def test_replaces_the_public_index(self, request_for, site, bench, index):
        indexes = site("index-url = {index}\ncert = {certificates}\n")

        locked = lock(request_for("acme-core\n", indexes=indexes), bench)

        assert versions(locked) == {"acme-core": "2.1", "six": "0.1"}
        assert set(places(locked).values()) == {index.address}
        assert indexes.transport.timeout_s == 60
        with pytest.raises(Failure, match="There is no package named idna"):
            lock(request_for("idna==3.7\n", indexes=indexes), bench)

    def test_adds_an_index_to_the_public_one(self, request_for, site, bench, index):
        indexes = site("extra-index-url = {index}\ncert = {certificates}\n")

        locked = lock(request_for("acme-core\nidna==3.7\n", indexes=indexes), bench)

        assert places(locked) == {"acme-core": index.address, "idna": PYPI, "six": index.address}


class TestStore:
    def test_fetches_with_the_login_and_shows_it_nowhere(
        self, request_for, settings_of, bench, store, interpreter, index, tmp_path
    ):
        request = request_for("acme-core\n", indexes=settings_of())
        locked = lock(request, bench)
        key = environment_key(locked, interpreter, scope_for(locked, bench.scope))

        built = store.build(locked, interpreter, key, bench, indexes=request.effective_indexes)

        assert built.packages == ("acme-core==2.1", "six==0.1")
        assert scope_for(locked, bench.scope) == bench.scope
        bench.clear()
        assert [path for path in tmp_path.rglob("*") if path.is_file() and _holds(path, PASSWORD)] == []


class TestLockFiles:
    def project(self, source, interpreter, index_url: str, text: str = "") -> None:
        (source / "pyproject.toml").write_text(
            '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["idna==3.7"]\n' + text
        )
        env = {"HOME": str(source.parent), "PATH": "/usr/bin:/bin"} | certificates_env()
        subprocess.run([uv.binary(), "lock", "-q", "--python", interpreter.path], cwd=source, env=env, check=True)
        path = source / "uv.lock"
        path.write_text(path.read_text().replace(PYPI, index_url))

    @pytest.fixture
    def mirror(self, index):
        """The private index also holds the very file of the public one."""
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--index-url", PYPI]
        subprocess.run([*download, "--dest", index.wheels, "idna==3.7"], check=True)
        yield index
        (index.wheels / "idna-3.7-py3-none-any.whl").unlink()

    def lock(self, source, interpreter, bench, indexes, said=None) -> Lock:
        request = LockRequest(source, DependencyKind.UV_LOCK, interpreter, indexes=indexes)
        return lock(request, bench, (said if said is not None else []).append)

    @pytest.mark.parametrize("place", [PYPI, "https://mirror.invalid/simple"])
    def test_takes_the_same_file_from_the_workspace(self, source, interpreter, bench, settings_of, mirror, place):
        self.project(source, interpreter, place)
        said: list[str] = []

        locked = self.lock(source, interpreter, bench, settings_of(), said)

        assert places(locked) == {"idna": mirror.address}
        assert locked.packages[0].url.startswith(mirror.base)
        assert any(place in line for line in said)

    def test_fails_where_the_workspace_does_not_have_the_file(self, source, interpreter, bench, settings_of):
        self.project(source, interpreter, PYPI)

        with pytest.raises(Failure, match="do not have all of its files") as caught:
            self.lock(source, interpreter, bench, settings_of())

        assert caught.value.kind is FailureKind.PACKAGE_NOT_FOUND

    def test_fails_where_the_workspace_has_another_file_of_that_name(
        self, source, interpreter, bench, settings_of, index
    ):
        wheel = index.add("idna", "3.7")
        self.project(source, interpreter, PYPI)

        with pytest.raises(Failure) as caught:
            self.lock(source, interpreter, bench, settings_of(extra=True))
        wheel.unlink()

        assert caught.value.kind is FailureKind.HASH_MISMATCH

    def test_keeps_an_index_that_the_project_names(self, source, interpreter, bench, settings_of):
        self.project(source, interpreter, PYPI, f'[[tool.uv.index]]\nurl = "{PYPI}"\n')

        assert places(self.lock(source, interpreter, bench, settings_of())) == {"idna": PYPI}

    def test_leaves_a_public_lock_alone_where_nobody_set_an_index(self, source, interpreter, bench):
        self.project(source, interpreter, PYPI)

        assert places(self.lock(source, interpreter, bench, Indexes())) == {"idna": PYPI}

    def test_brings_a_mirrored_lock_home_to_the_public_index(self, source, interpreter, bench):
        self.project(source, interpreter, "https://mirror.invalid/simple")

        assert places(self.lock(source, interpreter, bench, Indexes())) == {"idna": PYPI}

    def test_rewrites_locked_requirements_that_name_files_of_a_mirror(self, request_for, bench, settings_of, mirror):
        hashed = "sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0"
        text = f"idna @ https://mirror.invalid/files/idna-3.7-py3-none-any.whl --hash={hashed}\n"

        locked = lock(request_for(text, indexes=settings_of()), bench)

        assert places(locked) == {"idna": mirror.address}
        assert locked.packages[0].hashes == (hashed,)


def _holds(path, word: str) -> bool:
    """In clear, URL-quoted, or inside base64: whatever the log's mask would hide."""
    content = path.read_bytes().decode("latin-1")
    return Masker([word]).mask(content) != content
