"""Wheels made on the spot, unpacked by uv into the store of trees."""

import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deployments import shell
from deployments.failures import Failure
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.store.environments import Store
from deployments.venvs.store.skeleton import site_packages
from deployments.venvs.store.trees import Tree, TreeStore
from deployments.venvs.store.unpacking import Unpacker
from deployments.venvs.store.wheels import StoredWheel
from deployments.venvs.workbench import Workbench
from tests.deployments.venvs.conftest import MakeWheel

Adopt = Callable[..., StoredWheel]
Ensure = Callable[..., list[Tree]]
TOOL = {"tool/__init__.py": "x = 1\n", "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n"}


@pytest.fixture
def trees(store: Store) -> TreeStore:
    return store.trees


@pytest.fixture
def adopt(store: Store, source: Path, make_wheel: MakeWheel) -> Adopt:
    """A wheel in the store of wheels."""

    def make(name: str, scope: str = "north", **more: object) -> StoredWheel:
        return store.wheels.adopt(make_wheel(source, name, **more), scope, name=name)

    return make


@pytest.fixture
def ensure(trees: TreeStore, interpreter: Interpreter) -> Ensure:
    def make(*wheels: StoredWheel, should_stop: Callable[[], bool] | None = None) -> list[Tree]:
        unpacker = Unpacker(interpreter, trees.known_interpreters, 60, should_stop)
        with trees.in_use():
            return list(trees.ensure(wheels, interpreter, unpacker))

    return make


def left_over(trees: TreeStore) -> list[str]:
    return [path.name for path in (*(trees.root / ".new").glob("*"), *trees.root.glob(".gone-*"))]


class TestEnsure:
    def test_lays_it_out_as_an_environment(self, adopt: Adopt, ensure: Ensure) -> None:
        (tree,) = ensure(adopt("tool", files=TOOL))

        assert (site_packages(tree.files) / "tool/__init__.py").read_text() == "x = 1\n"
        assert (tree.files / "bin/tool").is_file()
        assert (tree.package, tree.version, tree.uncompiled) == ("tool", "1.0", 1)

    def test_notes_nothing_of_where_the_wheel_lay(self, adopt: Adopt, ensure: Ensure, tmp_path: Path) -> None:
        (tree,) = ensure(adopt("tool", files=TOOL))

        texts = [path.read_text() for path in tree.files.rglob("*") if path.is_file()]
        assert not [text for text in texts if str(tmp_path) in text]
        record = next(tree.files.glob("lib/*/site-packages/*.dist-info/RECORD")).read_text().splitlines()
        assert "../../../bin/tool,," in record
        listed = {line.partition(",")[0] for line in record}
        assert not [name for name in listed if not (site_packages(tree.files) / name).exists()]

    def test_keeps_what_is_there(self, adopt: Adopt, ensure: Ensure) -> None:
        tool = adopt("tool", files=TOOL)
        (first,) = ensure(tool)

        second, other = ensure(tool, adopt("other"))

        assert (second.folder, second.census) == (first.folder, first.census)
        assert other.folder != first.folder

    def test_unpacks_each_wheel_for_itself(self, adopt: Adopt, ensure: Ensure) -> None:
        """A wheel that claims another one's file gets it into its own tree only."""
        mine, other = ensure(
            adopt("mine", files={"mine/__init__.py": "mine = True\n"}),
            adopt("other", files={"mine/__init__.py": "mine = False\n", "mine/__pycache__/x.pyc": "y"}),
        )

        assert (site_packages(mine.files) / "mine/__init__.py").read_text() == "mine = True\n"
        assert (site_packages(other.files) / "mine/__init__.py").read_text() == "mine = False\n"
        assert not list(mine.files.rglob("x.pyc"))

    def test_keeps_the_same_wheel_of_two_workspaces_apart(self, adopt: Adopt, ensure: Ensure) -> None:
        north, south = ensure(adopt("tool", "north", files=TOOL), adopt("tool", "south", files=TOOL))

        inodes = {(site_packages(tree.files) / "tool/__init__.py").stat().st_ino for tree in (north, south)}
        assert len(inodes) == 2

    def test_lets_no_link_in(self, adopt: Adopt, ensure: Ensure, store: Store, source: Path) -> None:
        wheel = adopt("tool", files=TOOL).path
        link = zipfile.ZipInfo("tool/secrets")
        link.external_attr = 0o120777 << 16
        with zipfile.ZipFile(source / wheel.name, "a") as archive:
            archive.writestr(link, "/etc")

        (tree,) = ensure(store.wheels.adopt(source / wheel.name, "north", name="tool"))

        assert [path for path in tree.files.rglob("*") if path.is_symlink()] == []

    def test_makes_one_when_two_ask_at_once(self, adopt: Adopt, ensure: Ensure) -> None:
        wheels, start = [adopt("tool", files=TOOL), adopt("other")], threading.Barrier(2)

        def ask(order: int) -> list[Tree]:
            start.wait(10)
            return sorted(ensure(*wheels[::order]), key=lambda tree: tree.package)

        with ThreadPoolExecutor(2) as pool:
            one, two = pool.map(ask, (1, -1))

        assert [tree.id for tree in one] == [tree.id for tree in two]
        assert {tree.id.partition(".")[2] for tree in one} == {"0"}

    def test_leaves_nothing_of_what_failed(self, adopt: Adopt, ensure: Ensure, trees: TreeStore) -> None:
        good, bad = adopt("good"), adopt("bad")
        # As a disk damages it: the file is not what its hash says.
        bad.path.write_bytes(bad.path.read_bytes() + b"x")

        with pytest.raises(Failure):
            ensure(good, bad)

        assert left_over(trees) == []
        assert [tree.package for tree in ensure(good)] == ["good"]

    def test_stops_when_told(self, adopt: Adopt, ensure: Ensure, trees: TreeStore) -> None:
        with pytest.raises(shell.Stopped):
            ensure(adopt("tool"), should_stop=lambda: True)

        assert left_over(trees) == []

    def test_does_not_ask_the_interpreter_for_each(
        self, adopt: Adopt, ensure: Ensure, trees: TreeStore
    ) -> None:  # fmt: skip
        ensure(adopt("one"))
        known = {path: path.stat().st_mtime_ns for path in trees.known_interpreters.rglob("*") if path.is_file()}

        ensure(adopt("two"))

        assert known
        assert {path: path.stat().st_mtime_ns for path in known} == known


