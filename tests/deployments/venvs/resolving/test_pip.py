"""pip and uv, asked the same, give the same lock."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from deployments.failures import Failure, FailureKind
from deployments.source.spec import DependencyKind
from deployments.venvs.lock import Lock, Origin
from deployments.venvs.resolving import pip
from deployments.venvs.resolving.locking import LockRequest, lock
from packagerepos.policy import Installer, Level, ProhibitedAction, Rule, Rules

LOCAL = "--no-index\n--find-links ./wheels\n"
PIP = Rules(installer=Installer.PIP)
PROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.8"\n'


@pytest.fixture
def ask(request_for, bench, source, make_wheel) -> Callable[..., Lock]:
    for name, version, needs in (
        ("helper", "1.0", ()),
        ("helper", "2.0", ()),
        ("helper", "3.0rc1", ()),
        ("banned", "5.0", ()),
        ("needer", "1.0", ("helper<2",)),
        ("wanter", "1.0", ("banned>=4", "helper")),
        ("elsewhere", "1.0", ("banned>=4; sys_platform == 'win32'", "helper; python_version >= '3'")),
        ("picky", "1.0", ("helper>=2",)),
    ):
        make_wheel(source / "wheels", name, version, needs=needs)

    def make(text: str, rules: Rules = PIP, **more: object) -> Lock:
        return lock(request_for(text, rules=rules, **more), bench)

    return make


class TestTheSameAsUv:
    @pytest.mark.parametrize(
        "text",
        [
            "helper\n",
            "helper==1.0\nneeder\n",
            "needer\nwanter\n",
            "elsewhere\nhelper!=2.0\n",
            "--pre\nhelper\n",
            "helper ; sys_platform == 'win32'\nneeder\n",
            "./wheels/needer-1.0-py3-none-any.whl\n",
        ],
    )
    def test_for_files_of_the_source(self, ask, text):
        by_pip, by_uv = ask(LOCAL + text), ask(LOCAL + text, Rules())

        assert by_pip.packages == by_uv.packages
        assert by_pip.packages

    def test_for_a_public_index_with_hashes_and_origins(self, ask):
        text = "python-dateutil==2.9.0.post0\nsix<1.17\n"

        by_pip = ask(text)

        assert by_pip.packages == ask(text, Rules()).packages
        assert {package.name: package.origin for package in by_pip.packages} == {
            "python-dateutil": Origin.REQUIREMENTS,
            "six": Origin.REQUIREMENTS,
        }

    def test_for_a_project(self, source, interpreter, bench):
        (source / "pyproject.toml").write_text(PROJECT + 'dependencies = ["six==1.17.0"]\n')
        asked = LockRequest(source, DependencyKind.PYPROJECT, interpreter)

        assert lock(replace(asked, rules=PIP), bench).packages == lock(asked, bench).packages


class TestOnABaseImage:
    @pytest.mark.parametrize(
        ("text", "helper"),
        [("helper\n", "1.0"), ("elsewhere\n", "1.0"), ("helper>=1.5\n", "2.0"), ("picky\n", "2.0")],
    )
    def test_keeps_its_versions_where_nobody_objects(self, ask, text, helper):
        """It holds needer, and helper 1.0 for that."""
        image = ask(f"{LOCAL}needer\n")

        by_pip, by_uv = ask(LOCAL + text, image=image), ask(LOCAL + text, Rules(), image=image)

        assert {package.name: package.version for package in by_pip.packages}["helper"] == helper
        assert by_pip.packages == by_uv.packages


class TestRules:
    def test_drop_what_another_package_needs(self, ask):
        locked = ask(f"{LOCAL}wanter\n", replace(PIP, prohibited=(Rule("banned", Level.SITE),)))

        assert {package.name for package in locked.packages} == {"helper", "wanter"}
        assert locked.notices == ("banned is prohibited here (the site's list) and was left out; wanter asks for it.",)

    def test_refuse_it(self, ask):
        rules = replace(PIP, prohibited=(Rule("banned", Level.SITE),), prohibited_action=ProhibitedAction.REFUSE)

        with pytest.raises(Failure, match="banned is prohibited here"):
            ask(f"{LOCAL}wanter\n", rules)


class TestFailures:
    def test_name_what_is_not_there_and_what_is(self, ask):
        with pytest.raises(Failure, match=r"pip found nothing that is helper==9") as caught:
            ask(f"{LOCAL}helper==9\n")

        assert caught.value.kind is FailureKind.PACKAGE_NOT_FOUND
        assert "2.0" in caught.value.hint

    def test_name_the_python_that_a_package_needs(self, ask, source, interpreter, make_wheel):
        make_wheel(source / "wheels", "frame", python=">=3.99")

        with pytest.raises(Failure, match=r"frame needs Python >=3\.99, but this app runs on Python ") as caught:
            ask(f"{LOCAL}./wheels/frame-1.0-py3-none-any.whl\n")

        assert interpreter.version in caught.value.hint

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ("numpy==2.2.0", "numpy==2.2.0 needs Python >=3.10, but this app runs on Python 3.8.20."),
            ("numpy>=2.2", "pip found nothing that is numpy>=2.2."),
        ],
    )
    def test_name_it_for_a_version_that_an_index_has(self, asked, says):
        """What pip 26 says of https://pypi.org, shortened."""
        output = (
            "ERROR: Ignored the following versions that require a different python version: "
            "1.26.0 Requires-Python <3.13,>=3.9; 2.2.0 Requires-Python >=3.10; 2.2.1 Requires-Python >=3.10\n"
            f"ERROR: Could not find a version that satisfies the requirement {asked} (from versions: 1.24.3, 1.24.4)\n"
            f"ERROR: No matching distribution found for {asked}\n"
        )

        found = pip.failure(output, "3.8.20")

        assert found.message == says
        assert "3.8.20" in found.hint

    def test_name_a_conflict(self, ask, source):
        with pytest.raises(Failure, match="The requirements contradict each other") as caught:
            ask(f"{LOCAL}needer\nhelper>=2\n")

        assert caught.value.kind is FailureKind.CONFLICT
        assert "needer" in caught.value.message
        assert str(source.parent) not in caught.value.message


class TestWheel:
    def test_is_there_for_every_interpreter(self, found):
        for interpreter in found:
            assert pip.wheel(interpreter).is_file(), interpreter.version
