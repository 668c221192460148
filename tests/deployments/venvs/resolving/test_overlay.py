"""Base image and requirements, with a real resolver, real wheels and a real environment."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.failures import Failure
from deployments.source.spec import DependencyKind
from deployments.venvs import system_site
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import Lock, Origin
from deployments.venvs.resolving import overlay
from deployments.venvs.resolving.locking import LockRequest, lock
from deployments.venvs.store.bytecode import site_packages
from deployments.venvs.store.environments import Store, environment_key, scope_for
from deployments.venvs.workbench import Workbench
from packagerepos.policy import Level, ProhibitedAction, Rule, Rules
from tests import own_python

LOCAL = "--no-index\n--find-links ./wheels\n"


@pytest.fixture
def image(request_for: Callable[..., LockRequest], source: Path, bench: Workbench, make_wheel) -> Lock:
    """Holds framework 1.0, which needs engine below 2, and engine 1.5; newer ones of both are there."""
    for name, version, needs in [
        ("engine", "1.0", ()),
        ("engine", "1.5", ()),
        ("engine", "1.9", ()),
        ("engine", "2.0", ()),
        ("framework", "1.0", ("engine<2", "other; extra == 'more'", "missing; python_version < '3'")),
        ("client", "1.0", ("engine",)),
    ]:
        make_wheel(source / "wheels", name, version, needs=needs)
    return lock(request_for(f"{LOCAL}framework\nengine==1.5\n"), bench)


def versions(locked: Lock) -> dict[str, str | None]:
    return {package.name: package.version for package in locked.packages}


def origins(locked: Lock) -> dict[str, Origin]:
    return {package.name: package.origin for package in locked.packages}


class TestAnAppOnAnImage:
    def test_has_what_is_preinstalled(self, request_for, bench, image):
        locked = lock(request_for("# nothing\n", image=image), bench)

        assert versions(locked) == {"engine": "1.5", "framework": "1.0"}
        assert set(origins(locked).values()) == {Origin.BASE_IMAGE}

    def test_has_it_without_any_file_of_requirements(self, request_for, bench, image):
        locked = lock(request_for("", dependencies=DependencyKind.NONE, image=image), bench)

        assert versions(locked) == {"engine": "1.5", "framework": "1.0"}

    def test_keeps_the_images_version_of_what_it_needs_itself(self, request_for, bench, image):
        locked = lock(request_for(f"{LOCAL}client\n", image=image), bench)

        assert versions(locked) == {"client": "1.0", "engine": "1.5", "framework": "1.0"}
        assert origins(locked)["framework"] is Origin.BASE_IMAGE
        assert origins(locked)["client"] is Origin.REQUIREMENTS

    def test_overrides_it_by_a_pin_even_against_what_the_image_needs(self, request_for, bench, image):
        locked = lock(request_for(f"{LOCAL}engine==2.0\n", image=image), bench)

        assert versions(locked) == {"engine": "2.0", "framework": "1.0"}
        assert origins(locked) == {"engine": Origin.REQUIREMENTS, "framework": Origin.BASE_IMAGE}

    def test_is_asked_for_the_platforms_server_only_if_the_image_has_none(self, request_for, bench, image):
        locked = lock(request_for(LOCAL, image=image, additions=("engine",)), bench)

        assert versions(locked)["engine"] == "1.5"
        assert origins(locked)["engine"] is Origin.BASE_IMAGE


class TestTheRequestKey:
    def test_covers_the_images_lock(self, request_for, image):
        other = Lock(tuple(replace(package, hashes=("sha256:" + "0" * 64,)) for package in image.packages))

        keys = {request_for("six\n", image=one).key for one in (Lock(()), image, other)}

        assert len(keys) == 3

    def test_is_what_it_was_without_an_image(self, request_for):
        assert request_for("six\n").key == request_for("six\n", image=Lock(())).key


class TestUnmet:
    def installed(self, locked: Lock, store: Store, interpreter: Interpreter, bench: Workbench, source: Path) -> Path:
        key = environment_key(locked, interpreter, scope_for(locked, "north"))
        return site_packages(store.build(locked, interpreter, key, bench, source=source).path)

    def test_names_the_library_its_need_and_what_there_is(self, request_for, bench, image, store, interpreter, source):
        locked = lock(request_for(f"{LOCAL}engine==2.0\n", image=image), bench)

        found = overlay.unmet(locked, self.installed(locked, store, interpreter, bench, source), interpreter)

        assert found == (
            "framework 1.0, which is pre-installed, wants engine <2, but the app has 2.0. It may not work.",
        )

    def test_is_nothing_where_all_is_well(self, request_for, bench, image, store, interpreter, source):
        locked = lock(request_for(f"{LOCAL}engine==1.9\n", image=image), bench)

        assert overlay.unmet(locked, self.installed(locked, store, interpreter, bench, source), interpreter) == ()

    def test_reads_no_metadata_that_is_no_metadata(self, image, tmp_path, interpreter):
        for name, text in {
            "framework": "\0\xff Requires-Dist",
            "engine": "Requires-Dist: ===\nRequires-Dist: x y z\n",
        }.items():
            folder = tmp_path / f"{name}-1.0.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(text)

        assert overlay.unmet(overlaid(image), tmp_path, interpreter) == ()


def overlaid(image: Lock) -> Lock:
    return Lock(overlay.over(image, ()))


class TestPermitted:
    def rules(self, action: ProhibitedAction) -> Rules:
        return Rules(prohibited=(Rule("engine", Level.WORKSPACE),), prohibited_action=action)

    def test_leaves_out_what_is_prohibited_and_says_so(self, request_for, bench, image):
        locked = lock(request_for("# nothing\n", image=image, rules=self.rules(ProhibitedAction.DROP)), bench)

        assert versions(locked) == {"framework": "1.0"}
        assert locked.notices == (
            "engine is prohibited here (the workspace's list) and was left out of the base image.",
        )

    def test_refuses_the_build_where_that_is_set(self, request_for, bench, image):
        with pytest.raises(Failure, match=r"engine is prohibited here .* and the app's base image holds it"):
            lock(request_for("# nothing\n", image=image, rules=self.rules(ProhibitedAction.REFUSE)), bench)


@pytest.fixture(scope="module")
def python(tmp_path_factory, make_wheel) -> Interpreter:
    folder = tmp_path_factory.mktemp("own-python")
    wheel = make_wheel(folder, "engine", "1.9", files={"engine.py": "VERSION = '1.9 of the site'\n"})
    return own_python.of(own_python.make(folder, [wheel]))


class TestExternal:
    """The site of the Python holds engine 1.9; the image has engine 1.5."""

    @pytest.fixture
    def ask(self, source, python, bench, image):
        def make(text: str, name: str = "engine", *, matches_versions: bool = False) -> Lock:
            rules = Rules(external=(Rule(name, Level.SITE),), matches_versions=matches_versions)
            (source / "requirements.txt").write_text(text)
            asked = LockRequest(
                source, DependencyKind.REQUIREMENTS, python, rules=rules, image=image,
                installed=system_site.look(python, rules.external_names),
            )  # fmt: skip
            return lock(asked, bench)

        return make

    def test_takes_the_place_of_the_images_copy_and_says_so(self, ask):
        locked = ask("# nothing\n")

        assert versions(locked) == {"engine": "1.9", "framework": "1.0"}
        assert origins(locked) == {"engine": Origin.EXTERNAL, "framework": Origin.BASE_IMAGE}
        assert locked.notices == (
            "engine 1.5 of the base image is left out: engine is external (the site's list), "
            "and Python's own 1.9 takes its place.",
        )

    def test_is_what_the_app_imports(self, ask, store, python, bench, source):
        locked = ask("# nothing\n")

        key = environment_key(locked, python, scope_for(locked, "north"))
        built = store.build(locked, python, key, bench, source=source)

        assert built.packages == ("framework==1.0",)
        code = "import engine, importlib.metadata as m; print(engine.VERSION, m.version('engine'))"
        said = subprocess.run([built.path / "bin/python", "-c", code], capture_output=True, text=True, check=True)
        assert said.stdout == "1.9 of the site 1.9\n"

    def test_is_told_once_where_the_app_asks_for_it_too(self, ask):
        locked = ask(f"{LOCAL}engine\n")

        assert versions(locked) == {"engine": "1.9", "framework": "1.0"}
        assert ["left out" in notice for notice in locked.notices] == [True, False]

    def test_leaves_the_copy_out_where_python_lacks_it(self, ask):
        locked = ask("# nothing\n", "framework")

        assert versions(locked) == {"engine": "1.5"}
        assert any(
            "framework 1.0 of the base image is left out: framework is external" in notice for notice in locked.notices
        )

    def test_with_version_matching_leaves_the_images_other_version(self, ask):
        locked = ask("# nothing\n", matches_versions=True)

        assert versions(locked) == {"engine": "1.5", "framework": "1.0"}
        assert set(origins(locked).values()) == {Origin.BASE_IMAGE}
        assert locked.notices == ()