class TestDistrust:
    def test_makes_another_and_leaves_the_damaged_one_to_those_who_have_it(
        self, adopt: Adopt, ensure: Ensure, trees: TreeStore, interpreter: Interpreter
    ) -> None:
        tool = adopt("tool", files=TOOL)
        (damaged,) = ensure(tool)
        (site_packages(damaged.files) / "tool/__init__.py").write_text("")

        trees.distrust(tool, interpreter)
        (whole,) = ensure(tool)

        assert (site_packages(whole.files) / "tool/__init__.py").read_text() == "x = 1\n"
        assert (site_packages(damaged.files) / "tool/__init__.py").read_text() == ""
        assert [damage.package for damage in trees.read(damaged.id).damage()] == ["tool"]

    def test_believes_its_own_eyes(
        self, adopt: Adopt, ensure: Ensure, trees: TreeStore, interpreter: Interpreter
    ) -> None:
        tool = adopt("tool", files=TOOL)
        (first,) = ensure(tool)

        trees.distrust(tool, interpreter)

        assert ensure(tool)[0].folder == first.folder

    def test_does_so_too_where_the_description_is_damaged(self, adopt: Adopt, ensure: Ensure) -> None:
        tool = adopt("tool", files=TOOL)
        (first,) = ensure(tool)
        (first.folder / "tree.json").write_text("{")

        (second,) = ensure(tool)

        assert (first.id != second.id, second.damage()) == (True, ())


class TestCompile:
    def test_counts_what_is_left_and_takes_no_byte_code_for_damage(
        self, adopt: Adopt, ensure: Ensure, trees: TreeStore, interpreter: Interpreter, bench: Workbench
    ) -> None:
        tool = adopt("tool", files=TOOL)
        (tree,) = ensure(tool)

        added = trees.compile([tree.id], interpreter, bench)

        (compiled,) = ensure(tool)
        assert (added, compiled.uncompiled, compiled.damage()) == (1, 0, ())
        assert list(compiled.files.rglob("__init__.*.pyc"))
        assert trees.compile([tree.id], interpreter, bench) == 0


class TestPrune:
    def test_removes_what_nobody_has_or_wanted_of_late(self, adopt: Adopt, ensure: Ensure, trees: TreeStore) -> None:
        kept, gone = ensure(adopt("kept"), adopt("gone"))

        assert trees.prune(lambda: {kept.id}, idle_s=3600) == 0
        assert trees.prune(lambda: {kept.id}, idle_s=-1) == 1

        assert (kept.folder.exists(), gone.folder.exists(), left_over(trees)) == (True, False, [])

    def test_waits_for_nobody_who_makes_an_environment(self, adopt: Adopt, ensure: Ensure, trees: TreeStore) -> None:
        (tree,) = ensure(adopt("tool"))

        with trees.in_use():
            assert trees.prune(set, idle_s=-1) == 0

        assert tree.folder.exists()

    def test_clears_up_after_a_killed_builder(self, trees: TreeStore) -> None:
        (trees.root / ".new/0123456789abcdef.0.17/files").mkdir(parents=True)

        trees.prune(set, idle_s=3600)

        assert left_over(trees) == []
