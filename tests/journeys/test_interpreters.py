"""The interpreters that are found on this machine, and which of them an app gets."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from packaging.version import Version

from tests.journeys.platform import Platform

APP = """
import http.server, os, platform
class Python(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(platform.python_version().encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Python).serve_forever()
"""


@dataclass(frozen=True)
class Found:
    """The versions that the platform found, oldest first, and the one it takes when nobody asks."""

    versions: list[str]
    default: str

    @property
    def oldest(self) -> str:
        return self.versions[0]

    @property
    def newest_of_the_oldest_minor(self) -> str:
        return max((one for one in self.versions if minor(one) == minor(self.oldest)), key=Version)

    @property
    def newest(self) -> str:
        return self.versions[-1]


@pytest.fixture(scope="module")
def found(platform: Platform) -> Found:
    """Asked of the platform, because every machine has others; one at least, or the platform could not run."""
    code = (
        "import json; from django.conf import settings; from deployments.pipeline import platform; print(json.dumps("
        "[sorted({one.version for one in platform.interpreters()}), settings.DEFAULT_PYTHON]))"
    )
    versions, default = json.loads(platform.manage("shell", "--no-imports", "-c", code))
    versions.sort(key=Version)
    return Found(versions, max((one for one in versions if minor(one) == default), key=Version))


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def requires(python: str, dependency: str = "") -> str:
    return f'[project]\nname = "app"\nversion = "1"\nrequires-python = "{python}"\ndependencies = [{dependency}]\n'


@pytest.fixture(scope="module")
def deployed(platform: Platform, found: Found) -> Iterator[dict[str, dict[str, Any]]]:
    """One app for every way to ask, and one for each interpreter that was found; all at once."""
    sources = {
        "py-default": {},
        "py-minor": {".python-version": f"{minor(found.oldest)}\n"},
        "py-exact": {".python-version": f"{found.newest}\n"},
        "py-requires": {"pyproject.toml": requires(f"=={found.oldest}", '"iniconfig<3"')},
        "py-range": {"pyproject.toml": requires(f">={found.newest}")},
        "py-made": {"manifest.json": json.dumps({"version": 1, "python": {"version": found.oldest}})},
        "py-both": {".python-version": found.newest, "pyproject.toml": requires(f"=={found.oldest}")},
        **{f"py-{version.replace('.', '-')}": {".python-version": version} for version in found.versions},
        "py-none": {".python-version": "3.99\n"},
        "py-none-either": {"pyproject.toml": requires("<3.8")},
    }
    for name in sources:
        platform.create(name)
    numbers = {name: platform.deploy(name, {"app.py": APP, **files}) for name, files in sources.items()}
    yield platform.wait_all(numbers)
    platform.remove(numbers)


class TestChoice:
    @pytest.mark.parametrize(
        ("name", "chosen", "why"),
        [
            ("py-default", "default", "the default"),
            ("py-minor", "newest_of_the_oldest_minor", ".python-version asks for"),
            ("py-exact", "newest", ".python-version asks for"),
            ("py-requires", "oldest", "requires-python in pyproject.toml asks for"),
            ("py-range", "newest", "requires-python in pyproject.toml asks for"),
            ("py-made", "newest_of_the_oldest_minor", "manifest.json was made with"),
            ("py-both", "newest", ".python-version asks for"),
        ],
    )
    def test_follows_what_the_source_asks(
        self, platform: Platform, found: Found, deployed: dict[str, dict[str, Any]], name: str, chosen: str, why: str
    ) -> None:
        version = getattr(found, chosen)
        assert deployed[name]["state"] == "active", (deployed[name]["failure"], platform.log(name, 1))

        assert platform.get(name).text == version
        assert deployed[name]["environment"]["python"] == version
        assert f"Python {version} ({why}" in platform.log(name, 1)

    def test_can_be_any_interpreter_that_was_found(
        self, platform: Platform, found: Found, deployed: dict[str, dict[str, Any]]
    ) -> None:
        apps = {version: f"py-{version.replace('.', '-')}" for version in found.versions}
        assert {deployed[name]["state"] for name in apps.values()} == {"active"}, deployed

        answers = {version: platform.get(name).text for version, name in apps.items()}

        assert answers == {version: version for version in found.versions}

    def test_says_which_of_two_files_won(
        self, platform: Platform, found: Found, deployed: dict[str, dict[str, Any]]
    ) -> None:
        contradicts = "which contradicts it" in platform.log("py-both", 1)

        assert contradicts == (found.oldest != found.newest)


class TestNone:
    @pytest.mark.parametrize(
        ("name", "asked"),
        [("py-none", ".python-version asks for Python ==3.99.*"), ("py-none-either", "asks for Python <3.8")],
    )
    def test_fails_with_the_versions_that_exist(
        self, found: Found, deployed: dict[str, dict[str, Any]], name: str, asked: str
    ) -> None:
        failure = deployed[name]["failure"]

        assert deployed[name]["state"] == "failed"
        assert failure["kind"] == "no_interpreter"
        assert asked in failure["message"]
        assert all(version in failure["hint"] for version in found.versions)

    @pytest.mark.parametrize("name", ["py-none", "py-none-either"])
    def test_fails_before_anything_is_resolved(
        self, platform: Platform, deployed: dict[str, dict[str, Any]], name: str
    ) -> None:
        building = next(phase for phase in deployed[name]["phases"] if phase["name"] == "building")

        assert [step["name"] for step in building["steps"]] == ["unpack", "spec"]
        assert "Resolving packages" not in platform.log(name, 1)
