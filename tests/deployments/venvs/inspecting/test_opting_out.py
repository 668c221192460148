"""What is proposed for which imports and programs; and, at the end, with a real environment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.source import imports
from deployments.venvs.inspecting import contents, opting_out
from deployments.venvs.inspecting.contents import Contents
from deployments.venvs.inspecting.opting_out import Missing, Proposal, Running
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock, Origin
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.environments import Store
from deployments.venvs.workbench import Workbench
from tests.deployments.locked import package

CONTENTS = Contents(
    modules={
        name: frozenset(owners)
        for name, owners in {
            "pandas": {"pandas"},
            "numpy": {"numpy"},
            "yaml": {"pyyaml"},
            "flask": {"flask"},
            "gunicorn": {"gunicorn"},
            "uvicorn": {"uvicorn"},
            "uvicorn.workers": {"uvicorn"},
            "cv2": {"opencv-python", "opencv-python-headless"},
            "google.cloud.storage": {"google-cloud-storage"},
            "google.auth": {"google-auth"},
        }.items()
    },
    programs={"gunicorn": frozenset({"gunicorn"}), "f2py": frozenset({"numpy"})},
    versions={"pandas": "2.2.2", "numpy": "1.26.4", "pyyaml": "6.0.1", "gunicorn": "22.0.0"},
)
OWN = ("flask", "google-auth")
RUNNING = Running(
    Lock(
        tuple(
            package(name, "1.0", origin=Origin.REQUIREMENTS if name in OWN else Origin.BASE_IMAGE)
            for name in sorted({name for owners in CONTENTS.modules.values() for name in owners})
        )
    ),
    CONTENTS,
)


@pytest.fixture
def proposed(tmp_path: Path) -> Callable[..., Proposal]:
    def propose(text: str, programs: tuple[str, ...] = (), modules: tuple[str, ...] = (), added: tuple[str, ...] = ()):
        (tmp_path / "app.py").write_text(text)
        found = imports.scan(tmp_path)
        return opting_out.propose(
            RUNNING, found, programs=programs, modules=modules, added=added, metadata={"acme_sdk": {"acme"}}
        )

    return propose


class TestPropose:
    def test_pins_what_only_the_image_brings_to_the_version_now_running(self, proposed):
        found = proposed("import flask, pandas\ndef f():\n    import yaml\n")

        assert found.missing == (
            Missing("pandas", "pandas", "pandas==2.2.2", ("app.py",)),
            Missing("yaml", "pyyaml", "pyyaml==6.0.1", ("app.py",)),
        )
        assert found.requirements == ("pandas==2.2.2", "pyyaml==6.0.1")
        assert found.notices == ()
        assert found.imports == ("flask", "pandas", "yaml")

    def test_says_what_the_source_can_do_without(self, proposed):
        found = proposed("try:\n    import yaml\nexcept ImportError:\n    yaml = None\n")

        assert (found.missing[0].is_guarded, found.guarded) == (True, ("yaml",))
        assert found.notices == (
            "The source can do without yaml, but has it today: "
            "leave “pyyaml==6.0.1” out if the app does not need it.",
        )  # fmt: skip

    def test_of_several_that_bring_a_module_takes_one(self, proposed):
        assert proposed("import cv2").requirements == ("opencv-python==1.0",)

    def test_tells_the_parts_of_a_namespace_apart(self, proposed):
        found = proposed("from google.cloud import storage\nimport google.auth\n")

        assert [(row.module, row.distribution) for row in found.missing] == [
            ("google.cloud.storage", "google-cloud-storage")
        ]

    def test_names_programs_but_not_those_that_the_platform_adds(self, proposed):
        assert proposed("", programs=("gunicorn", "ls")).missing == (
            Missing("program gunicorn", "gunicorn", "gunicorn==22.0.0"),
        )
        assert proposed("", modules=("uvicorn.workers",)).requirements == ("uvicorn==1.0",)
        assert proposed("", programs=("gunicorn",), modules=("uvicorn",), added=("gunicorn", "uvicorn")).missing == ()

    def test_names_a_program_once_with_its_import(self, proposed):
        found = proposed("import numpy", programs=("f2py",))

        assert [row.module for row in found.missing] == ["numpy"]

    def test_leaves_alone_what_the_app_does_not_have_today(self, proposed):
        found = proposed("import acme_sdk, nowhere\ntry:\n    import orjson\nexcept ImportError:\n    pass\n")

        assert (found.missing, found.imports) == ((), ())
        assert [(row.module, row.files) for row in found.unknown] == [
            ("acme_sdk", ("app.py",)), ("nowhere", ("app.py",)),
        ]  # fmt: skip
        assert "If the app needs it, add “acme” to its requirements." in found.unknown[0].hint
        assert "No package is known to bring it" in found.unknown[1].hint

    def test_goes_on_where_a_file_is_no_python(self, proposed, tmp_path):
        (tmp_path / "bad.py").write_text("def (:\n")

        found = proposed("import pandas")

        assert found.requirements == ("pandas==2.2.2",)
        assert found.notices == ("The imports of bad.py were not read: it is not valid Python here, line 1.",)

    def test_survives_being_stored(self, proposed):
        found = proposed("import pandas, nowhere")

        assert Proposal.from_json(found.to_json()) == found


class TestRunning:
    def test_knows_what_was_found_to_lack_when_it_was_tried(self):
        assert RUNNING.lacking("numpy.linalg") == Missing("numpy", "numpy", "numpy==1.26.4")
        assert RUNNING.lacking("flask") is None
        assert RUNNING.lacking("nowhere") is None
        assert RUNNING.lacking_distribution("pyyaml") == Missing("yaml", "pyyaml", "pyyaml==6.0.1")
        assert RUNNING.lacking_distribution("nowhere") is None

    def test_knows_what_has_another_version_there(self):
        there = {"flask": "3.0", "numpy": "2.0", "pandas": "1.0"}

        assert RUNNING.moved("numpy.Inf", there) == Missing("numpy", "numpy", "numpy==1.26.4")
        assert RUNNING.moved("flask.Markup", there) is None  # The app asks for it itself.
        assert RUNNING.moved("pandas", there) is None
        assert RUNNING.moved("yaml", there) is None

    def test_is_proposed_once(self):
        row = Missing("numpy", "numpy", "numpy==1.26.4")

        assert Proposal((row,)).with_missing([row]).missing == (row,)


def test_of_a_real_environment(
    request_for: Callable[..., LockRequest],
    source: Path,
    bench: Workbench,
    store: Store,
    interpreter: Interpreter,
    make_wheel: Callable[..., Path],
) -> None:
    make_wheel(source / "wheels", "framework", "1.5", needs=("engine",))
    make_wheel(source / "wheels", "engine", "1.0")
    make_wheel(source / "wheels", "own", "2.0")
    local = "--no-index\n--find-links ./wheels\n"
    image = lock(request_for(f"{local}framework\n"), bench)
    locked = lock(request_for(f"{local}own\n", image=image), bench)
    built = store.build(locked, interpreter, "0" * 16, bench, source=source)
    (source / "app.py").write_text("import own, framework\n")

    found = opting_out.propose(
        Running(locked, contents.of(built.path)), imports.scan(source), programs=(), modules=(), added=(), metadata={}
    )

    assert found.missing == (Missing("framework", "framework", "framework==1.5", ("app.py",)),)
