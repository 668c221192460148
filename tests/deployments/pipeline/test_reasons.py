"""Every difference that leads to another answer, or to another environment, is told in words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployments.models import Deployment, Environment
from deployments.models import Lock as KeptLock
from deployments.pipeline import reasons
from deployments.source.spec import DependencyKind
from deployments.venvs.interpreters import Interpreter
from deployments.venvs.lock import ArtefactKind, Lock, LockedPackage
from deployments.venvs.resolving.request import LockRequest
from deployments.venvs.system_site import SystemPackage
from packagerepos.indexes import PYPI, Indexes, IndexStrategy
from packagerepos.policy import Installer, Level, ProhibitedAction, Rule, Rules

PYTHON = Interpreter(
    Path("/opt/python/3.12/bin/python3"), "3.12.4", Path("/opt/python/3.12"), (), "linux", "cpython-312", {}
)
SIX = LockedPackage("six", "1.16.0", ArtefactKind.WHEEL, "https://a.example/six.whl", ("sha256:aa",), index=PYPI)
IMAGE = Lock((SIX,))
NUMPY = SystemPackage("numpy", "1.26.4", Path("/opt/python/3.12/lib"))
SITE = Level.SITE


@pytest.fixture
def asked(tmp_path: Path) -> LockRequest:
    (tmp_path / "requirements.txt").write_text("idna\n")
    rules = Rules(external=(Rule("numpy", SITE),), prohibited=(Rule("appnope", SITE), Rule("pywin32", SITE)))
    return LockRequest(
        tmp_path, DependencyKind.REQUIREMENTS, PYTHON, additions=("uvicorn",), rules=rules,
        installed={"numpy": NUMPY}, image=IMAGE, image_title="tools 1",
    )  # fmt: skip


def resolved_before(request: LockRequest) -> Deployment:
    content = Lock(()).to_json()
    return Deployment(number=4, lock=KeptLock(request_key=request.key, content=content, asked=dict(request.asked)))


def other_requirements(asked: LockRequest) -> LockRequest:
    elsewhere = asked.source / "other"
    elsewhere.mkdir()
    (elsewhere / "requirements.txt").write_text("idna==3.7\n")
    return replace(asked, source=elsewhere)


def other_rules(**changes: Any) -> Callable[[LockRequest], LockRequest]:
    return lambda asked: replace(asked, rules=replace(asked.rules, **changes))


def other(**changes: Any) -> Callable[[LockRequest], LockRequest]:
    return lambda asked: replace(asked, **changes)


#: What is not as it was, and how that is told.
CHANGES: Mapping[str, tuple[Callable[[LockRequest], LockRequest], str]] = {
    "requirements": (other_requirements, "the requirements"),
    "python": (other(interpreter=replace(PYTHON, version="3.12.5")), "the Python (3.12.4 → 3.12.5)"),
    "system": (other(interpreter=replace(PYTHON, platform="musl")), "the system (linux → musl)"),
    "main index": (
        other(indexes=Indexes(main="https://in.example/simple")),
        f"the package indexes ({PYPI}, first_match → https://in.example/simple, first_match)",
    ),
    "extra index": (
        other(indexes=Indexes(extra=("https://in.example/simple",))),
        f"the package indexes ({PYPI}, first_match → https://in.example/simple, {PYPI}, first_match)",
    ),
    "strategy": (
        other(indexes=Indexes(strategy=IndexStrategy.BEST_MATCH)),
        f"the package indexes ({PYPI}, first_match → {PYPI}, best_match)",
    ),
    "trusted host": (
        other(indexes=Indexes(trusted_hosts=("in.example",))),
        f"the package indexes ({PYPI}, first_match → {PYPI}, trusting in.example, first_match)",
    ),
    "found links": (
        other(indexes=Indexes(find_links=("https://in.example/",))),
        f"the package indexes ({PYPI}, first_match → {PYPI}, https://in.example/, first_match)",
    ),
    "image version": (
        other(image=Lock((replace(SIX, version="1.17.0"),)), image_title="tools 2"),
        "the base image (tools 1 → tools 2)",
    ),
    "clean image": (other(image=Lock(()), image_title="clean 1"), "the base image (tools 1 → clean)"),
    "framework": (other(additions=()), "the packages that the framework needs (removed: uvicorn)"),
    "external": (
        other_rules(external=(Rule("numpy", SITE), Rule("scipy", SITE))),
        "the external packages (added: scipy (missing))",
    ),
    "external version": (
        other(installed={"numpy": replace(NUMPY, version="2.0.0")}),
        "the external packages (added: numpy 2.0.0; removed: numpy 1.26.4)",
    ),
    "version matching": (
        other_rules(matches_versions=True),
        "the external packages (added: numpy 1.26.4 by version; removed: numpy 1.26.4)",
    ),
    "prohibited": (
        other_rules(prohibited=(Rule("left-pad", SITE), Rule("pywin32", SITE))),
        "the prohibited packages (added: left-pad; removed: appnope)",
    ),
    "refusing": (
        other_rules(prohibited_action=ProhibitedAction.REFUSE),
        "the fate of prohibited packages (drop → refuse)",
    ),
    "resolver": (other_rules(installer=Installer.PIP), "the resolver (uv → pip)"),
}


class TestForResolving:
    @pytest.mark.parametrize("what", CHANGES)
    def test_names_what_changed_and_only_that(self, asked: LockRequest, what: str) -> None:
        change, told = CHANGES[what]
        before, now = resolved_before(asked), change(asked)

        assert now.key != asked.key
        assert reasons.for_resolving(now.asked, before) == (
            f"To be resolved, because since deployment 4 this changed: {told}."
        )

    def test_says_that_nothing_was_installed_before(self, asked: LockRequest) -> None:
        before = Deployment(number=4, lock=KeptLock(content=Lock((), is_managed=False).to_json()))

        assert "for deployment 4 environment management was off" in reasons.for_resolving(asked.asked, before)

    def test_blames_nothing_that_an_earlier_release_did_not_write_down(self, asked: LockRequest) -> None:
        before = resolved_before(asked)
        assert before.lock is not None
        before.lock.asked = {"Python": "3.12.3"}

        assert reasons.for_resolving(asked.asked, before).endswith("this changed: the Python (3.12.3 → 3.12.4).")

    @pytest.mark.parametrize("before", [None, Deployment(number=1)])
    def test_says_that_it_is_new(self, asked: LockRequest, before: Deployment | None) -> None:
        assert reasons.for_resolving(asked.asked, before) == "These requirements were not resolved before."


def built_before(*packages: LockedPackage, python: Interpreter = PYTHON, is_managed: bool = True) -> Deployment:
    launch = {
        "framework": "none", "kind": "web_app", "argv": [], "env": {},
        "python": python.identity, "python_version": python.version,
    }  # fmt: skip
    lock = KeptLock(content=Lock(packages, is_managed=is_managed).to_json())
    return Deployment(number=3, lock=lock, launch=launch)


PUBLIC, IDNA = replace(SIX, is_public=True), replace(SIX, name="idna")
#: What was there, what is to be there, and how the difference is told.
DIFFERENT: Mapping[str, tuple[Deployment, Lock, str]] = {
    "python": (built_before(SIX, python=replace(PYTHON, version="3.12.3")), IMAGE, "Python 3.12.3 → 3.12.4"),
    "place of python": (
        built_before(SIX, python=replace(PYTHON, path=Path("/elsewhere"))), IMAGE,
        "another installation of Python 3.12.4",
    ),
    "version": (built_before(replace(SIX, version="1.15.0")), IMAGE, "six 1.15.0 → 1.16.0"),
    "added": (built_before(IDNA), Lock((IDNA, SIX)), "six 1.16.0 added"),
    "removed": (built_before(IDNA, SIX), Lock((IDNA,)), "six 1.16.0 removed"),
    "shared": (built_before(SIX), Lock((PUBLIC,)), "shared by all, as everything in it is public"),
    "index": (
        built_before(replace(SIX, index="https://in.example/simple")), IMAGE,
        f"six from another index (https://in.example/simple → {PYPI})",
    ),
    "file": (built_before(replace(SIX, hashes=("sha256:bb",))), IMAGE, "six 1.16.0 from another file"),
    "no more shared": (built_before(PUBLIC), IMAGE, "shared with nobody"),
    "managed": (
        built_before(is_managed=False), Lock((PUBLIC,)), "packages are installed, six 1.16.0 added",
    ),
    "not managed": (
        built_before(PUBLIC), Lock((), is_managed=False), "nothing is installed any more, six 1.16.0 removed",
    ),
}  # fmt: skip


class TestForMaking:
    def told(self, before: Deployment, content: Lock) -> list[str]:
        now = Deployment(number=4, activates=before)
        return list(reasons.for_making(now, content, PYTHON, Environment(key="ab" * 8)))

    @pytest.mark.parametrize("what", DIFFERENT)
    def test_names_what_is_different(self, what: str) -> None:
        before, content, told = DIFFERENT[what]

        assert self.told(before, content)[1:] == [f"Different from deployment 3: {told}."]

    @pytest.mark.parametrize(
        ("environment", "fate"),
        [
            (None, "is not kept any more"),
            (Environment(), "is not on the disk any more"),
            (Environment(cleared_at="now", cleared_because="cleared by an admin"), "was cleared by an admin"),
        ],
    )
    def test_tells_the_fate_of_the_same(self, environment: Environment | None, fate: str) -> None:
        before = built_before(SIX)
        before.environment = environment

        assert self.told(before, IMAGE)[1:] == [
            f"It would be the same as that of deployment 3, but that one {fate}: it is made again from its lock."
        ]
