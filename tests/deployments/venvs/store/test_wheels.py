import hashlib
import os

import pytest

from deployments.failures import Failure, FailureKind
from deployments.venvs.lock import ArtefactKind, LockedPackage
from deployments.venvs.store.wheels import WheelStore, fetch
from packagerepos.indexes import Indexes

SIX = "https://files.pythonhosted.org/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/"
SIX_SHA256 = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"


@pytest.fixture
def wheels(tmp_path) -> WheelStore:
    return WheelStore(tmp_path / "wheels")


class TestAdopt:
    def test_keeps_a_copy_that_the_stranger_cannot_change(self, wheels, tmp_path, make_wheel):
        made = make_wheel(tmp_path / "made", "hello")
        content = made.read_bytes()

        kept = wheels.adopt(made, "north", name="hello")
        made.write_bytes(b"changed")

        assert kept.path.read_bytes() == content
        assert kept.sha256 == hashlib.sha256(content).hexdigest()
        assert wheels.find("north", kept.sha256) == kept
        assert wheels.find("south", kept.sha256) is None

    def test_refuses_another_hash(self, wheels, tmp_path, make_wheel):
        with pytest.raises(Failure, match="is not the one that was locked") as caught:
            wheels.adopt(make_wheel(tmp_path / "made", "hello"), "north", name="hello", sha256="0" * 64)

        assert caught.value.kind is FailureKind.HASH_MISMATCH
        assert list((wheels.root / "north/incoming").iterdir()) == []

    def test_refuses_another_name(self, wheels, tmp_path, make_wheel):
        with pytest.raises(Failure, match="pandas was asked for, but what was found calls itself hello"):
            wheels.adopt(make_wheel(tmp_path / "made", "hello"), "north", name="pandas")

    def test_follows_no_link(self, wheels, tmp_path, make_wheel):
        made = make_wheel(tmp_path / "made", "hello")
        link = tmp_path / made.name
        link.symlink_to(made)

        with pytest.raises(OSError, match="symbolic link"):
            wheels.adopt(link, "north", name="hello")

    def test_waits_for_no_pipe(self, wheels, tmp_path):
        os.mkfifo(tmp_path / "hello-1.0-py3-none-any.whl")

        with pytest.raises(Failure, match="damaged"):
            wheels.adopt(tmp_path / "hello-1.0-py3-none-any.whl", "north", name="hello")

    def test_refuses_what_is_no_zip(self, wheels, tmp_path):
        (tmp_path / "hello-1.0-py3-none-any.whl").write_bytes(b"half a down")

        with pytest.raises(Failure, match="The wheel of hello is damaged"):
            wheels.adopt(tmp_path / "hello-1.0-py3-none-any.whl", "north", name="hello")


class TestFetch:
    def test_downloads_in_the_sandbox(self, bench):
        package = LockedPackage("six", "1.17.0", ArtefactKind.WHEEL, f"{SIX}six-1.17.0-py2.py3-none-any.whl")

        paths = fetch([package], bench.folder("downloads"), bench, Indexes(), None)

        assert hashlib.sha256(paths["six"].read_bytes()).hexdigest() == SIX_SHA256

    def test_names_a_file_that_is_gone(self, bench):
        package = LockedPackage("six", "1.17.0", ArtefactKind.WHEEL, f"{SIX}gone-1.0-py3-none-any.whl")

        with pytest.raises(Failure, match=r"six could not be downloaded|six \S+ is gone: files\.pythonhosted\.org"):
            fetch([package], bench.folder("downloads"), bench, Indexes(), None)


class TestFilename:
    @pytest.mark.parametrize(
        "url", ["https://a.example/x/..", "https://a.example/..%2F..%2Fetc%2Fpasswd", "https://a.example/"]
    )
    def test_never_leaves_its_folder(self, url, tmp_path):
        name = LockedPackage("x", None, ArtefactKind.SDIST, url).filename

        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        assert name not in {"", ".", ".."}

    def test_reads_a_quoted_name(self):
        url = "https://a.example/torch-2.0%2Bcpu-py3-none-any.whl#sha256=aa"

        assert LockedPackage("torch", None, ArtefactKind.WHEEL, url).filename == "torch-2.0+cpu-py3-none-any.whl"
