"""Modules imported for real, in the sandbox, from environments of wheels made on the spot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.venvs.inspecting import importing
from deployments.venvs.inspecting.importing import Broken
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.environments import Store
from deployments.venvs.workbench import Workbench

FILES = {
    "good/__init__.py": "VALUE = 1\n",
    "good/inner.py": "",
    "needy.py": "import elsewhere.inner\n",
    "raises.py": "raise ValueError('no ' + __file__)\n",
    "exits.py": "import os; os._exit(0)\n",
    "quits.py": "raise SystemExit(3)\n",
    "forges.py": "import sys, pathlib\npathlib.Path(sys.argv[2]).write_text('nonsense\\n')\n",
    "shouts.py": "print('{}' * 1000)\n",
    "dials.py": "import socket; socket.create_connection(('1.1.1.1', 53), 2)\n",
}


@pytest.fixture
def broken(
    request_for: Callable[..., LockRequest],
    source: Path,
    bench: Workbench,
    store: Store,
    interpreter: Interpreter,
    make_wheel: Callable[..., Path],
) -> Callable[..., tuple[Broken, ...]]:
    make_wheel(source / "wheels", "things", "1.0", files=FILES)
    locked = lock(request_for("--no-index\n--find-links ./wheels\nthings\n"), bench)
    built = store.build(locked, interpreter, "0" * 16, bench, source=source)
    return lambda *modules: importing.broken(modules, built, interpreter, bench)


class TestBroken:
    def test_is_what_cannot_be_imported_with_why(self, broken):
        found = {each.module: each for each in broken(
            "good", "good.inner", "good.VALUE", "good.nothing", "needy", "raises", "quits", "shouts", "absent", "dials"
        )}  # fmt: skip

        assert found.keys() == {"good.nothing", "needy", "raises", "quits", "absent", "dials"}
        assert found["good.nothing"].why == "ImportError: cannot import name 'nothing' from 'good'"
        assert found["needy"] == Broken("needy", "ModuleNotFoundError: No module named 'elsewhere'", "elsewhere")
        assert found["absent"].lacks == "absent"
        # Without the folders of this machine.
        assert found["raises"].why == "ValueError: no raises.py"
        assert found["quits"].why == "SystemExit: 3"

    def test_goes_on_after_a_module_that_ends_the_process(self, broken):
        found = broken("good", "exits", "needy", "absent")

        assert [(each.module, each.why.partition(".")[0]) for each in found] == [
            ("exits", "It ended the process that imported it"),
            ("needy", "ModuleNotFoundError: No module named 'elsewhere'"),
            ("absent", "ModuleNotFoundError: No module named 'absent'"),
        ]

    def test_believes_no_nonsense(self, broken):
        assert [each.module for each in broken("forges", "good")] == ["forges"]

    def test_gives_up_when_all_of_them_do(self, broken):
        modules = ["exits"] * (importing.MOST_PROCESSES + 2)

        assert broken(*modules)[-1].why == "It was not tried: too many modules before it ended the process."
        assert len(broken(*modules)) == len(modules)

    def test_of_nothing_starts_nothing(self, broken):
        assert broken() == ()
